/**
 * Environment variables of the handlers. The constructs set them (lib/functions, lib/network, lib/auth); the handlers read them
 * through lambda/adapters/environment.ts. A function has only the variables that its handler needs.
 */
export interface HandlerEnvironment {
  /** Region that the function runs in. Set by Lambda. */
  readonly AWS_REGION?: string;
  /** `execute-api` address of the WebSocket stage. The AWS SDK reads it too. */
  readonly AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI?: string;
  /** Client that posts to connections: `fast` (default) or `sdk`. Set by hand, to compare the two. */
  readonly CALLBACK_CLIENT?: string;
  /** Name of the Connections table: connections and subscriptions of this region. */
  readonly CONNECTIONS_TABLE?: string;
  /** Name of the Messages table: the message log of every channel. */
  readonly MESSAGES_TABLE?: string;
  /** Name of the Channels table: interest and drain marks of the regions. Absent with one region. */
  readonly CHANNELS_TABLE?: string;
  /** JSON of the namespaces: see {@link NamespacesVariable} in namespaces-variable.ts. */
  readonly NAMESPACES?: string;
  /** Regions whose logs a channel has, comma-separated: those of the network and its former regions. Absent outside a network. */
  readonly ORIGINS?: string;
  /** Peers: a JSON object, region to inbox queue URL, of the other regions. Set in lib/network/region-context.ts. Absent with one region. */
  readonly PEERS?: string;
  /** JSON object, region to `wss://` address, of all regions. Absent without a domain. */
  readonly HOSTS?: string;
  /** New connections a second that the smallest of the other regions accepts. Absent with one region. */
  readonly CONNECT_QUOTA?: string;
  /** API Gateway requests a second of the account in this region, posts to connections included. */
  readonly REQUEST_QUOTA?: string;
  /** Maximum number of shards that all fan-out workers send to at the same time. */
  readonly SHARDS_AT_ONCE?: string;
  /** URL of the queue of fan-out jobs. */
  readonly FANOUT_QUEUE_URL?: string;
  /** URL of the queue of publishes to FIFO namespaces. Absent without such a namespace. */
  readonly PUBLISH_QUEUE_URL?: string;
  /** URL of the region's own inbox queue. Health function only; absent with one region. */
  readonly INBOX_URL?: string;
  /** ARN of the secret that signs tokens. Absent when an issuer signs them. */
  readonly TOKEN_SECRET_ARN?: string;
  /** `iss` claim of accepted tokens. Absent when the network's secret signs them. */
  readonly TOKEN_ISSUER?: string;
  /** `aud` claim of accepted tokens; goes with `TOKEN_ISSUER`. */
  readonly TOKEN_AUDIENCE?: string;
  /** URL of the issuer's JSON Web Key Set; goes with `TOKEN_ISSUER`. */
  readonly TOKEN_JWKS_URI?: string;
}

/** Name of an environment variable of a handler. */
export type EnvironmentVariable = keyof HandlerEnvironment;
