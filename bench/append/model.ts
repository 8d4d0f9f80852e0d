// Contention without a machine's limits: the same append against a store in memory, in simulated time. Where retries make DynamoDB
// Local busy, it answers later, and everybody loses more often; a real table does not get slower for that.
import type { LogStore } from '../../lambda/core/log/log-store';
import type { Runtime } from '../../lambda/core/runtime';
import { Kernel } from '../../test/simulation/kernel';
import { Random } from '../../test/simulation/random';
import { MemoryLogs } from '../../test/support/memory/memory';
import { FUNCTIONS, RATES } from './cells';
import { atRate, hot, type Load, Publisher } from './load';
import { percentile } from './numbers';
import { oneWriter } from './queue';
import { appending, fifo, ours, queued } from './strategies';
import { type Findings, type StoredEntry, verify } from './verify';

/** A cell of the simulation. Requests are for each acknowledged publish. */
export interface Modelled {
  readonly group: 'modelled';
  readonly strategy: string;
  readonly writers: number;
  readonly rate?: number;
  readonly publishes: number;
  readonly publishesPerSecond: number;
  readonly requests: number;
  /** Share of the publishes that were given up. */
  readonly refused: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly findings: Findings;
}

/** Simulated. Milliseconds. */
const LENGTH = 5_000;
const START = Date.UTC(2026, 0, 1);
/** How much a request's time differs from another's. */
const SPREAD = 0.2;

/** @param latency of a request; without any, time would not pass, and nothing is simulated */
export async function model(hotWriters: readonly number[], latency: number): Promise<Modelled[]> {
  const rows: Modelled[] = [];
  if (latency === 0) return rows;
  for (const strategy of [ours.name, fifo.name])
    for (const writers of hotWriters) rows.push(await simulate({ strategy, writers, load: hot, latency }));
  for (const rate of RATES)
    for (const writers of [8, FUNCTIONS])
      rows.push(await simulate({ strategy: ours.name, writers, rate, load: atRate(rate), latency }));
  return rows;
}

interface Simulated extends Pick<Modelled, 'strategy' | 'writers' | 'rate'> {
  readonly load: Load;
  readonly latency: number;
}

async function simulate({ strategy, writers: many, rate, load, latency }: Simulated): Promise<Modelled> {
  const kernel = new Kernel(START);
  const random = new Random(many);
  let requests = 0;
  const logs = new MemoryLogs();
  const request = async <T>(carriedOut: () => Promise<T>): Promise<T> => {
    requests += 1;
    const half = (latency * (1 + SPREAD * (2 * random.next() - 1))) / 2;
    await kernel.sleep(half);
    const answer = await carriedOut();
    await kernel.sleep(half);
    return answer;
  };
  const far: LogStore = {
    append: (key, entry) => request(() => logs.append(key, entry)),
    newest: (key) => request(() => logs.newest(key)),
    header: (key) => request(() => logs.header(key)),
    openEpoch: (key, header, seen) => request(() => logs.openEpoch(key, header, seen)),
    from: (key, place, limit) => request(() => logs.from(key, place, limit)),
    before: (key, place, limit) => request(() => logs.before(key, place, limit)),
  };
  const runtime: Runtime = {
    now: () => Math.floor(kernel.now()),
    random: () => random.next(),
    id: () => 'unused',
    sleep: (ms) => kernel.sleep(ms),
    after: (ms, callback) => {
      const scheduled = kernel.after(ms, callback);
      return () => {
        kernel.cancel(scheduled);
      };
    },
  };
  const functions = Array.from({ length: many }, (_, i) => appending(far, runtime, `fn-${i}`));
  const line = oneWriter(queued(far, runtime));
  const writers = strategy === fifo.name ? functions.map(() => line) : functions;

  const publisher = new Publisher(1, { now: () => kernel.now(), sleep: (ms) => kernel.sleep(ms) });
  let seconds = 0;
  let failure: unknown;
  const run = async (): Promise<void> => {
    // The kernel stops where nothing is scheduled.
    await kernel.sleep(0);
    await load.warmUp(publisher, writers);
    requests = 0;
    publisher.begin();
    const started = kernel.now();
    await load.run(publisher, writers, LENGTH);
    seconds = (kernel.now() - started) / 1_000;
  };
  void run().catch((error: unknown) => (failure = error));
  // Far longer than anything takes: nothing happens any more when all is done.
  await kernel.run(START + 100 * LENGTH);
  if (failure !== undefined) throw failure as Error;

  const publishes = publisher.latencies.length;
  return {
    ...{ group: 'modelled', strategy, writers: many, rate, publishes, publishesPerSecond: publishes / seconds },
    ...{ requests: requests / publishes, refused: publisher.refusals / (publishes + publisher.refusals) },
    ...{ p50: percentile(publisher.latencies, 50), p99: percentile(publisher.latencies, 99) },
    findings: verify(stored(logs), publisher.acknowledged, publisher.refused),
  };
}

function stored(logs: MemoryLogs): StoredEntry[] {
  return [...logs.entries].flatMap(([name, entries]) =>
    [...entries]
      .sort((a, b) => a.seq - b.seq)
      .map(({ seq, messages }) => ({ channel: name.split('#')[0] ?? '', seq, ids: messages.map(({ id }) => id) })),
  );
}
