import type { RemovalPolicy } from 'aws-cdk-lib';
import { StreamViewType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { tableOptions } from './table-options';

/** Props of {@link NetworkTables}. */
export interface NetworkTablesProps {
  /** Name of the log of every channel. */
  readonly messagesTableName: string;
  /** Name of what regions tell each other. */
  readonly channelsTableName: string;
  /** The network's regions besides that of the stack. */
  readonly replicas: readonly string[];
  /** What becomes of the tables when the stack goes; deletion protection is on unless DESTROY. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts the tables in the stack's own region.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKey?: IKey;
  /** ARNs of the keys that encrypt the replicas, by region; given with `encryptionKey`. */
  readonly replicaKeyArns: Record<string, string>;
}

/** The global tables of a network: a replica in each of its regions, written by all (MREC). */
export class NetworkTables extends Construct {
  public constructor(scope: Construct, id: string, props: NetworkTablesProps) {
    super(scope, id);
    const { messagesTableName, channelsTableName, replicas, removalPolicy, encryptionKey, replicaKeyArns } = props;
    const encryption =
      encryptionKey === undefined
        ? TableEncryptionV2.dynamoOwnedKey()
        : TableEncryptionV2.customerManagedKey(encryptionKey, replicaKeyArns);
    const shared = {
      ...tableOptions(removalPolicy, encryption),
      replicas: replicas.map((region) => ({ region })),
      // Replication needs it. On from the start, so that the first replica is added alone; unread, it costs nothing.
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    };
    const messages = new TableV2(this, 'Messages', { ...shared, tableName: messagesTableName });
    const channels = new TableV2(this, 'Channels', { ...shared, tableName: channelsTableName });
    // One after the other: if the first can't be made, the second does not stay behind, protected as it is.
    channels.node.addDependency(messages);
  }
}
