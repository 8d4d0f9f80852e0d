import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, type ITableV2, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** Props of {@link RealtimeTables}. */
export interface RealtimeTablesProps {
  /** What becomes of the tables when the stack goes; deletion protection is on unless DESTROY. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts both tables.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKey?: IKey;
}

/** The tables of one region. Attribute names are in lambda/adapters: short, so that many rows fit one page. */
export class RealtimeTables extends Construct {
  /** Connections and subscriptions: of this region only, since connection ids mean nothing elsewhere. */
  public readonly connections: ITableV2;
  /** The log of every channel. */
  public readonly messages: ITableV2;

  public constructor(scope: Construct, id: string, props: RealtimeTablesProps) {
    super(scope, id);
    const { removalPolicy, encryptionKey } = props;
    const shared = {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      // Written by lambda/adapters; rows past it are ignored before DynamoDB gets to deleting them.
      timeToLiveAttribute: 'x',
      billing: Billing.onDemand(),
      removalPolicy,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      // One prop less to forget, and what it costs on the small, short-lived Connections table is next to nothing.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption:
        encryptionKey === undefined
          ? TableEncryptionV2.dynamoOwnedKey()
          : TableEncryptionV2.customerManagedKey(encryptionKey),
    };
    this.connections = new TableV2(this, 'Connections', shared);
    this.messages = new TableV2(this, 'Messages', shared);
  }
}
