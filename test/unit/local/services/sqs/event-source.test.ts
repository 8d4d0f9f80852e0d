// Event source mappings: polling of a queue, and handling of results.
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
import { EventSourceMapping, type EventSourceSettings } from '../../../../../local/services/sqs/event-source';
import { Queue, type QueuedMessage, type QueueSettings } from '../../../../../local/services/sqs/queue';
import type { InvocationResult } from '../../../../../local/types';
import { cloudOf, fn } from '../../../../support/local/local-cloud';
import { until } from '../../../../support/until';
import { ManualClock } from '../../../../support/manual-clock';

interface Call {
  readonly ids: readonly string[];
  readonly bodies: readonly string[];
  readonly records: readonly Record<string, any>[];
  finish(result: Partial<InvocationResult>): void;
}

const running: EventSourceMapping[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.stop();
});

/** A queue, a mapping, and a function whose invocations the test completes. */
function world(queueSettings: Partial<QueueSettings> = {}, settings: Partial<EventSourceSettings> = {}) {
  const clock = new ManualClock();
  let ids = 0;
  const queue = new Queue(
    {
      name: 'q',
      fifo: false,
      contentBasedDeduplication: false,
      deduplicatesByGroup: false,
      receiveWait: 0,
      visibilityTimeout: 30_000,
      delay: 0,
      retention: 1e9,
      maxBytes: 1024 * 1024,
      ...queueSettings,
    },
    { clock, newId: () => `id-${(ids += 1)}`, hash: (body) => body },
  );
  const dead: QueuedMessage[] = [];
  queue.toDeadLetter = (message) => dead.push(message);
  const calls: Call[] = [];
  const errors: unknown[] = [];
  const invoke = (_: string, event: unknown): Promise<InvocationResult> =>
    new Promise((resolve) => {
      const { Records: records } = event as { Records: Record<string, any>[] };
      calls.push({
        records,
        ids: records.map(({ messageId }) => messageId as string),
        bodies: records.map(({ body }) => body as string),
        finish: (result) => resolve({ payload: null, ...result }),
      });
    });
  const mapping = new EventSourceMapping(
    {
      queueArn: 'arn:aws:sqs:eu-west-1:1:q',
      functionArn: 'f',
      region: 'eu-west-1',
      batchSize: 10,
      batchingWindow: 0,
      maxConcurrency: 1_000,
      reportsBatchItemFailures: false,
      ...settings,
    },
    { queue, invoker: { invoke }, clock, onError: (error) => errors.push(error) },
  );
  running.push(mapping);
  const send = (...bodies: string[]): void => {
    for (const body of bodies) queue.send({ body });
  };
  const called = (n: number): Promise<void> => until(() => calls.length === n, `${n} invocations`);
  const error = { errorType: 'Error', errorMessage: 'no' };
  return { clock, queue, dead, calls, errors, mapping, send, called, error };
}

