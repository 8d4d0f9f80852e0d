// A local cloud with queues and a manual clock, and the calls of the AWS SDK that the tests make.
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SendMessageCommandOutput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { ManualClock } from '../manual-clock';
import { until } from '../until';
import { cloudOf, type Resources, type TestCloud } from './local-cloud';

export function queue(QueueName: string, properties: object = {}): object {
  return { Type: 'AWS::SQS::Queue', Properties: { QueueName, ...properties } };
}

export function redrive(to: string, maxReceiveCount = 2): object {
  return { RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [to, 'Arn'] }, maxReceiveCount } };
}

export function bodies(messages: readonly Message[]): (string | undefined)[] {
  return messages.map(({ Body }) => Body);
}

export class LocalQueues {
  public readonly sqs: SQSClient;

  private constructor(
    public readonly cloud: TestCloud,
    public readonly clock: ManualClock,
  ) {
    this.sqs = new SQSClient(cloud.sdk);
  }

  public static async start(resources: Resources): Promise<LocalQueues> {
    const clock = new ManualClock();
    return new LocalQueues(await cloudOf(resources, { clock }), clock);
  }

  public async stop(): Promise<void> {
    this.sqs.destroy();
    await this.cloud.stop();
  }

  public url(name: string): string {
    return this.cloud.services.sqs.url(name);
  }

  public send(
    name: string,
    MessageBody: string,
    more: Partial<SendMessageCommandInput> = {},
  ): Promise<SendMessageCommandOutput> {
    return this.sqs.send(new SendMessageCommand({ QueueUrl: this.url(name), MessageBody, ...more }));
  }

  public async receive(name: string, more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url(name),
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
        ...more,
      }),
    );
    return Messages;
  }

  /** Starts a receive that waits, and returns once it does. */
  public async startWaiting(
    name: string,
    WaitTimeSeconds: number | undefined,
  ): Promise<{ messages: Promise<Message[]> }> {
    const before = this.clock.pending;
    const messages = this.receive(name, { WaitTimeSeconds });
    await until(() => this.clock.pending > before, 'the receive waits');
    return { messages };
  }

  public async remove(name: string, { ReceiptHandle }: Message): Promise<void> {
    await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.url(name), ReceiptHandle }));
  }

  /** Approximate numbers of visible, received and delayed messages. */
  public async counts(name: string): Promise<(string | undefined)[]> {
    const kinds = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ] as const;
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.url(name), AttributeNames: [...kinds] }),
    );
    return kinds.map((kind) => Attributes[kind]);
  }

  /** Advances the clock of the cloud. */
  public advance(seconds: number): void {
    this.clock.advance(seconds * 1000);
  }
}
