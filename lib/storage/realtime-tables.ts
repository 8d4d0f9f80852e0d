import { RemovalPolicy } from 'aws-cdk-lib';
import { type ITableV2, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { tableOptions } from './table-options';

/** Props of {@link RealtimeTables}. */
export interface RealtimeTablesProps {
  /** What becomes of the tables when the stack goes; deletion protection is on unless DESTROY. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts the tables.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKey?: IKey;
  /**
   * The tables of the network that the region belongs to.
   *
   * @default - it has tables of its own
   */
  readonly network?: NetworkTableNames;
}

/** What a network calls its tables. */
export interface NetworkTableNames {
  /** The region's own table of connections. */
  readonly connectionsTableName: string;
  /** The global table of messages. */
  readonly messagesTableName: string;
  /** The global table of what regions tell each other. */
  readonly channelsTableName: string;
}

/** The tables of one region. Attribute names are in lambda/adapters: short, so that many rows fit one page. */
export class RealtimeTables extends Construct {
  /** Connections and subscriptions: of this region only, since connection ids mean nothing elsewhere. */
  public readonly connections: ITableV2;
  /** The log of every channel. */
  public readonly messages: ITableV2;
  /** State of channels that regions tell each other; undefined outside a network. */
  public readonly channels?: ITableV2;

  public constructor(scope: Construct, id: string, props: RealtimeTablesProps) {
    super(scope, id);
    const { removalPolicy, encryptionKey, network } = props;
    const encryption =
      encryptionKey === undefined
        ? TableEncryptionV2.dynamoOwnedKey()
        : TableEncryptionV2.customerManagedKey(encryptionKey);
    if (network === undefined) {
      this.connections = new TableV2(this, 'Connections', tableOptions(removalPolicy, encryption));
      this.messages = new TableV2(this, 'Messages', tableOptions(removalPolicy, encryption));
      return;
    }
    this.connections = new TableV2(this, 'Connections', {
      tableName: network.connectionsTableName,
      // Without its API, a connection is nothing; and a table that stayed would stand in the way of the region's return.
      ...tableOptions(RemovalPolicy.DESTROY, encryption),
    });
    const existing = (part: string, tableName: string): ITableV2 =>
      TableV2.fromTableAttributes(this, part, {
        tableName,
        ...(encryptionKey === undefined ? {} : { encryptionKey }),
      });
    this.messages = existing('Messages', network.messagesTableName);
    this.channels = existing('Channels', network.channelsTableName);
  }
}
