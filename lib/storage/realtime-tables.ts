import { RemovalPolicy } from 'aws-cdk-lib';
import { type ITableV2, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { tableOptions } from './table-options';

/** Props of {@link RealtimeTables}. */
export interface RealtimeTablesProps {
  /** Removal policy of the tables. Deletion protection is on unless it is DESTROY. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts the tables.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKey?: IKey;
  /**
   * Name of an existing table for the log of every channel.
   *
   * @default - the network's table, or else a new one
   */
  readonly messagesTableName?: string;
  /**
   * Names of the tables of the network that the region belongs to.
   *
   * @default - the region is not in a network, and creates all its tables
   */
  readonly networkTables?: NetworkTableNames;
}

/** Names of a network's tables. */
export interface NetworkTableNames {
  /** The region's own table of connections and subscriptions. */
  readonly connectionsTableName: string;
  /** The global table of messages. */
  readonly messagesTableName: string;
  /** The global table of the channel state that regions share. */
  readonly channelsTableName: string;
}

/** The tables of a region. lambda/adapters/dynamodb documents their attributes, whose short names let more rows fit a page. */
export class RealtimeTables extends Construct {
  /** Connections and subscriptions. Not replicated: connection ids are valid only in their region. */
  public readonly connections: ITableV2;
  /** The log of every channel. */
  public readonly messages: ITableV2;
  /** Channel state that regions share; undefined outside a network. */
  public readonly channels?: ITableV2;

  public constructor(scope: Construct, id: string, props: RealtimeTablesProps) {
    super(scope, id);
    const { removalPolicy, encryptionKey, networkTables, messagesTableName } = props;
    const existing = (tableId: string, tableName: string): ITableV2 =>
      TableV2.fromTableAttributes(this, tableId, { tableName, encryptionKey });
    const encryption =
      encryptionKey === undefined
        ? TableEncryptionV2.dynamoOwnedKey()
        : TableEncryptionV2.customerManagedKey(encryptionKey);
    if (networkTables === undefined) {
      this.connections = new TableV2(this, 'Connections', tableOptions(removalPolicy, encryption));
      this.messages =
        messagesTableName === undefined
          ? new TableV2(this, 'Messages', tableOptions(removalPolicy, encryption))
          : existing('Messages', messagesTableName);
      return;
    }
    this.connections = new TableV2(this, 'Connections', {
      tableName: networkTables.connectionsTableName,
      // Connections are useless without their API, and a retained table would keep the region from being added again.
      ...tableOptions(RemovalPolicy.DESTROY, encryption),
    });
    this.messages = existing('Messages', networkTables.messagesTableName);
    this.channels = existing('Channels', networkTables.channelsTableName);
  }
}
