import { type BackendMetadata, METADATA_KEY, type NetworkMetadata } from '../../lib/contract/template-metadata';
import type { Cloud } from '../../local';

/** A realtime backend that runs in the local cloud. */
export interface LocalNetwork {
  readonly region: string;
  /** Construct path. */
  readonly path: string;
  readonly ws: string;
  readonly http: string;
  /** Where the region's emulated AWS APIs are. */
  readonly aws: string;
  readonly namespaces: readonly string[];
  /** ARN of the secret that signs tokens; undefined when an issuer does. */
  readonly secretArn: string | undefined;
  /** The network of many regions that it belongs to, if any. */
  readonly network: NetworkMetadata | undefined;
  /** Below it are the network's names. */
  readonly domain: string | undefined;
}

/** What a template says of the realtime backends in it, by construct path. */
export function metadataOf(
  metadata: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, BackendMetadata>> {
  return (metadata[METADATA_KEY] ?? {}) as Readonly<Record<string, BackendMetadata>>;
}

/** Every realtime backend of a cloud, found by its template's metadata. */
export function networksOf(cloud: Cloud): readonly LocalNetwork[] {
  return cloud.regions.flatMap(({ region, endpoint, stacks }) =>
    stacks.flatMap(({ outputs, metadata }) =>
      Object.entries(metadataOf(metadata)).map(([path, entry]) => ({
        ...{ region, path, aws: endpoint, namespaces: entry.namespaces, network: entry.network },
        domain: entry.domain,
        ws: outputs[entry.webSocketUrl] ?? '',
        http: outputs[entry.httpUrl] ?? '',
        secretArn: entry.tokenSecret === undefined ? undefined : outputs[entry.tokenSecret],
      })),
    ),
  );
}
