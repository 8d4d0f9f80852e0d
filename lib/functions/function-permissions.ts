import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { FanoutQueue } from '../queues/fanout-queue';
import type { PublishQueue } from '../queues/publish-queue';
import type { RealtimeTables } from '../storage/realtime-tables';
import { type NetworkMembership, peersOf, sendToPeers } from '../network/region-context';
import { allow, useKey } from '../util/iam';

/** Props of {@link FunctionRights}. */
export interface FunctionRightsProps {
  /** The tables they work on. */
  readonly tables: RealtimeTables;
  /** Where messages wait for workers. */
  readonly fanoutQueue: FanoutQueue;
  /** The ARN that `execute-api:ManageConnections` is allowed on. */
  readonly callbackArn: string;
  /**
   * Where publishes of FIFO namespaces wait.
   *
   * @default - there is no such namespace
   */
  readonly publishQueue?: PublishQueue;
  /**
   * The network that the region belongs to.
   *
   * @default - none
   */
  readonly membership?: NetworkMembership;
}

/** What functions may do, in the pieces that several of them need. All of it is on resources of their own region. */
export class FunctionRights {
  /** Posting to connections. */
  public readonly post: PolicyStatement[];
  /** Appending to a log, which posts to subscribers, and forgets those that are gone; and telling the other regions. */
  public readonly publish: PolicyStatement[];
  /** Handing a publish to the writer. */
  public readonly enqueue: PolicyStatement[];
  /** Posting to subscribers, forgetting those that are gone, and leaving all that to workers. */
  public readonly fanOut: PolicyStatement[];
  /** Noting that a channel has subscribers here, and taking it back. */
  public readonly noteInterest: PolicyStatement[];
  /** Reading which regions are being left. */
  public readonly readMarks: PolicyStatement[];
  /** The key, for reading tables. */
  public readonly readTables: PolicyStatement[];
  /** The key, for reading and writing tables. */
  public readonly useTables: PolicyStatement[];
  private readonly keyArn: string | undefined;

  public constructor(
    private readonly scope: Construct,
    props: FunctionRightsProps,
  ) {
    const { tables, fanoutQueue, publishQueue, membership } = props;
    const connections = tables.connections.tableArn;
    this.keyArn = tables.messages.encryptionKey?.keyArn;
    const read = ['kms:Decrypt', 'kms:DescribeKey'];
    this.readTables = this.key('dynamodb', read);
    this.useTables = this.key('dynamodb', [
      ...read,
      ...['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
    ]);
    this.post = [allow(['execute-api:ManageConnections'], props.callbackArn)];
    this.fanOut = [
      allow(['dynamodb:DeleteItem', 'dynamodb:Query'], connections),
      ...this.post,
      ...this.sendTo(fanoutQueue.queue),
    ];
    const channels = membership === undefined || peersOf(membership).length === 0 ? undefined : tables.channels;
    const onChannels = (...actions: string[]): PolicyStatement[] =>
      channels === undefined ? [] : [allow(actions, channels.tableArn)];
    this.publish = [
      allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], tables.messages.tableArn),
      ...this.fanOut,
      ...onChannels('dynamodb:Query'),
      ...(membership === undefined ? [] : sendToPeers(scope, membership)),
    ];
    this.noteInterest = onChannels('dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem');
    this.readMarks = onChannels('dynamodb:Query');
    this.enqueue = publishQueue === undefined ? [] : this.sendTo(publishQueue.queue);
  }

  private sendTo(queue: IQueue): PolicyStatement[] {
    return [allow(['sqs:SendMessage'], queue.queueArn), ...this.key('sqs', ['kms:Decrypt', 'kms:GenerateDataKey'])];
  }

  /** What Lambda needs of the function that it passes a queue's messages to. */
  public receive(queue: IQueue): PolicyStatement[] {
    return [
      allow(
        ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        queue.queueArn,
      ),
      ...this.key('sqs', ['kms:Decrypt']),
    ];
  }

  private key(service: string, actions: string[]): PolicyStatement[] {
    return useKey(this.keyArn, `${service}.${Stack.of(this.scope).region}`, actions);
  }
}
