// SQS through the AWS SDK, which verifies the digests.
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { cloudOf, type TestCloud } from '../../../../support/local/local-cloud';
import { until } from '../../../../support/until';
import { ManualClock } from '../../../../support/manual-clock';

const queue = (QueueName: string, properties: object = {}): object => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName, ...properties },
});
const redrive = (to: string, maxReceiveCount = 2): object => ({
  RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [to, 'Arn'] }, maxReceiveCount },
});

const clock = new ManualClock();
let cloud: TestCloud;
let sqs: SQSClient;

beforeAll(async () => {
  cloud = await cloudOf(
    {
      Plain: queue('plain'),
      Purged: queue('purged'),
      Counted: queue('counted'),
      Hidden: queue('hidden', { VisibilityTimeout: 20 }),
      Late: queue('late', { DelaySeconds: 20 }),
      Polled: queue('polled', { ReceiveMessageWaitTimeSeconds: 20 }),
      Small: queue('small', { MaximumMessageSize: 1024 }),
      Short: queue('short', { MessageRetentionPeriod: 60 }),
      Dead: queue('dead'),
      Source: queue('source', { VisibilityTimeout: 1, ...redrive('Dead') }),
      Fifo: queue('order.fifo', { FifoQueue: true, VisibilityTimeout: 3600 }),
      Content: queue('content.fifo', { FifoQueue: true, ContentBasedDeduplication: true }),
      Groups: queue('groups.fifo', {
        FifoQueue: true,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
      }),
      DeadFifo: queue('dead.fifo', { FifoQueue: true }),
      SourceFifo: queue('source.fifo', {
        FifoQueue: true,
        ContentBasedDeduplication: true,
        DeduplicationScope: 'messageGroup',
        VisibilityTimeout: 1,
        ...redrive('DeadFifo', 1),
      }),
    },
    { clock },
  );
  sqs = new SQSClient(cloud.sdk);
});
afterAll(async () => {
  sqs.destroy();
  await cloud.stop();
});

const url = (name: string): string => cloud.services.sqs.url(name);
const send = (name: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl: url(name), MessageBody, ...more }));
async function receive(name: string, more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url(name),
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
      ...more,
    }),
  );
  return Messages;
}
const remove = (name: string, { ReceiptHandle }: Message) =>
  sqs.send(new DeleteMessageCommand({ QueueUrl: url(name), ReceiptHandle }));
const bodies = (messages: readonly Message[]): (string | undefined)[] => messages.map(({ Body }) => Body);
/** Lets time pass on the cloud's clock. */
const pass = (seconds: number): void => {
  clock.advance(seconds * 1000);
};
/** Starts a receive that waits, and returns once it does. */
async function startWaiting(
  name: string,
  WaitTimeSeconds: number | undefined,
): Promise<{ messages: Promise<Message[]> }> {
  const before = clock.pending;
  const messages = receive(name, { WaitTimeSeconds });
  await until(() => clock.pending > before, 'the receive waits');
  return { messages };
}

