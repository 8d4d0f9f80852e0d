import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { peersOf, type RegionContext, sendToPeersPermissions } from '../network/region-context';
import type { FanoutQueue } from '../queues/fanout-queue';
import type { PublishQueue } from '../queues/publish-queue';
import type { RealtimeTables } from '../storage/realtime-tables';
import { allow, useKey } from '../util/iam';

/** Props of {@link FunctionPermissions}. */
export interface FunctionPermissionsProps {
  /** Tables of the region. */
  readonly tables: RealtimeTables;
  /** Queue of fan-out jobs. */
  readonly fanoutQueue: FanoutQueue;
  /** ARN of the connections that `execute-api:ManageConnections` is allowed on. */
  readonly callbackArn: string;
  /**
   * Queue of publishes to FIFO namespaces.
   *
   * @default - there is no such namespace
   */
  readonly publishQueue?: PublishQueue;
  /**
   * The network that the region belongs to.
   *
   * @default - none
   */
  readonly regionContext?: RegionContext;
}

/** Permissions that several functions share. Only those for other regions' inboxes are on resources of other regions. */
export class FunctionPermissions {
  /** Post to connections. */
  public readonly post: PolicyStatement[];
  /** Append to a log, fan out, and send to other regions. */
  public readonly publish: PolicyStatement[];
  /** Send to the publish queue. */
  public readonly enqueue: PolicyStatement[];
  /** Post to subscribers, delete subscriptions of closed connections, and send fan-out jobs. */
  public readonly fanOut: PolicyStatement[];
  /** Record and delete this region's interest in a channel. */
  public readonly recordInterest: PolicyStatement[];
  /** Read the drain marks. */
  public readonly readDrainMarks: PolicyStatement[];
  /** Use the key to read tables. */
  public readonly readTables: PolicyStatement[];
  /** Use the key to read and write tables. */
  public readonly useTables: PolicyStatement[];
  private readonly keyArn: string | undefined;

  public constructor(
    private readonly scope: Construct,
    props: FunctionPermissionsProps,
  ) {
    const { tables, fanoutQueue, publishQueue, regionContext } = props;
    const connections = tables.connections.tableArn;
    this.keyArn = tables.messages.encryptionKey?.keyArn;
    const read = ['kms:Decrypt', 'kms:DescribeKey'];
    const write = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
    this.readTables = this.useKeyVia('dynamodb', read);
    this.useTables = this.useKeyVia('dynamodb', [...read, ...write]);
    this.post = [allow(['execute-api:ManageConnections'], props.callbackArn)];
    this.fanOut = [
      allow(['dynamodb:DeleteItem', 'dynamodb:Query'], connections),
      ...this.post,
      ...this.sendTo(fanoutQueue.queue),
    ];
    const hasPeers = regionContext !== undefined && peersOf(regionContext).length > 0;
    const onChannels = (...actions: string[]): PolicyStatement[] =>
      hasPeers && tables.channels !== undefined ? [allow(actions, tables.channels.tableArn)] : [];
    this.publish = [
      allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], tables.messages.tableArn),
      ...this.fanOut,
      ...onChannels('dynamodb:Query'),
      ...(regionContext === undefined ? [] : sendToPeersPermissions(scope, regionContext)),
    ];
    this.recordInterest = onChannels('dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem');
    this.readDrainMarks = onChannels('dynamodb:Query');
    this.enqueue = publishQueue === undefined ? [] : this.sendTo(publishQueue.queue);
  }

  /** Permissions that Lambda needs to pass a queue's messages to a function. */
  public receiveFrom(queue: IQueue): PolicyStatement[] {
    return [
      allow(
        ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        queue.queueArn,
      ),
      ...this.useKeyVia('sqs', ['kms:Decrypt']),
    ];
  }

  private sendTo(queue: IQueue): PolicyStatement[] {
    return [
      allow(['sqs:SendMessage'], queue.queueArn),
      ...this.useKeyVia('sqs', ['kms:Decrypt', 'kms:GenerateDataKey']),
    ];
  }

  private useKeyVia(service: string, actions: string[]): PolicyStatement[] {
    return useKey(this.keyArn, `${service}.${Stack.of(this.scope).region}`, actions);
  }
}
