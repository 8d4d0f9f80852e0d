/** Key of a template's `Metadata` that lists the backends of the stack, by construct path: see {@link BackendMetadata}. */
export const METADATA_KEY = 'cdk-realtime';

/** Metadata of a backend. Addresses are logical ids of stack outputs. */
export interface BackendMetadata {
  readonly webSocketUrl: string;
  readonly httpUrl: string;
  /**
   * The secret that signs tokens.
   *
   * @default - an issuer signs tokens
   */
  readonly tokenSecret?: string;
  /** Names of its namespaces. */
  readonly namespaces: readonly string[];
  /**
   * The network that the backend is one region of.
   *
   * @default - none
   */
  readonly network?: NetworkMetadata;
  /**
   * Domain of the network: clients connect to `ws.<domain>`.
   *
   * @default - none
   */
  readonly domain?: string;
}

/** Metadata of a network of several regions. */
export interface NetworkMetadata {
  readonly name: string;
  readonly regions: readonly string[];
  /** Name of the Channels table, which holds the drain marks. */
  readonly channelsTable: string;
  /** Name of the Messages table, which holds the logs. */
  readonly messagesTable: string;
}