describe('a standard queue', () => {
  test('when a message is received, then it has the requested attributes until it is deleted', async () => {
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'ü' },
      'app.n': { DataType: 'Number', StringValue: '1' },
      bin: { DataType: 'Binary', BinaryValue: Uint8Array.from([1, 2, 255]) },
    };
    const sent = await send('plain', 'hello ü', { MessageAttributes });
    const [message] = await receive('plain', { VisibilityTimeout: 0 });
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'hello ü',
      MessageAttributes,
      Attributes: {
        SenderId: expect.any(String),
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d+/),
      },
    });
    expect(message!.MD5OfBody).toBe(sent.MD5OfMessageBody);
    const some = await receive('plain', {
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ['SentTimestamp'],
      MessageAttributeNames: ['app.*'],
    });
    expect([Object.keys(some[0]!.Attributes!), Object.keys(some[0]!.MessageAttributes!)]).toEqual([
      ['SentTimestamp'],
      ['app.n'],
    ]);
    const [bare] = await receive('plain', { MessageSystemAttributeNames: [], MessageAttributeNames: [] });
    expect([bare!.Attributes, bare!.MessageAttributes]).toEqual([undefined, undefined]);
    await remove('plain', bare!);
    await remove('plain', bare!);
    expect(await counts('plain')).toEqual(['0', '0', '0']);
  });

  test('when a message is received, then it is hidden for the visibility timeout, which can be changed', async () => {
    await send('hidden', 'a');
    const [first] = await receive('hidden');
    pass(19);
    expect(await receive('hidden')).toEqual([]);
    pass(1);
    expect(bodies(await receive('hidden'))).toEqual(['a']);
    pass(20);
    const [again] = await receive('hidden');
    expect(again!.Attributes).toMatchObject({
      ApproximateReceiveCount: '3',
      ApproximateFirstReceiveTimestamp: first!.Attributes!.ApproximateFirstReceiveTimestamp,
    });
    const change = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url('hidden'), ReceiptHandle, VisibilityTimeout }));
    await change(again!.ReceiptHandle, 0);
    const [freed] = await receive('hidden', { VisibilityTimeout: 43_200 });
    expect(freed!.Body).toBe('a');
    await expect(change(freed!.ReceiptHandle, 43_201)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    // The receipt handle of an earlier receive is invalid.
    await expect(change(first!.ReceiptHandle, 0)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    await remove('hidden', first!);
    const batch = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url('hidden'),
        Entries: [
          { Id: 'good', ReceiptHandle: freed!.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: 'bad', ReceiptHandle: 'x', VisibilityTimeout: 0 },
        ],
      }),
    );
    expect([batch.Successful, batch.Failed]).toMatchObject([
      [{ Id: 'good' }],
      [{ Id: 'bad', Code: 'ReceiptHandleIsInvalid' }],
    ]);
    await remove('hidden', (await receive('hidden'))[0]!);
  });

  test('given a delay of the queue or of a message, then the message is received after it', async () => {
    await send('late', 'queue');
    await send('late', 'own', { DelaySeconds: 0 });
    expect(bodies(await receive('late'))).toEqual(['own']);
    expect((await counts('late'))[2]).toBe('1');
    const { messages } = await startWaiting('late', 20);
    pass(19);
    expect((await counts('late'))[2]).toBe('1');
    pass(1);
    expect(bodies(await messages)).toEqual(['queue']);
  });

  test('given a wait time, when a receive finds no message, then it waits', async () => {
    const own = await startWaiting('plain', 5);
    await send('plain', 'at last');
    const got = await own.messages;
    expect(bodies(got)).toEqual(['at last']);
    await remove('plain', got[0]!);
    const long = await startWaiting('polled', undefined);
    pass(19);
    await send('polled', 'just in time');
    expect(bodies(await long.messages)).toEqual(['just in time']);
    const empty = await startWaiting('polled', 1);
    pass(1);
    expect(await empty.messages).toEqual([]);
  });

  test('when a batch is sent or deleted, then each entry succeeds or fails on its own', async () => {
    const Entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: `body ${Id}` }));
    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url('counted'),
        Entries: [...Entries, { Id: 'bad', MessageBody: '\u0000' }],
      }),
    );
    expect(sent.Successful!.map(({ Id }) => Id)).toEqual(['a', 'b', 'c']);
    expect(sent.Failed).toMatchObject([{ Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true }]);
    const got = await receive('counted');
    expect(bodies(got)).toEqual(['body a', 'body b', 'body c']);
    expect(await counts('counted')).toEqual(['0', '3', '0']);
    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url('counted'),
        Entries: got.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
      }),
    );
    expect(deleted.Successful).toHaveLength(3);
    expect(await counts('counted')).toEqual(['0', '0', '0']);
  });

  test('when a message exceeds the receive count, then it moves to the dead-letter queue with its id and sent time', async () => {
    const { MessageId } = await send('source', 'poison', {
      MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
    });
    const times = new Set<string | undefined>();
    for (let i = 0; i < 2; i++) {
      const [message] = await receive('source');
      times.add(message!.Attributes!.SentTimestamp);
      pass(1);
    }
    expect(await receive('source')).toEqual([]);
    const [dead] = await receive('dead');
    expect(dead).toMatchObject({ MessageId, Body: 'poison', MessageAttributes: { a: { StringValue: 'b' } } });
    times.add(dead!.Attributes!.SentTimestamp);
    expect(times.size).toBe(1);
  });

  test('when the retention ends or the queue is purged, then messages are deleted', async () => {
    await send('short', 'a');
    pass(59);
    expect(await receive('short', { VisibilityTimeout: 0 })).toHaveLength(1);
    pass(1);
    expect(await receive('short')).toEqual([]);
    await send('purged', 'a');
    await sqs.send(new PurgeQueueCommand({ QueueUrl: url('purged') }));
    expect(await receive('purged')).toEqual([]);
  });

  test('when a queue is requested by name, then its URL and requested attributes are returned', async () => {
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'plain' }))).QueueUrl).toBe(url('plain'));
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'dead' }))).QueueUrls).toEqual([
      url('dead'),
      url('dead.fifo'),
    ]);
    const ask = (AttributeNames: any[]) =>
      sqs.send(new GetQueueAttributesCommand({ QueueUrl: url('order.fifo'), AttributeNames }));
    expect((await ask(['QueueArn'])).Attributes).toEqual({ QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:order.fifo' });
    expect((await ask(['All'])).Attributes).toMatchObject({
      VisibilityTimeout: '3600',
      FifoQueue: 'true',
      MaximumMessageSize: '1048576',
    });
    expect((await ask([])).Attributes).toBeUndefined();
  });
});

