// FIFO queues through the AWS SDK: groups, deduplication, dead-letter queues.
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { bodies, LocalQueues, queue, redrive } from '../../../../support/local/local-sqs';

let local: LocalQueues;
beforeAll(async () => {
  local = await LocalQueues.start({
    Plain: queue('plain'),
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
  });
});
afterAll(() => local.stop());

describe('a FIFO queue', () => {
  const put = (name: string, group: string, body: string, id = `${group}${body}`) =>
    local.send(name, body, { MessageGroupId: group, MessageDeduplicationId: id });

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
    const first = await local.receive('order.fifo', { MaxNumberOfMessages: 2 });
    expect(first.map(({ Body, Attributes }) => [Attributes!.MessageGroupId, Body])).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
    const numbers = first.map(({ Attributes }) => Attributes!.SequenceNumber!);
    expect(numbers[1]! > numbers[0]!).toBe(true);
    const second = await local.receive('order.fifo');
    expect(second.map(({ Attributes }) => Attributes!.MessageGroupId)).toEqual(['b', 'b']);
    await local.remove('order.fifo', first[0]!);
    expect(await local.receive('order.fifo')).toEqual([]);
    await local.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: local.url('order.fifo'),
        ReceiptHandle: first[1]!.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    expect(bodies(await local.receive('order.fifo'))).toEqual(['2', '3', '4']);
  });

  test('when a deduplication id repeats within five minutes, then the message is dropped, even after a delete', async () => {
    const first = await put('order.fifo', 'dedup', 'a', 'same');
    const twin = await put('order.fifo', 'other', 'b', 'same');
    expect([twin.MessageId, twin.SequenceNumber]).toEqual([first.MessageId, first.SequenceNumber]);
    const got = await local.receive('order.fifo');
    expect(bodies(got)).toEqual(['a']);
    await local.remove('order.fifo', got[0]!);
    await put('order.fifo', 'dedup', 'c', 'same');
    expect(await local.receive('order.fifo')).toEqual([]);
    local.advance(299);
    await put('order.fifo', 'dedup', 'e', 'same');
    expect(await local.receive('order.fifo')).toEqual([]);
    local.advance(1);
    await put('order.fifo', 'dedup', 'd', 'same');
    expect(bodies(await local.receive('order.fifo'))).toEqual(['d']);
  });

  test('given deduplication by content or by group, then it applies', async () => {
    for (const body of ['x', 'x', 'y']) await local.send('content.fifo', body, { MessageGroupId: 'g' });
    expect(bodies(await local.receive('content.fifo'))).toEqual(['x', 'y']);
    for (const [group, body] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ])
      await put('groups.fifo', group!, body!, 'same');
    expect(bodies(await local.receive('groups.fifo'))).toEqual(['1', '2']);
  });

  test('given messages with one deduplication id, then each moves to the dead-letter queue', async () => {
    for (const group of ['a', 'b']) await local.send('source.fifo', 'same body', { MessageGroupId: group });
    expect(await local.receive('source.fifo')).toHaveLength(2);
    local.advance(1);
    expect(await local.receive('source.fifo')).toEqual([]);
    const dead = await local.receive('dead.fifo');
    expect(dead.map(({ Attributes }) => Attributes!.MessageGroupId)).toEqual(['a', 'b']);
    expect(dead.every(({ MessageId, Attributes }) => Attributes!.MessageDeduplicationId === MessageId)).toBe(true);
  });

  test('when group or deduplication id is missing, or a delay is set, then the send fails', async () => {
    await expect(local.send('order.fifo', 'x')).rejects.toMatchObject({ name: 'MissingParameter' });
    await expect(local.send('order.fifo', 'x', { MessageGroupId: 'a' })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(
      local.send('order.fifo', 'x', { MessageGroupId: 'a', MessageDeduplicationId: 'x', DelaySeconds: 1 }),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(local.send('plain', 'x', { MessageDeduplicationId: 'x' })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});
