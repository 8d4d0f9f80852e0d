import type { RemovalPolicy } from 'aws-cdk-lib';
import { StreamViewType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { tableOptions } from './table-options';

/** Props of {@link NetworkTables}. */
export interface NetworkTablesProps {
  /** Name of the table with the log of every channel. */
  readonly messagesTableName: string;
  /** Name of the table with the channel state that regions share. */
  readonly channelsTableName: string;
  /** Regions of the replicas: those of the network without that of the stack. */
  readonly replicas: readonly string[];
  /** Removal policy of the tables. Deletion protection is on unless it is DESTROY. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts the tables in the region of the stack.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKey?: IKey;
  /** ARNs of the keys that encrypt the replicas, by region. Required with `encryptionKey`. */
  readonly replicaKeyArns: Record<string, string>;
}

/** The global tables of a network, with a replica in each region. All regions write to them (multi-Region eventual consistency). */
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
      // Replication needs it. It is on without replicas too, because an update that adds one can't change anything else. Unread
      // streams cost nothing.
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    };
    const messages = new TableV2(this, 'Messages', { ...shared, tableName: messagesTableName });
    const channels = new TableV2(this, 'Channels', { ...shared, tableName: channelsTableName });
    // Sequential: if the first can't be created, no second one is left behind with deletion protection.
    channels.node.addDependency(messages);
  }
}
