// SQS through the AWS SDK, which verifies the digests.
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { bodies, LocalQueues, queue, redrive } from '../../../../support/local/local-sqs';

let local: LocalQueues;
beforeAll(async () => {
  local = await LocalQueues.start({
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
    DeadFifo: queue('dead.fifo', { FifoQueue: true }),
  });
});
afterAll(() => local.stop());

describe('a standard queue', () => {
  test('when a message is received, then it has the requested attributes until it is deleted', async () => {
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'ü' },
      'app.n': { DataType: 'Number', StringValue: '1' },
      bin: { DataType: 'Binary', BinaryValue: Uint8Array.from([1, 2, 255]) },
    };
    const sent = await local.send('plain', 'hello ü', { MessageAttributes });
    const [message] = await local.receive('plain', { VisibilityTimeout: 0 });
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
    const some = await local.receive('plain', {
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ['SentTimestamp'],
      MessageAttributeNames: ['app.*'],
    });
    expect([Object.keys(some[0]!.Attributes!), Object.keys(some[0]!.MessageAttributes!)]).toEqual([
      ['SentTimestamp'],
      ['app.n'],
    ]);
    const [bare] = await local.receive('plain', { MessageSystemAttributeNames: [], MessageAttributeNames: [] });
    expect([bare!.Attributes, bare!.MessageAttributes]).toEqual([undefined, undefined]);
    await local.remove('plain', bare!);
    await local.remove('plain', bare!);
    expect(await local.counts('plain')).toEqual(['0', '0', '0']);
  });

  test('when a message is received, then it is hidden for the visibility timeout, which can be changed', async () => {
    await local.send('hidden', 'a');
    const [first] = await local.receive('hidden');
    local.advance(19);
    expect(await local.receive('hidden')).toEqual([]);
    local.advance(1);
    expect(bodies(await local.receive('hidden'))).toEqual(['a']);
    local.advance(20);
    const [again] = await local.receive('hidden');
    expect(again!.Attributes).toMatchObject({
      ApproximateReceiveCount: '3',
      ApproximateFirstReceiveTimestamp: first!.Attributes!.ApproximateFirstReceiveTimestamp,
    });
    const change = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
      local.sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: local.url('hidden'), ReceiptHandle, VisibilityTimeout }),
      );
    await change(again!.ReceiptHandle, 0);
    const [freed] = await local.receive('hidden', { VisibilityTimeout: 43_200 });
    expect(freed!.Body).toBe('a');
    await expect(change(freed!.ReceiptHandle, 43_201)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    // The receipt handle of an earlier receive is invalid.
    await expect(change(first!.ReceiptHandle, 0)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    await local.remove('hidden', first!);
    const batch = await local.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: local.url('hidden'),
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
    await local.remove('hidden', (await local.receive('hidden'))[0]!);
  });

  test('given a delay of the queue or of a message, then the message is received after it', async () => {
    await local.send('late', 'queue');
    await local.send('late', 'own', { DelaySeconds: 0 });
    expect(bodies(await local.receive('late'))).toEqual(['own']);
    expect((await local.counts('late'))[2]).toBe('1');
    const { messages } = await local.startWaiting('late', 20);
    local.advance(19);
    expect((await local.counts('late'))[2]).toBe('1');
    local.advance(1);
    expect(bodies(await messages)).toEqual(['queue']);
  });

  test('given a wait time, when a receive finds no message, then it waits', async () => {
    const own = await local.startWaiting('plain', 5);
    await local.send('plain', 'at last');
    const got = await own.messages;
    expect(bodies(got)).toEqual(['at last']);
    await local.remove('plain', got[0]!);
    const long = await local.startWaiting('polled', undefined);
    local.advance(19);
    await local.send('polled', 'just in time');
    expect(bodies(await long.messages)).toEqual(['just in time']);
    const empty = await local.startWaiting('polled', 1);
    local.advance(1);
    expect(await empty.messages).toEqual([]);
  });

  test('when a batch is sent or deleted, then each entry succeeds or fails on its own', async () => {
    const Entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: `body ${Id}` }));
    const sent = await local.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: local.url('counted'),
        Entries: [...Entries, { Id: 'bad', MessageBody: '\u0000' }],
      }),
    );
    expect(sent.Successful!.map(({ Id }) => Id)).toEqual(['a', 'b', 'c']);
    expect(sent.Failed).toMatchObject([{ Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true }]);
    const got = await local.receive('counted');
    expect(bodies(got)).toEqual(['body a', 'body b', 'body c']);
    expect(await local.counts('counted')).toEqual(['0', '3', '0']);
    const deleted = await local.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: local.url('counted'),
        Entries: got.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
      }),
    );
    expect(deleted.Successful).toHaveLength(3);
    expect(await local.counts('counted')).toEqual(['0', '0', '0']);
  });

  test('when a message exceeds the receive count, then it moves to the dead-letter queue with its id and sent time', async () => {
    const { MessageId } = await local.send('source', 'poison', {
      MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
    });
    const times = new Set<string | undefined>();
    for (let i = 0; i < 2; i++) {
      const [message] = await local.receive('source');
      times.add(message!.Attributes!.SentTimestamp);
      local.advance(1);
    }
    expect(await local.receive('source')).toEqual([]);
    const [dead] = await local.receive('dead');
    expect(dead).toMatchObject({ MessageId, Body: 'poison', MessageAttributes: { a: { StringValue: 'b' } } });
    times.add(dead!.Attributes!.SentTimestamp);
    expect(times.size).toBe(1);
  });

  test('when the retention ends or the queue is purged, then messages are deleted', async () => {
    await local.send('short', 'a');
    local.advance(59);
    expect(await local.receive('short', { VisibilityTimeout: 0 })).toHaveLength(1);
    local.advance(1);
    expect(await local.receive('short')).toEqual([]);
    await local.send('purged', 'a');
    await local.sqs.send(new PurgeQueueCommand({ QueueUrl: local.url('purged') }));
    expect(await local.receive('purged')).toEqual([]);
  });

  test('when a queue is requested by name, then its URL and requested attributes are returned', async () => {
    expect((await local.sqs.send(new GetQueueUrlCommand({ QueueName: 'plain' }))).QueueUrl).toBe(local.url('plain'));
    expect((await local.sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'dead' }))).QueueUrls).toEqual([
      local.url('dead'),
      local.url('dead.fifo'),
    ]);
    const ask = (AttributeNames: any[]) =>
      local.sqs.send(new GetQueueAttributesCommand({ QueueUrl: local.url('order.fifo'), AttributeNames }));
    expect((await ask(['QueueArn'])).Attributes).toEqual({ QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:order.fifo' });
    expect((await ask(['All'])).Attributes).toMatchObject({
      VisibilityTimeout: '3600',
      FifoQueue: 'true',
      MaximumMessageSize: '1048576',
    });
    expect((await ask([])).Attributes).toBeUndefined();
  });
});