/** Waits until everything that needs no timer has run. Nothing here does I/O, so a few turns of the event loop suffice. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('when a batch succeeds, then its messages are deleted', async () => {
  const { queue, calls, mapping, send, called } = world({}, { batchSize: 3 });
  send('a', 'b', 'c', 'd');
  mapping.start();
  await called(2);
  expect(calls.map(({ bodies }) => bodies)).toEqual([['a', 'b', 'c'], ['d']]);
  expect(calls[0]!.records[0]).toEqual({
    messageId: 'id-1',
    receiptHandle: expect.any(String),
    body: 'a',
    messageAttributes: {},
    md5OfBody: '0cc175b9c0f1b6a831c399e269772661',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:1:q',
    awsRegion: 'eu-west-1',
    attributes: expect.objectContaining({ ApproximateReceiveCount: '1' }),
  });
  calls[0]!.finish({});
  await until(() => queue.counts().inFlight === 1, 'the first batch is deleted');
});

test('given a batching window, then a batch waits until it is full or the window ends', async () => {
  const { clock, calls, mapping, send, called } = world({}, { batchSize: 3, batchingWindow: 5_000 });
  mapping.start();
  send('a');
  await settled();
  send('b');
  await settled();
  expect(calls).toEqual([]);
  clock.advance(5_000);
  await called(1);
  expect(calls[0]!.bodies).toEqual(['a', 'b']);
  send('c', 'd', 'e');
  await called(2);
  expect(calls[1]!.bodies).toEqual(['c', 'd', 'e']);
});

test.each<[string, Partial<InvocationResult>]>([
  ['fails', { error: { errorType: 'Error', errorMessage: 'no' } }],
  ['is throttled', { throttled: true }],
  ['is refused', { tooLarge: true }],
])('when a batch %s, then it is received again, and moves to the dead-letter queue in the end', async (_, result) => {
  const { clock, queue, dead, calls, mapping, send, called } = world({ maxReceiveCount: 2 });
  send('a', 'b');
  mapping.start();
  for (let attempt = 1; attempt <= 2; attempt++) {
    await called(attempt);
    calls[attempt - 1]!.finish(result);
    await settled();
    clock.advance(29_999);
    await settled();
    expect(calls).toHaveLength(attempt);
    clock.advance(1);
  }
  await until(() => dead.length === 2, 'both are dead');
  expect(calls).toHaveLength(2);
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

describe('with ReportBatchItemFailures', () => {
  const left = async (answer: (ids: readonly string[]) => unknown, reports = true): Promise<number> => {
    const { queue, calls, mapping, send, called } = world({}, { reportsBatchItemFailures: reports });
    send('a', 'b', 'c');
    mapping.start();
    await called(1);
    calls[0]!.finish({ payload: answer(calls[0]!.ids) });
    await settled();
    return queue.counts().inFlight;
  };
  const failures = (...ids: unknown[]): object => ({
    batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
  });

  test('when some messages fail, then they are received again and the others are deleted', async () => {
    expect(await left(([, second]) => failures(second))).toBe(1);
    expect(await left(() => failures())).toBe(0);
    for (const success of [null, undefined, {}, { batchItemFailures: null }]) expect(await left(() => success)).toBe(0);
  });

  test('when the answer has an unknown id, then the whole batch fails', async () => {
    for (const odd of [
      failures('nobody'),
      failures(undefined),
      failures(''),
      failures(null),
      { batchItemFailures: 'a' },
      { batchItemFailures: [{ wrongKey: 'x' }] },
    ]) {
      expect(await left(() => odd)).toBe(3);
    }
  });

  test('given a mapping without it, then the answer is ignored', async () => {
    expect(await left(([first]) => failures(first), false)).toBe(0);
  });
});

test('given MaximumConcurrency, then no more invocations run at once', async () => {
  const { calls, mapping, send, called } = world({}, { batchSize: 1, maxConcurrency: 2 });
  send('a', 'b', 'c');
  mapping.start();
  await called(2);
  await settled();
  expect(calls).toHaveLength(2);
  calls[0]!.finish({});
  await called(3);
});

test('given a FIFO queue, then each group has one batch in flight, in order', async () => {
  const { clock, queue, calls, mapping, called, error } = world({ fifo: true }, { batchSize: 2 });
  for (const [groupId, body] of [
    ['a', 'a1'],
    ['a', 'a2'],
    ['a', 'a3'],
    ['b', 'b1'],
  ]) {
    queue.send({ body: body!, groupId: groupId!, deduplicationId: body! });
  }
  mapping.start();
  await called(2);
  await settled();
  expect(calls.map(({ bodies }) => bodies)).toEqual([['a1', 'a2'], ['b1']]);
  calls[0]!.finish({ error });
  await settled();
  // A failed message blocks its group until it is visible again.
  expect(calls).toHaveLength(2);
  clock.advance(30_000);
  await until(() => calls.length >= 3, 'the group goes on');
  expect(calls[2]!.bodies).toEqual(['a1', 'a2']);
  calls[2]!.finish({});
  await until(() => calls.some(({ bodies }) => bodies.includes('a3')), 'its rest follows');
});

test('given a batch too large for one event, then it is split into sequential invocations', async () => {
  const { calls, mapping, send, called } = world();
  send(...Array.from({ length: 8 }, (_, i) => String(i).repeat(1024 * 1024)));
  mapping.start();
  await called(1);
  await settled();
  expect(calls[0]!.bodies).toHaveLength(5);
  calls[0]!.finish({});
  await called(2);
  expect(calls[1]!.bodies.map((body) => body[0])).toEqual(['5', '6', '7']);
});

test('given a split batch of a FIFO queue, when a part fails, then the later parts are not invoked', async () => {
  const { clock, queue, calls, mapping, called, error } = world({ fifo: true });
  for (let i = 0; i < 7; i++) {
    queue.send({ body: String(i).repeat(1024 * 1024), groupId: 'a', deduplicationId: String(i) });
  }
  mapping.start();
  await called(1);
  calls[0]!.finish({ error });
  await settled();
  expect(calls).toHaveLength(1);
  clock.advance(30_000);
  await called(2);
  expect(calls[1]!.bodies.map((body) => body[0])).toEqual(['0', '1', '2', '3', '4']);
});

test('when the function can not be invoked, then an error is reported and polling continues', async () => {
  const cloud = await cloudOf({
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
    Python: fn('python', '', { Runtime: 'python3.13' }),
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: 'Python' } },
    },
  });
  cloud.services.sqs.find('q')!.send({ body: 'x' });
  await until(
    () => cloud.logs.some(({ message }) => message === "can't invoke python: there is no function python"),
    'it is told',
  );
  expect(cloud.cloud.unsupported).toMatchObject([
    { logicalId: 'Python', meaning: expect.stringContaining('python3.13') },
  ]);
  await cloud.stop();
});

test('given a template with queue, mapping and function, then messages reach the function', async () => {
  const cloud = await cloudOf({
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
    Off: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'off' } },
    Worker: fn(
      'worker',
      "exports.handler = async ({ Records }) => { for (const { body, messageAttributes } of Records) console.log('got ' + body + ' ' + messageAttributes.a?.stringValue); };",
    ),
    ...Object.fromEntries(
      ['Queue', 'Off'].map((name) => [
        `${name}Mapping`,
        {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: {
            EventSourceArn: { 'Fn::GetAtt': [name, 'Arn'] },
            FunctionName: { 'Fn::GetAtt': ['Worker', 'Arn'] },
            ScalingConfig: { MaximumConcurrency: 2 },
            Enabled: name === 'Queue',
          },
        },
      ]),
    ),
  });
  const sqs = new SQSClient(cloud.sdk);
  const MessageAttributes = { a: { DataType: 'String', StringValue: 'b' } };
  for (const name of ['off', 'q'])
    await sqs.send(
      new SendMessageCommand({ QueueUrl: cloud.services.sqs.url(name), MessageBody: name, MessageAttributes }),
    );
  await until(() => cloud.logs.some(({ message }) => message === 'got q b'), 'the function gets it');
  expect(cloud.services.sqs.find('off')!.counts().visible).toBe(1);
  await until(() => cloud.services.sqs.find('q')!.counts().inFlight === 0, 'it is deleted');
  sqs.destroy();
  await cloud.stop();
});

test('when the template uses features that are not emulated, then the start fails and names them', async () => {
  const mapping = (properties: object): Promise<unknown> =>
    cloudOf({
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
      M: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: 'f', ...properties },
      },
    });
  await expect(mapping({ FilterCriteria: { Filters: [] } })).rejects.toThrow('FilterCriteria are not emulated');
  const stream = 'arn:aws:dynamodb:eu-west-1:1:table/t/stream/x';
  await expect(mapping({ EventSourceArn: stream })).rejects.toMatchObject({
    code: 'template_unsupported',
    message: expect.stringContaining('only SQS queues'),
  });
});
