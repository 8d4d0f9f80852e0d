import type { Cloud } from '../local';

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
}

/** What lib/realtime-api.ts writes into a template's metadata. */
interface NetworkMetadata {
  readonly webSocketUrl: string;
  readonly httpUrl: string;
  readonly tokenSecret?: string;
  readonly namespaces: readonly string[];
}

/** Every realtime backend of a cloud, found by its template's metadata. */
export function networksOf(cloud: Cloud): readonly LocalNetwork[] {
  return cloud.regions.flatMap(({ region, endpoint, stacks }) =>
    stacks.flatMap(({ outputs, metadata }) =>
      Object.entries((metadata['cdk-realtime'] ?? {}) as Record<string, NetworkMetadata>).map(([path, entry]) => ({
        ...{ region, path, aws: endpoint, namespaces: entry.namespaces },
        ws: outputs[entry.webSocketUrl] ?? '',
        http: outputs[entry.httpUrl] ?? '',
        secretArn: entry.tokenSecret === undefined ? undefined : outputs[entry.tokenSecret],
      })),
    ),
  );
}
