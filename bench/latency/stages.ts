// A publish, divided into stages. Each stage begins when the one before it ends, so their sum is the whole duration.
import type { MessageTimes } from '../rig/recorder';
import type { Span } from './watch';

/** Duration of each stage, in order. Milliseconds. */
export type Stages = ReadonlyMap<string, number>;

/** One publish. */
export interface Journey {
  /** From the publisher's frame to the acknowledgement. */
  readonly toAck: Stages;
  /** From the publisher's frame to the last subscriber, when workers post. Empty when the publisher's function posts. */
  readonly toLast: Stages;
  /** From the frame to the acknowledgement, to the first subscriber, and to the last. */
  readonly acknowledged: number;
  readonly first: number;
  readonly last: number;
}

/** The end of a stage. Undefined when the stage did not happen; then the next stage begins where this one would have begun. */
type Cut = readonly [stage: string, end: number | undefined];

function cut(begin: number, cuts: readonly Cut[]): Stages {
  let from = begin;
  return new Map(
    cuts.map(([stage, end]) => {
      const took = end === undefined ? 0 : end - from;
      from = end ?? from;
      return [stage, took];
    }),
  );
}

const begins = (spans: readonly Span[]): number | undefined =>
  spans.length === 0 ? undefined : Math.min(...spans.map(({ begin }) => begin));
const ends = (spans: readonly Span[]): number | undefined =>
  spans.length === 0 ? undefined : Math.max(...spans.map(({ end }) => end));
const within = (spans: readonly Span[], from: number, to: number): readonly Span[] =>
  spans.filter(({ begin }) => begin >= from && begin < to);

/**
 * Divides a publish into stages.
 *
 * @param calls AWS API calls that began between this publish and the next
 * @param invocations the same for invocations
 * @throws Error when a part of every publish is missing
 */
export function journeyOf(times: MessageTimes, calls: readonly Span[], invocations: readonly Span[]): Journey {
  const { sent, acknowledged, first, last } = times;
  const message = invocations.find(({ what }) => what === 'message');
  const workers = invocations.filter(({ what }) => what === 'fanout').sort((a, b) => a.begin - b.begin);
  const append = calls.find(({ what }) => what === 'dynamodb PutItem');
  if (message === undefined || append === undefined || acknowledged === undefined || last === undefined)
    throw new Error(`publish ${times.message} was not delivered completely`);
  const of = (what: string): readonly Span[] => calls.filter((call) => call.what === what);
  const queued = of('sqs SendMessageBatch')[0];
  const [worker] = workers;
  const ownReads = within(of('dynamodb Query'), append.end, queued?.begin ?? message.end);
  const common: readonly Cut[] = [
    ['to the function', message.begin],
    // Includes finding the log's tail, if the function has no hint.
    ['start, parse, authorize', append.begin],
    ['append (DynamoDB)', append.end],
    ['answer, next request', begins(ownReads) ?? queued?.begin],
    ['subscribers read (DynamoDB)', ends(ownReads)],
  ];
  const posts = of('apigateway POST');
  const tail: readonly Cut[] = [
    ['reply', message.end],
    ['to the publisher', acknowledged],
  ];
  const total = { acknowledged: acknowledged - sent, first: (first ?? last) - sent, last: last - sent };
  if (queued === undefined || worker === undefined) {
    const sending: readonly Cut[] = [
      ['decode, encode, sign', begins(posts)],
      ['posts', ends(posts)],
    ];
    return { toAck: cut(sent, [...common, ...sending, ...tail]), toLast: new Map(), ...total };
  }
  const handing: readonly Cut[] = [
    ['next request', queued.begin],
    ['into the queue (SQS)', queued.end],
  ];
  const reads = within(of('dynamodb Query'), worker.begin, Number.POSITIVE_INFINITY);
  const [head] = reads;
  const other = workers[1];
  const otherRead = other === undefined ? undefined : within(reads, other.begin, Number.POSITIVE_INFINITY)[0];
  // The first worker posts while the others start. The last subscriber most likely belongs to one of the others.
  const shards: readonly Cut[] = [
    ['queue to the other shards’ workers', other?.begin],
    ['their start', otherRead?.begin],
    ['their subscribers read (DynamoDB)', otherRead?.end],
  ];
  const working: readonly Cut[] = [
    ['queue to worker', worker.begin],
    ['worker’s start', head?.begin],
    ['head and subscribers read (DynamoDB)', head?.end],
    ...(other === undefined ? [] : shards),
    ['posts, until the last has it', last],
  ];
  return {
    toAck: cut(sent, [...common, ...handing, ...tail]),
    toLast: cut(sent, [...common, ...handing, ...working]),
    ...total,
  };
}

/** The durations of all publishes by stage. */
export function byStage(journeys: readonly Stages[]): ReadonlyMap<string, readonly number[]> {
  const all = new Map<string, number[]>();
  for (const stages of journeys) for (const [stage, took] of stages) all.set(stage, [...(all.get(stage) ?? []), took]);
  return all;
}
