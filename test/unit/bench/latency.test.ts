// The stages of bench:latency, and its estimates by memory size.
import { emulatedOf } from '../../../bench/latency/measure';
import { balanced, sized, undisturbed } from '../../../bench/latency/memory';
import { journeyOf } from '../../../bench/latency/stages';
import { roleOf, type Span } from '../../../bench/latency/watch';

const span = (what: string, begin: number, end: number): Span => ({ what, begin, end });
const sum = (stages: ReadonlyMap<string, number>): number => [...stages.values()].reduce((a, b) => a + b, 0);
const append = span('dynamodb PutItem', 4, 10);

test('given a publish whose own function posts, then its stages add up to the time until the acknowledgement', () => {
  const calls = [
    ...[append, span('dynamodb Query', 12, 18), span('apigateway POST', 20, 41), span('apigateway POST', 22, 43)],
  ];
  const times = { message: 1, sent: 0, acknowledged: 46, first: 42, last: 44 };
  const { toAck, toLast, acknowledged, first, last } = journeyOf(times, calls, [span('message', 1, 45)]);
  expect([...toAck]).toEqual([
    ['to the function', 1],
    ['start, parse, authorize', 3],
    ['append (DynamoDB)', 6],
    ['answer, next request', 2],
    ['subscribers read (DynamoDB)', 6],
    ['decode, encode, sign', 2],
    ['posts', 23],
    ['reply', 2],
    ['to the publisher', 1],
  ]);
  expect([sum(toAck), toLast.size]).toEqual([46, 0]);
  expect({ acknowledged, first, last }).toEqual({ acknowledged: 46, first: 42, last: 44 });
});

describe('given a publish whose workers post', () => {
  const queued = span('sqs SendMessageBatch', 12, 14);
  const times = { message: 1, sent: 0, acknowledged: 17, first: 55, last: 70 };
  const message = span('message', 1, 16);
  const reads = [span('dynamodb Query', 24, 30), span('dynamodb Query', 43, 49)];
  const toOthers = span('sqs SendMessageBatch', 31, 33);

  test('then the acknowledgement does not include them, and the function does not read a large channel', () => {
    const calls = [append, queued, ...reads, toOthers];
    const { toAck, toLast } = journeyOf(times, calls, [message, span('fanout', 40, 72), span('fanout', 20, 60)]);
    expect(toAck.get('subscribers read (DynamoDB)')).toBe(0);
    expect(sum(toAck)).toBe(17);
    expect([...toLast].slice(-7)).toEqual([
      ['queue to worker', 6],
      ['worker’s start', 4],
      ['head and subscribers read (DynamoDB)', 6],
      ['queue to the other shards’ workers', 10],
      ['their start', 3],
      ['their subscribers read (DynamoDB)', 6],
      ['posts, until the last has it', 21],
    ]);
    expect(sum(toLast)).toBe(70);
  });

  test('when the channel has one shard, then there are no stages of other workers', () => {
    const { toLast } = journeyOf(times, [append, queued, reads[0]!], [message, span('fanout', 20, 60)]);
    expect(toLast.has('queue to the other shards’ workers')).toBe(false);
    expect(sum(toLast)).toBe(70);
  });
});

test('given a publish without an acknowledgement, then there is no journey', () => {
  const times = { message: 7, sent: 0, acknowledged: undefined, first: 1, last: 2 };
  expect(() => journeyOf(times, [append], [span('message', 1, 3)])).toThrow('publish 7');
});

test('the role of a function follows from its CloudFormation name', () => {
  expect(roleOf('Ours-RealtimeFunctionsFanoutD-5YDH51UCSUA4')).toBe('fanout');
  expect(roleOf('Ours-RealtimeFunctionsDisconn-1S2VH44WB1O3')).toBeUndefined();
});

test('with less than one vCPU computing takes longer and waiting does not; more than one vCPU does not help', () => {
  const use = { cpu: 10, duration: 30 };
  const [small, one, large] = [884.5, 1_769, 3_538].map((memory) => sized(use, memory));
  expect([small?.duration, one?.duration, large?.duration]).toEqual([40, 30, 30]);
  // 30 ms at 1.7 GB, and a request.
  expect(one?.dollars).toBeCloseTo((30 * 1_769 * 0.013_333_4) / 1_024 + 0.2, 3);
});

test('the balanced size is small for a function that waits, and one vCPU for a function that computes', () => {
  expect([balanced({ cpu: 1, duration: 50 }), balanced({ cpu: 50, duration: 50 })]).toEqual([256, 1_769]);
});

test('the emulated time is that of sequential requests, and of posts that share the sockets', () => {
  expect(emulatedOf(1, 0)).toEqual({ message: 30, fanout: 0 });
  expect(emulatedOf(300, 0)).toEqual({ message: 110, fanout: 0 });
  expect(emulatedOf(1_000, 2)).toEqual({ message: 15, fanout: 45 });
});

test('an undisturbed function waits for the emulated latencies only', () => {
  const use = { name: 'a', memory: 512, invocations: 1, cpu: 10, duration: 90, emulated: 30 };
  expect([undisturbed(use).duration, undisturbed({ ...use, duration: 35 }).duration]).toEqual([40, 35]);
});
