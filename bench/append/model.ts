// Contention without the limits of a machine: the same append with a store in memory, in simulated time. Retries make DynamoDB Local
// busy: it answers later, and more writes fail. A table in AWS does not become slower.
import type { LogStore } from '../../lambda/core/log/log-store';
import type { Runtime } from '../../lambda/core/runtime';
import { Kernel } from '../../load/simulation/kernel';
import { type Random, seededRandom } from '../../local/support/random';
import { quantilesOf } from '../../load/measures/quantiles';
import { FUNCTIONS, RATES } from './cells';
import { atRate, hot, type Load, Publisher } from './load';
import { MemoryLogStore } from './memory-log-store';
import { oneWriter } from './queue';
import { appending, fifo, ours, queued } from './strategies';
import { type Findings, type StoredEntry, verify } from './verify';

/** A simulated cell. */
export interface Modelled {
  readonly group: 'modelled';
  readonly strategy: string;
  readonly writers: number;
  readonly rate?: number;
  readonly publishes: number;
  readonly publishesPerSecond: number;
  /** Per acknowledged publish. */
  readonly requests: number;
  /** Share of the publishes that were refused after all attempts. */
  readonly refused: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly findings: Findings;
}

/** Simulated duration of the load. Milliseconds. */
const DURATION = 5_000;
const START = Date.UTC(2026, 0, 1);
/** Largest deviation of the time of a request from the latency, as a share. */
const SPREAD = 0.2;

/**
 * Simulates the cells of one hot channel.
 *
 * @param latency of a request. Milliseconds. With 0 time would not pass, so nothing is simulated
 */
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

/** A log store whose requests take simulated time. */
interface SlowStore {
  readonly store: LogStore;
  /** Requests since the last call. */
  readonly take: () => number;
}

/** Half of the time of a request passes before the store works, and half afterwards. */
function slowStore(logs: LogStore, latency: number, kernel: Kernel, random: Random): SlowStore {
  let requests = 0;
  const request = async <T>(work: () => Promise<T>): Promise<T> => {
    requests += 1;
    const half = (latency * (1 + SPREAD * (2 * random() - 1))) / 2;
    await kernel.sleep(half);
    const answer = await work();
    await kernel.sleep(half);
    return answer;
  };
  return {
    store: {
      append: (key, entry) => request(() => logs.append(key, entry)),
      newest: (key) => request(() => logs.newest(key)),
      header: (key) => request(() => logs.header(key)),
      openEpoch: (key, header, seen) => request(() => logs.openEpoch(key, header, seen)),
      from: (key, place, limit) => request(() => logs.from(key, place, limit)),
      before: (key, place, limit) => request(() => logs.before(key, place, limit)),
    },
    take: () => {
      const taken = requests;
      requests = 0;
      return taken;
    },
  };
}

function simulatedRuntime(kernel: Kernel, random: Random): Runtime {
  return {
    now: () => Math.floor(kernel.now()),
    random,
    id: () => 'unused',
    sleep: (ms) => kernel.sleep(ms),
    after: (ms, callback) => {
      const scheduled = kernel.after(ms, callback);
      return () => {
        kernel.cancel(scheduled);
      };
    },
  };
}

async function simulate({ strategy, writers: count, rate, load, latency }: Simulated): Promise<Modelled> {
  const kernel = new Kernel(START);
  const random = seededRandom(count, 'append');
  const logs = new MemoryLogStore();
  const { store, take } = slowStore(logs, latency, kernel, random);
  const runtime = simulatedRuntime(kernel, random);
  const functions = Array.from({ length: count }, (_, i) => appending(store, runtime, `fn-${i}`));
  const queueWriter = oneWriter(queued(store, runtime));
  const writers = strategy === fifo.name ? functions.map(() => queueWriter) : functions;

  const publisher = new Publisher(1, { now: () => kernel.now(), sleep: (ms) => kernel.sleep(ms) });
  let seconds = 0;
  let failure: unknown;
  const run = async (): Promise<void> => {
    // The kernel stops when nothing is scheduled.
    await kernel.sleep(0);
    await load.warmUp(publisher, writers);
    take();
    publisher.begin();
    const started = kernel.now();
    await load.run(publisher, writers, DURATION);
    seconds = (kernel.now() - started) / 1_000;
  };
  void run().catch((error: unknown) => (failure = error));
  // Far longer than the load takes: the kernel stops when all is done.
  await kernel.run(START + 100 * DURATION);
  if (failure !== undefined) throw failure as Error;

  const publishes = publisher.latencies.length;
  const { p50, p99 } = quantilesOf(publisher.latencies) ?? { p50: 0, p99: 0 };
  return {
    group: 'modelled',
    strategy,
    writers: count,
    rate,
    publishes,
    publishesPerSecond: publishes / seconds,
    requests: take() / publishes,
    refused: publisher.refusals / (publishes + publisher.refusals),
    p50,
    p99,
    findings: verify(stored(logs), publisher.acknowledged, publisher.refused),
  };
}

function stored(logs: MemoryLogStore): StoredEntry[] {
  return [...logs.entries].flatMap(([name, entries]) =>
    [...entries]
      .sort((a, b) => a.seq - b.seq)
      .map(({ seq, messages }) => ({ channel: name.split('#')[0] ?? '', seq, ids: messages.map(({ id }) => id) })),
  );
}
