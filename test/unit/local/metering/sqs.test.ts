// Requests in increments of 64 KB, including those of Lambda's pollers.
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { cloudOf, fn, type TestCloud } from '../../../support/local/local-cloud';
import { until } from '../../../support/until';
import { ManualClock } from '../../../support/manual-clock';
import { taken } from '../../../support/local/usage';

const KB = 1_024;
let clock: ManualClock;
let cloud: TestCloud;
let sqs: SQSClient;

const queue = (QueueName: string, more: object = {}): object => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName, ...more },
});
const mapping = (target: string, more: object = {}): object => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { EventSourceArn: { 'Fn::GetAtt': [target, 'Arn'] }, FunctionName: { Ref: 'Worker' }, ...more },
});

beforeEach(async () => {
  clock = new ManualClock();
  cloud = await cloudOf(
    {
      Plain: queue('plain'),
      Fifo: queue('in-order.fifo', { FifoQueue: true, ContentBasedDeduplication: true }),
      Jobs: queue('jobs'),
      // The function fails for messages that request it.
      Worker: fn(
        'worker',
        `exports.handler = async ({ Records }) => ({ batchItemFailures: Records.filter(({ body }) => body === 'bad')
          .map(({ messageId }) => ({ itemIdentifier: messageId })) });`,
      ),
      JobsPoller: mapping('Jobs', { BatchSize: 25, FunctionResponseTypes: ['ReportBatchItemFailures'] }),
      FifoPoller: mapping('Fifo'),
    },
    { clock },
  );
  sqs = new SQSClient(cloud.sdk);
});
afterEach(async () => {
  sqs.destroy();
  await cloud.stop();
});

const used = (): Record<string, number> => taken(cloud.services.meter, 'sqs');
const url = (name: string): string => cloud.services.sqs.url(name);

test('when messages are sent, then each 64 KB is a request', async () => {
  const QueueUrl = url('plain');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(64 * KB) }));
  expect(used()).toEqual({ 'SendMessage: requests': 2 });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(64 * KB + 1) }));
  expect(used()).toEqual({ 'SendMessage: requests': 2 });
  const Entries = [1, 2, 3].map((i) => ({ Id: `${i}`, MessageBody: 'x'.repeat(50 * KB) }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(used()).toEqual({ 'SendMessageBatch: requests': 3 });
});

test('when messages are received, then each 64 KB is a request, as are an empty receive and a delete', async () => {
  const QueueUrl = url('plain');
  await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(used()).toEqual({ 'ReceiveMessage: requests': 1 });
  for (let i = 0; i < 3; i++) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(60 * KB) }));
  used();
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle }));
  expect(used()).toEqual({ 'ReceiveMessage: requests': 3, 'DeleteMessage: requests': 1 });
});

test('when a call is rejected, then nothing is billed', async () => {
  const message = { QueueUrl: url('nowhere'), MessageBody: 'x' };
  await expect(sqs.send(new SendMessageCommand(message))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  expect(used()).toEqual({});
});

test('given a FIFO queue, then requests have their own unit', async () => {
  const QueueUrl = url('in-order.fifo');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageGroupId: 'g' }));
  const deleted = (): boolean =>
    cloud.services.meter.read().some(({ operation }) => operation.startsWith('DeleteMess'));
  await until(deleted, 'the poller is through');
  expect(used()).toEqual({
    'SendMessage: FIFO requests': 1,
    'ReceiveMessage of a poller: FIFO requests': 1,
    'DeleteMessageBatch of a poller: FIFO requests': 1,
  });
});

test('when a mapping polls, then each ten messages are a receive and a delete request', async () => {
  const jobs = cloud.services.sqs.find('jobs')!;
  const bodies = [...Array.from({ length: 20 }, () => 'x'), 'bad'];
  for (const body of bodies) jobs.send({ body });
  const deleted = (): boolean => jobs.counts().visible === 0 && jobs.counts().inFlight === 1;
  await until(deleted, 'the poller is through');
  const requests = used();
  // The first message may be received before the others are sent.
  expect(requests['ReceiveMessage of a poller: requests']).toBeGreaterThanOrEqual(3);
  expect(requests['ReceiveMessage of a poller: requests']).toBeLessThanOrEqual(4);
  expect(requests['DeleteMessageBatch of a poller: requests']).toBe(
    requests['ReceiveMessage of a poller: requests']! - 1,
  );
});

test('given an empty queue, then five receives of 20 seconds each are billed continuously', () => {
  clock.advance(19_999);
  expect(used()).toEqual({});
  clock.advance(40_001);
  expect(used()).toEqual({
    'ReceiveMessage of a poller, empty: FIFO requests': 15,
    'ReceiveMessage of a poller, empty: requests': 15,
  });
  clock.advance(3_600_000);
  expect(used()['ReceiveMessage of a poller, empty: requests']).toBe(900);
});
