// The realtime backends of a running local cloud, found by the metadata of their templates.
import { type BackendMetadata, METADATA_KEY, type NetworkMetadata } from '../../lib/contract/template-metadata';

/** A realtime backend that runs in the local cloud. */
export interface LocalNetwork {
  readonly region: string;
  /** Construct path. */
  readonly path: string;
  /** WebSocket address. */
  readonly ws: string;
  /** Address of the HTTP API. */
  readonly http: string;
  /** Endpoint of the region's emulated AWS APIs. */
  readonly aws: string;
  readonly namespaces: readonly string[];
  /** ARN of the secret that signs tokens; undefined when an issuer signs them. */
  readonly secretArn: string | undefined;
  /** The network of several regions that it belongs to; undefined when it is in none. */
  readonly network: NetworkMetadata | undefined;
  /** Domain of the network; undefined without one. */
  readonly domain: string | undefined;
}

/** A region of a local cloud, as far as backends are found by it. */
export interface CloudRegion {
  readonly region: string;
  /** Endpoint of the emulated AWS APIs. */
  readonly endpoint: string;
  readonly stacks: readonly {
    readonly outputs: Readonly<Record<string, string>>;
    readonly metadata: Readonly<Record<string, unknown>>;
  }[];
}

/** The metadata of the realtime backends in a template, by construct path. */
export function metadataOf(
  metadata: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, BackendMetadata>> {
  return (metadata[METADATA_KEY] ?? {}) as Readonly<Record<string, BackendMetadata>>;
}

/** Every realtime backend of a cloud. */
export function networksOf({ regions }: { readonly regions: readonly CloudRegion[] }): readonly LocalNetwork[] {
  return regions.flatMap(({ region, endpoint, stacks }) =>
    stacks.flatMap(({ outputs, metadata }) =>
      Object.entries(metadataOf(metadata)).map(([path, entry]) => ({
        region,
        path,
        ws: outputs[entry.webSocketUrl] ?? '',
        http: outputs[entry.httpUrl] ?? '',
        aws: endpoint,
        namespaces: entry.namespaces,
        secretArn: entry.tokenSecret === undefined ? undefined : outputs[entry.tokenSecret],
        network: entry.network,
        domain: entry.domain,
      })),
    ),
  );
}
