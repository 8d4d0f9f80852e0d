// What is measured: one cell is one strategy under one load, on a table of its own.
import type { Database } from './database';
import { setTimeout as sleep } from 'node:timers/promises';
import { atRate, type Clock, hot, type Load, many, Publisher } from './load';
import { type Counts, type Meter } from './meter';
import { percentile } from './numbers';
import { counterThenPut, fifo, ours, type Strategy, transaction } from './strategies';
import { type Findings, verify } from './verify';

export type Group = 'hot' | 'many-own' | 'many-any' | 'batch' | 'rate';

export interface Cell {
  readonly group: Group;
  readonly strategy: Strategy;
  readonly writers: number;
  readonly messages: number;
  /** Publishes a second that are wanted; otherwise as many as go. */
  readonly rate?: number;
  readonly load: Load;
}

/** A cell's result. Counts are for each acknowledged publish. */
export interface Row extends Readonly<Counts> {
  readonly group: Group;
  readonly strategy: string;
  readonly writers: number;
  /** Of each publish. */
  readonly messages: number;
  readonly rate?: number;
  /** Acknowledged. */
  readonly publishes: number;
  readonly publishesPerSecond: number;
  readonly messagesPerSecond: number;
  /** Share of the publishes that were given up. */
  readonly refused: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly findings: Findings;
}

export const CHANNELS = 1_000;
/** Functions of the cells that have many channels or a rate. */
export const FUNCTIONS = 64;
export const RATES = [10, 25, 50, 100, 200];
const BATCHES = [1, 10, 50];
const BATCH_WRITERS = 4;

export const realTime: Clock = { now: () => performance.now(), sleep: (ms) => sleep(ms) };

/** Strategies that are compared stand next to each other in time, too. */
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
          ...{ group: `many-${how}`, strategy, writers: FUNCTIONS, load: many(CHANNELS, how) },
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
  /** Milliseconds. */
  readonly latency: number;
}

export async function measure({ database, meter, latency }: Bench, cell: Cell, ms: number): Promise<Row> {
  const { load, strategy, group, writers: many, messages, rate } = cell;
  return database.withTable(async (table) => {
    const writers = strategy.writers(database.functions.slice(0, many), table);
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
    return {
      ...{ group, strategy: strategy.name, writers: many, messages, rate, publishes },
      ...{ publishesPerSecond: publishes / seconds, messagesPerSecond: (publishes * messages) / seconds },
      ...each(counts, publishes),
      ...{ refused: refusals / Math.max(1, publishes + refusals) },
      ...{ p50: percentile(latencies, 50), p99: percentile(latencies, 99) },
      findings: verify(await database.entries(table), publisher.acknowledged, publisher.refused),
    };
  });
}

/** What is counted, for each of so many. */
export function each(counts: Counts, many: number): Counts {
  const shares = Object.entries(counts).map(([name, count]: [string, number]) => [name, count / Math.max(1, many)]);
  return Object.fromEntries(shares) as Counts;
}