async function counts(name: string): Promise<(string | undefined)[]> {
  const kinds = [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesDelayed',
  ] as const;
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url(name), AttributeNames: [...kinds] }),
  );
  return kinds.map((kind) => Attributes[kind]);
}

describe('a FIFO queue', () => {
  const put = (name: string, group: string, body: string, id = `${group}${body}`) =>
    send(name, body, { MessageGroupId: group, MessageDeduplicationId: id });

  test('when messages of a group are in flight, then no more of the group are received', async () => {
    for (const [group, body] of [
      ['a', '1'],
      ['a', '2'],
      ['b', '1'],
      ['a', '3'],
      ['b', '2'],
      ['a', '4'],
    ])
      await put('order.fifo', group!, body!);
    const first = await receive('order.fifo', { MaxNumberOfMessages: 2 });
    expect(first.map(({ Body, Attributes }) => [Attributes!.MessageGroupId, Body])).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
    const numbers = first.map(({ Attributes }) => Attributes!.SequenceNumber!);
    expect(numbers[1]! > numbers[0]!).toBe(true);
    const second = await receive('order.fifo');
    expect(second.map(({ Attributes }) => Attributes!.MessageGroupId)).toEqual(['b', 'b']);
    await remove('order.fifo', first[0]!);
    expect(await receive('order.fifo')).toEqual([]);
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url('order.fifo'),
        ReceiptHandle: first[1]!.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    expect(bodies(await receive('order.fifo'))).toEqual(['2', '3', '4']);
  });

  test('when a deduplication id repeats within five minutes, then the message is dropped, even after a delete', async () => {
    const first = await put('order.fifo', 'dedup', 'a', 'same');
    const twin = await put('order.fifo', 'other', 'b', 'same');
    expect([twin.MessageId, twin.SequenceNumber]).toEqual([first.MessageId, first.SequenceNumber]);
    const got = await receive('order.fifo');
    expect(bodies(got)).toEqual(['a']);
    await remove('order.fifo', got[0]!);
    await put('order.fifo', 'dedup', 'c', 'same');
    expect(await receive('order.fifo')).toEqual([]);
    pass(299);
    await put('order.fifo', 'dedup', 'e', 'same');
    expect(await receive('order.fifo')).toEqual([]);
    pass(1);
    await put('order.fifo', 'dedup', 'd', 'same');
    expect(bodies(await receive('order.fifo'))).toEqual(['d']);
  });

  test('given deduplication by content or by group, then it applies', async () => {
    for (const body of ['x', 'x', 'y']) await send('content.fifo', body, { MessageGroupId: 'g' });
    expect(bodies(await receive('content.fifo'))).toEqual(['x', 'y']);
    for (const [group, body] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ])
      await put('groups.fifo', group!, body!, 'same');
    expect(bodies(await receive('groups.fifo'))).toEqual(['1', '2']);
  });

  test('given messages with one deduplication id, then each moves to the dead-letter queue', async () => {
    for (const group of ['a', 'b']) await send('source.fifo', 'same body', { MessageGroupId: group });
    expect(await receive('source.fifo')).toHaveLength(2);
    pass(1);
    expect(await receive('source.fifo')).toEqual([]);
    const dead = await receive('dead.fifo');
    expect(dead.map(({ Attributes }) => Attributes!.MessageGroupId)).toEqual(['a', 'b']);
    expect(dead.every(({ MessageId, Attributes }) => Attributes!.MessageDeduplicationId === MessageId)).toBe(true);
  });

  test('when group or deduplication id is missing, or a delay is set, then the send fails', async () => {
    await expect(send('order.fifo', 'x')).rejects.toMatchObject({ name: 'MissingParameter' });
    await expect(send('order.fifo', 'x', { MessageGroupId: 'a' })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(
      send('order.fifo', 'x', { MessageGroupId: 'a', MessageDeduplicationId: 'x', DelaySeconds: 1 }),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(send('plain', 'x', { MessageDeduplicationId: 'x' })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});

describe('errors of the SDK', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['QueueDoesNotExist', () => send('nope', 'x')],
    ['QueueDoesNotExist', () => sqs.send(new GetQueueUrlCommand({ QueueName: 'nope' }))],
    ['ReceiptHandleIsInvalid', () => remove('plain', { ReceiptHandle: 'x' })],
    ['InvalidParameterValue', () => receive('plain', { MaxNumberOfMessages: 11 })],
    ['InvalidParameterValue', () => receive('plain', { WaitTimeSeconds: 21 })],
    ['InvalidParameterValue', () => receive('plain', { VisibilityTimeout: -1 })],
    ['InvalidParameterValue', () => send('plain', 'x', { DelaySeconds: 901 })],
    ['InvalidParameterValue', () => send('plain', 'x'.repeat(1024 * 1024 + 1))],
    ['InvalidParameterValue', () => send('small', 'x'.repeat(1025))],
    ['InvalidMessageContents', () => send('plain', 'a\u0001')],
    ['MissingParameter', () => send('plain', '')],
    ['EmptyBatchRequest', () => sqs.send(new SendMessageBatchCommand({ QueueUrl: url('plain'), Entries: [] }))],
    ['BatchEntryIdsNotDistinct', () => batch(['a', 'a'])],
    ['TooManyEntriesInBatchRequest', () => batch(Array.from({ length: 11 }, (_, i) => String(i)))],
    ['BatchRequestTooLong', () => batch(['a', 'b'], 'x'.repeat(600 * 1024))],
  ])('%s', async (name, call) => {
    await expect(call()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  const batch = (ids: readonly string[], MessageBody = 'x') =>
    sqs.send(new SendMessageBatchCommand({ QueueUrl: url('plain'), Entries: ids.map((Id) => ({ Id, MessageBody })) }));

  test('given a message of 1 MiB, then it is accepted', async () => {
    await send('purged', 'x'.repeat(1024 * 1024));
    expect((await receive('purged'))[0]!.Body).toHaveLength(1024 * 1024);
  });

  test('when an operation is not emulated, then the error names it', async () => {
    const response = await fetch(cloud.region.endpoint, {
      method: 'POST',
      body: '{}',
      headers: { 'x-amz-target': 'AmazonSQS.ListMessageMoveTasks' },
    });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('does not emulate the SQS operation ListMessageMoveTasks'),
    ]);
  });
});