describe('errors of the SDK', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['QueueDoesNotExist', () => local.send('nope', 'x')],
    ['QueueDoesNotExist', () => local.sqs.send(new GetQueueUrlCommand({ QueueName: 'nope' }))],
    ['ReceiptHandleIsInvalid', () => local.remove('plain', { ReceiptHandle: 'x' })],
    ['InvalidParameterValue', () => local.receive('plain', { MaxNumberOfMessages: 11 })],
    ['InvalidParameterValue', () => local.receive('plain', { WaitTimeSeconds: 21 })],
    ['InvalidParameterValue', () => local.receive('plain', { VisibilityTimeout: -1 })],
    ['InvalidParameterValue', () => local.send('plain', 'x', { DelaySeconds: 901 })],
    ['InvalidParameterValue', () => local.send('plain', 'x'.repeat(1024 * 1024 + 1))],
    ['InvalidParameterValue', () => local.send('small', 'x'.repeat(1025))],
    ['InvalidMessageContents', () => local.send('plain', 'a\u0001')],
    ['MissingParameter', () => local.send('plain', '')],
    [
      'EmptyBatchRequest',
      () => local.sqs.send(new SendMessageBatchCommand({ QueueUrl: local.url('plain'), Entries: [] })),
    ],
    ['BatchEntryIdsNotDistinct', () => batch(['a', 'a'])],
    ['TooManyEntriesInBatchRequest', () => batch(Array.from({ length: 11 }, (_, i) => String(i)))],
    ['BatchRequestTooLong', () => batch(['a', 'b'], 'x'.repeat(600 * 1024))],
  ])('%s', async (name, call) => {
    await expect(call()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  const batch = (ids: readonly string[], MessageBody = 'x') =>
    local.sqs.send(
      new SendMessageBatchCommand({ QueueUrl: local.url('plain'), Entries: ids.map((Id) => ({ Id, MessageBody })) }),
    );

  test('given a message of 1 MiB, then it is accepted', async () => {
    await local.send('purged', 'x'.repeat(1024 * 1024));
    expect((await local.receive('purged'))[0]!.Body).toHaveLength(1024 * 1024);
  });

  test('when an operation is not emulated, then the error names it', async () => {
    const response = await fetch(local.cloud.region.endpoint, {
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
