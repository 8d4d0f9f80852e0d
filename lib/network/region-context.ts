import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { HandlerEnvironment } from '../contract/environment';
import { partName, regionalHost } from '../contract/names';
import type { NetworkTableNames } from '../storage/realtime-tables';
import { allow, useKey } from '../util/iam';

/** What a backend knows about the network that it is one region of. It contains only names, so no stack depends on another. */
export interface RegionContext {
  /** Name of the network. */
  readonly networkName: string;
  /** Regions of the network. The first is the home region. */
  readonly regions: readonly string[];
  /** Region of this backend. */
  readonly region: string;
  /** Regions that were removed from the network, and whose logs are still read. */
  readonly formerRegions: readonly string[];
  /** Names of the tables. */
  readonly tables: NetworkTableNames;
  /**
   * New connections a second that the smallest of the other regions accepts: all clients of this region may move to it.
   */
  readonly connectQuota: number;
  /**
   * Domain of the hosts that clients connect to.
   *
   * @default - clients connect to the addresses that API Gateway generates
   */
  readonly domain?: string;
  /**
   * Id of the multi-Region key that encrypts the network, the same in each region.
   *
   * @default - keys that AWS owns or manages
   */
  readonly encryptionKeyId?: string;
}

/** The other regions of the network. */
export function peersOf({ regions, region }: RegionContext): readonly string[] {
  return regions.filter((one) => one !== region);
}

/** The replica of a multi-Region key in a region. */
export function replicaKey(stack: Stack, region: string, keyId: string): IKey {
  return Key.fromKeyArn(stack, `Key-${region}`, keyArn(stack, keyId, region));
}

function keyArn(scope: Construct, keyId: string, region: string): string {
  return Stack.of(scope).formatArn({ service: 'kms', region, resource: 'key', resourceName: keyId });
}

/** Variables of functions that handle channels (docs/decisions/0012-many-regions.md). */
export function networkEnvironment(scope: Construct, context: RegionContext): HandlerEnvironment {
  const { networkName, regions, formerRegions, domain, tables, connectQuota } = context;
  const peers = peersOf(context);
  const ORIGINS = [...regions, ...formerRegions].join(',');
  if (peers.length === 0) return { ORIGINS };
  const { account, urlSuffix } = Stack.of(scope);
  const inbox = partName(networkName, 'inbox');
  const inboxUrls = peers.map((region) => [region, `https://sqs.${region}.${urlSuffix}/${account}/${inbox}`] as const);
  return {
    ORIGINS,
    PEERS: JSON.stringify(Object.fromEntries(inboxUrls)),
    CHANNELS_TABLE: tables.channelsTableName,
    CONNECT_QUOTA: String(connectQuota),
    HOSTS: domain === undefined ? undefined : hostsJson(regions, domain),
  };
}

function hostsJson(regions: readonly string[], domain: string): string {
  const hosts = regions.map((region) => [region, `wss://${regionalHost(domain, 'ws', region)}`] as const);
  return JSON.stringify(Object.fromEntries(hosts));
}

/** Permissions to send to the inboxes of the other regions: the only ones on resources of other regions. */
export function sendToPeersPermissions(scope: Construct, context: RegionContext): PolicyStatement[] {
  const { networkName, encryptionKeyId } = context;
  const peers = peersOf(context);
  if (peers.length === 0) return [];
  const resource = partName(networkName, 'inbox');
  const inboxes = peers.map((region) => Stack.of(scope).formatArn({ service: 'sqs', region, resource }));
  const send = allow(['sqs:SendMessage'], ...inboxes);
  if (encryptionKeyId === undefined) return [send];
  // Senders to an encrypted queue need its key, which is the replica in the queue's region.
  const useKeys = peers.flatMap((region) =>
    useKey(keyArn(scope, encryptionKeyId, region), `sqs.${region}`, ['kms:Decrypt', 'kms:GenerateDataKey']),
  );
  return [send, ...useKeys];
}
