import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SqsFanoutQueue } from '../../../../../lambda/adapters/sqs/fanout-queue';
import type { FanoutJob } from '../../../../../lambda/core/fanout/ports';
import { MemoryLogger } from '../../../../support/memory/memory';

/** A queue whose requests are answered by the test. */
function world(): { queue: SqsFanoutQueue; requests: FanoutJob[][]; answer: () => Promise<void> } {
  const requests: FanoutJob[][] = [];
  const answers: (() => void)[] = [];
  const send = ({ input }: SendMessageBatchCommand): Promise<object> => {
    requests.push((input.Entries ?? []).map(({ MessageBody = '' }) => JSON.parse(MessageBody) as FanoutJob));
    return new Promise((resolve) => {
      answers.push(() => {
        resolve({});
      });
    });
  };
  const client = { send } as unknown as Pick<SQSClient, 'send'>;
  return {
    queue: new SqsFanoutQueue(
      () => client,
      () => 'https://sqs/queue',
      new MemoryLogger(),
    ),
    requests,
    answer: async () => {
      for (const one of answers.splice(0)) one();
      await new Promise(setImmediate);
    },
  };
}

const job = (shard: number, seq: number): FanoutJob => ({
  shard,
  push: {
    push: 'messages',
    channel: 'chat:a',
    origin: 'eu-west-1',
    epoch: 'e',
    messages: [{ seq, id: `m${seq}`, from: 'ada', ts: 0, data: seq, enc: 'json' }],
  },
});

test('given jobs of several shards, then those of one shard are sent one after another and the shards in parallel', async () => {
  const { queue, requests, answer } = world();
  const shards = Array.from({ length: 25 }, (_, shard) => shard);
  const sent = queue.send(shards.flatMap((shard) => [job(shard, 1), job(shard, 2)]));
  await new Promise(setImmediate);
  const seqs = (): number[][] => requests.map((jobs) => jobs.map(({ push }) => push.messages[0]?.seq ?? 0));
  expect(seqs()).toEqual([Array(10).fill(1), Array(10).fill(1), Array(5).fill(1)]);
  await answer();
  expect(seqs().slice(3)).toEqual([Array(10).fill(2), Array(10).fill(2), Array(5).fill(2)]);
  await answer();
  await sent;
});

test('given many jobs, then a limited number of requests is in flight', async () => {
  const { queue, requests, answer } = world();
  const sent = queue.send(Array.from({ length: 200 }, (_, shard) => job(shard, 1)));
  await new Promise(setImmediate);
  expect(requests).toHaveLength(8);
  for (let i = 0; i < 3; i++) await answer();
  await sent;
  expect(requests).toHaveLength(20);
});
