import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { StreamViewType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { keyArn, replicaKey } from '../private/membership';
import { partName } from '../private/names';
import { tableOptions } from './table-options';

/** Props of {@link NetworkTables}. */
export interface NetworkTablesProps {
  /** The network's name. */
  readonly network: string;
  /** All of its regions; the stack is in the first one. */
  readonly regions: readonly string[];
  /** What becomes of the tables when the stack goes; deletion protection is on unless DESTROY. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * The multi-Region key that encrypts them.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKeyId?: string;
}

/** The global tables of a network: a replica in each of its regions, written by all (MREC). */
export class NetworkTables extends Construct {
  public constructor(scope: Construct, id: string, props: NetworkTablesProps) {
    super(scope, id);
    const { network, removalPolicy, encryptionKeyId } = props;
    const peers = props.regions.filter((region) => region !== Stack.of(this).region);
    const encryption =
      encryptionKeyId === undefined
        ? TableEncryptionV2.dynamoOwnedKey()
        : TableEncryptionV2.customerManagedKey(
            replicaKey(this, 'Key', encryptionKeyId),
            Object.fromEntries(peers.map((region) => [region, keyArn(this, encryptionKeyId, region)])),
          );
    const shared = {
      ...tableOptions(removalPolicy, encryption),
      replicas: peers.map((region) => ({ region })),
      // Replication needs it. On from the start, so that the first replica is added alone; unread, it costs nothing.
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    };
    new TableV2(this, 'Messages', { ...shared, tableName: partName(network, 'messages') });
    new TableV2(this, 'Channels', { ...shared, tableName: partName(network, 'channels') });
  }
}
