import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { NetworkTableNames } from '../storage/realtime-tables';
import type { HandlerEnvironment } from '../contract/environment';
import { partName, regionalHost } from '../contract/names';
import { allow, useKey } from '../util/iam';

/** What a backend knows of the network that it is one region of. All of it is names: nothing refers to another stack. */
export interface NetworkMembership {
  /** The network's name. */
  readonly network: string;
  /** All of its regions, the first one first. */
  readonly regions: readonly string[];
  /** The region that this backend is. */
  readonly region: string;
  /** Regions that have left it, and whose logs are still read. */
  readonly formerRegions: readonly string[];
  /** What its tables are called. */
  readonly tables: NetworkTableNames;
  /** New connections a second that the weakest of the other regions takes: all of this one's clients may come to it. */
  readonly connectQuota: number;
  /**
   * The domain whose hosts clients connect to.
   *
   * @default - regions are found by the addresses that API Gateway makes
   */
  readonly domain?: string;
  /**
   * The multi-Region key that encrypts the network: its id is the same in each region.
   *
   * @default - keys that AWS owns or manages
   */
  readonly encryptionKeyId?: string;
}

/** The other regions of the network. */
export function peersOf({ regions, region }: NetworkMembership): readonly string[] {
  return regions.filter((one) => one !== region);
}

/** The replica of a multi-Region key in a region. */
export function replicaKey(stack: Stack, region: string, keyId: string): IKey {
  return Key.fromKeyArn(stack, `Key-${region}`, keyArn(stack, keyId, region));
}

function keyArn(scope: Construct, keyId: string, region: string): string {
  return Stack.of(scope).formatArn({ service: 'kms', region, resource: 'key', resourceName: keyId });
}

/** Variables of every function that works on channels (docs/decisions/0012-many-regions.md). */
export function networkVariables(scope: Construct, membership: NetworkMembership): HandlerEnvironment {
  const { regions, formerRegions, domain } = membership;
  const peers = peersOf(membership);
  const origins = { ORIGINS: [...regions, ...formerRegions].join(',') };
  if (peers.length === 0) return origins;
  const { account, urlSuffix } = Stack.of(scope);
  const inbox = partName(membership.network, 'inbox');
  const urls = peers.map((region) => [region, `https://sqs.${region}.${urlSuffix}/${account}/${inbox}`] as const);
  const hosts = regions.map((region) => [region, `wss://${regionalHost(domain ?? '', 'ws', region)}`] as const);
  return {
    ...origins,
    PEERS: JSON.stringify(Object.fromEntries(urls)),
    CHANNELS_TABLE: membership.tables.channelsTableName,
    CONNECT_QUOTA: String(membership.connectQuota),
    ...(domain === undefined ? {} : { HOSTS: JSON.stringify(Object.fromEntries(hosts)) }),
  };
}

/** The right to send to the inboxes of the others: the only one that reaches into another region. */
export function sendToPeers(scope: Construct, membership: NetworkMembership): PolicyStatement[] {
  const peers = peersOf(membership);
  if (peers.length === 0) return [];
  const { network, encryptionKeyId } = membership;
  const resource = partName(network, 'inbox');
  const inboxes = peers.map((region) => Stack.of(scope).formatArn({ service: 'sqs', region, resource }));
  return [
    allow(['sqs:SendMessage'], ...inboxes),
    // Whoever sends to an encrypted queue uses its key, which is that of the queue's region.
    ...(encryptionKeyId === undefined
      ? []
      : peers.flatMap((region) =>
          useKey(keyArn(scope, encryptionKeyId, region), `sqs.${region}`, ['kms:Decrypt', 'kms:GenerateDataKey']),
        )),
  ];
}
