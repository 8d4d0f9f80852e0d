// The cells of the bench: a cell is one strategy under one load, on a table of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { quantilesOf } from '../../load/measures/quantiles';
import type { Database } from './database';
import { atRate, type Clock, hot, type Load, many, Publisher } from './load';
import { type Counts, type Meter } from './meter';
import { counterThenPut, fifo, ours, type Strategy, transaction } from './strategies';
import { type Findings, verify } from './verify';

export type Group = 'hot' | 'many-own' | 'many-any' | 'batch' | 'rate';

export interface Cell {
  readonly group: Group;
  readonly strategy: Strategy;
  readonly writers: number;
  readonly messages: number;
  /** Offered publishes per second. @default - every writer publishes again as soon as it has an answer */
  readonly rate?: number;
  readonly load: Load;
}

/** The result of a cell. Counts are per acknowledged publish. */
export interface Row extends Readonly<Counts> {
  readonly group: Group;
  readonly strategy: string;
  readonly writers: number;
  /** Messages per publish. */
  readonly messages: number;
  readonly rate?: number;
  /** Acknowledged publishes. */
  readonly publishes: number;
  readonly publishesPerSecond: number;
  readonly messagesPerSecond: number;
  /** Share of the publishes that were refused after all attempts. */
  readonly refused: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly findings: Findings;
}

export const CHANNELS = 1_000;
/** Functions of the cells with many channels or a rate. */
export const FUNCTIONS = 64;
export const RATES = [10, 25, 50, 100, 200];
const BATCHES = [1, 10, 50];
const BATCH_WRITERS = 4;

export const realTime: Clock = { now: () => performance.now(), sleep: (ms) => sleep(ms) };

/** Strategies that are compared are measured one after another. */
export function plan(hotWriters: readonly number[]): Cell[] {
  const one = { messages: 1 };
  return [
    ...hotWriters.flatMap((writers) =>
      [ours, counterThenPut, transaction, fifo].map(
        (strategy): Cell => ({ group: 'hot', strategy, writers, load: hot, ...one }),
      ),
    ),
    ...(['own', 'any'] as const).flatMap((how) =>
      [ours, counterThenPut, transaction].map(
        (strategy): Cell => ({
          group: `many-${how}`,
          strategy,
          writers: FUNCTIONS,
          load: many(CHANNELS, how),
          ...one,
        }),
      ),
    ),
    ...BATCHES.map(
      (messages): Cell => ({ group: 'batch', strategy: ours, writers: BATCH_WRITERS, messages, load: hot }),
    ),
    ...RATES.flatMap((rate) =>
      [ours, fifo].map(
        (strategy): Cell => ({ group: 'rate', strategy, writers: FUNCTIONS, rate, load: atRate(rate), ...one }),
      ),
    ),
  ];
}

export interface Bench {
  readonly database: Database;
  readonly meter: Meter;
  /** Delay added to each request. Milliseconds. */
  readonly latency: number;
}

export async function measure({ database, meter, latency }: Bench, cell: Cell, ms: number): Promise<Row> {
  const { load, strategy, group, writers: count, messages, rate } = cell;
  return database.withTable(async (table) => {
    const writers = strategy.writers(database.functions.slice(0, count), table);
    const publisher = new Publisher(messages, realTime);
    meter.latency = 0;
    await load.warmUp(publisher, writers);
    meter.latency = latency;
    meter.take();
    publisher.begin();
    const started = performance.now();
    await load.run(publisher, writers, ms);
    const seconds = (performance.now() - started) / 1000;
    const counts = meter.take();
    const { latencies, refusals } = publisher;
    const publishes = latencies.length;
    const { p50, p99 } = quantilesOf(latencies) ?? { p50: 0, p99: 0 };
    return {
      group,
      strategy: strategy.name,
      writers: count,
      messages,
      rate,
      publishes,
      publishesPerSecond: publishes / seconds,
      messagesPerSecond: (publishes * messages) / seconds,
      ...perPublish(counts, publishes),
      refused: refusals / Math.max(1, publishes + refusals),
      p50,
      p99,
      findings: verify(await database.entries(table), publisher.acknowledged, publisher.refused),
    };
  });
}

/** Divides counts by a number of publishes. */
export function perPublish(counts: Counts, publishes: number): Counts {
  const shares = Object.entries(counts).map(([name, count]: [string, number]) => [
    name,
    count / Math.max(1, publishes),
  ]);
  return Object.fromEntries(shares) as Counts;
}
