// The core's ports in memory, with the behaviour of DynamoDB, SQS and API Gateway that the core depends on, and faults to inject.
import type { Capabilities } from '../../../protocol';
import { API_GATEWAY_LIMITS, apiGatewayQuota } from '../../../lambda/adapters/api-gateway/limits';
import type { DispatchDeps, Caller } from '../../../lambda/core/dispatch';
import { connectionOf } from '../../../lambda/core/connections/connection-lifetime';
import type { IdempotencyRecord, IdempotencyStore, IdempotentDeps } from '../../../lambda/core/publish/idempotency';
import { WorkerChannels } from '../../../lambda/core/fanout/fanout';
import { TailHints } from '../../../lambda/core/log/tail';
import { RateLimiter } from '../../../lambda/core/fanout/rate-limiter';
import { FairPool } from '../../../lambda/core/fanout/fair-pool';
import { POOL_SIZE } from '../../../lambda/core/fanout/post';
import { Shards } from '../../../lambda/core/fanout/shards';
import { sizeOf } from '../../../lambda/core/log/message-pages';
import { readNamespaces } from '../../../lambda/core/auth/namespaces';
import { MemoryConnections, MemoryFanoutQueue, MemoryShards } from './memory-connections';
import type { Entry, LogHeader, LogKey, OperatedLogStore } from '../../../lambda/core/log/log-store';
import type { Logger, Runtime } from '../../../lambda/core/runtime';
import type { Transport, DeliveryOutcome } from '../../../lambda/core/connections/transport';
import type { PublishQueue, QueuedPublish, QueueRecord } from '../../../lambda/core/publish/publish-queue';

export const HOUR = 3_600_000;

/** A clock that advances only by `advance`, or while code under test sleeps. */
export class TestRuntime implements Runtime {
  public time = Date.UTC(2026, 0, 1);
  public readonly sleeps: number[] = [];
  private readonly timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  private ids = 0;

  public now(): number {
    return this.time;
  }
  public random(): number {
    return 0.5;
  }
  public id(): string {
    this.ids += 1;
    return `id-${this.ids}`;
  }
  /** Advances the clock and runs the timers that are due. */
  public advance(ms: number): void {
    this.time += ms;
    const due = [...this.timers].filter(({ at }) => at <= this.time);
    for (const timer of due) {
      this.timers.delete(timer);
      timer.callback();
    }
  }
  public after(ms: number, callback: () => void): () => void {
    const timer = { at: this.time + ms, callback };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  }
  public async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    this.advance(ms);
    // Lets other tasks run meanwhile.
    await new Promise(setImmediate);
  }
}

type Place = { readonly epoch: string; readonly seq: number };

function compare(a: Place, b: Place): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

/** Message logs. `beforeAppend` runs between a writer's read and its write. */
export class MemoryLogs implements OperatedLogStore {
  public readonly entries = new Map<string, Entry[]>();
  public readonly headers = new Map<string, LogHeader>();
  public appends = 0;
  public beforeAppend: (attempt: number) => Promise<void> | void = () => undefined;
  /** Number of writes whose answer is lost: the write succeeds, and the SDK's retry finds the entry. */
  public loseAnswers = 0;

  public async append(key: LogKey, entry: Entry): Promise<{ existing?: Entry }> {
    this.appends += 1;
    await this.beforeAppend(this.appends);
    const log = this.log(key);
    const existing = log.find((one) => compare(one, entry) === 0);
    if (existing !== undefined) return { existing };
    log.push(entry);
    if (this.loseAnswers > 0) {
      this.loseAnswers -= 1;
      return this.append(key, entry);
    }
    return {};
  }
  public newest(key: LogKey): Promise<Entry | undefined> {
    return Promise.resolve([...this.log(key)].sort(compare).at(-1));
  }
  public header(key: LogKey): Promise<LogHeader | undefined> {
    return Promise.resolve(this.headers.get(name(key)));
  }
  public openEpoch(key: LogKey, header: LogHeader, seen: string | undefined): Promise<LogHeader> {
    const current = this.headers.get(name(key));
    if (current?.epoch !== seen) return Promise.resolve(current as LogHeader);
    this.headers.set(name(key), header);
    return Promise.resolve(header);
  }
  public close(key: LogKey, entry: Entry): Promise<void> {
    const log = this.log(key);
    const at = log.findIndex((one) => compare(one, entry) === 0);
    if (at >= 0) log[at] = { ...entry, isClosed: true };
    return Promise.resolve();
  }
  public from(key: LogKey, place: Place | undefined, limit: number, bytes?: number): Promise<readonly Entry[]> {
    const sorted = [...this.log(key)].sort(compare);
    return this.read(
      sorted.filter((one) => place === undefined || compare(one, place) >= 0),
      limit,
      bytes,
    );
  }
  public before(key: LogKey, place: Place | undefined, limit: number, bytes?: number): Promise<readonly Entry[]> {
    const sorted = [...this.log(key)].sort((a, b) => compare(b, a));
    return this.read(
      sorted.filter((one) => place === undefined || compare(one, place) < 0),
      limit,
      bytes,
    );
  }
  /** Ends a page as early as the port allows, so that callers must handle short pages. */
  private read(found: readonly Entry[], limit: number, bytes = Number.POSITIVE_INFINITY): Promise<readonly Entry[]> {
    let size = 0;
    const enough = found.findIndex((entry) => (size += sizeOf(entry)) >= bytes);
    return Promise.resolve(found.slice(0, Math.min(limit, enough < 0 ? limit : enough + 1)));
  }
  /** Deletes the entries that the database's time to live would have deleted. */
  public expire(now: number): void {
    for (const [log, entries] of this.entries) {
      this.entries.set(
        log,
        entries.filter(({ deleteAfter }) => deleteAfter > now),
      );
    }
  }
  private log(key: LogKey): Entry[] {
    const log = this.entries.get(name(key)) ?? [];
    this.entries.set(name(key), log);
    return log;
  }
}

function name({ channel, origin }: LogKey): string {
  return `${channel}#${origin}`;
}

/** A transport that keeps delivered frames by connection. `outcomes` overrides the outcome of a connection. */
export class MemoryTransport implements Transport {
  public readonly frames = new Map<string, unknown[]>();
  public readonly outcomes = new Map<string, () => DeliveryOutcome | Promise<DeliveryOutcome>>();
  public attempts = 0;

  public async deliver(id: string, frame: Uint8Array): Promise<DeliveryOutcome> {
    this.attempts += 1;
    const outcome = await (this.outcomes.get(id)?.() ?? 'delivered');
    if (outcome === 'delivered')
      this.frames.set(id, [...(this.frames.get(id) ?? []), JSON.parse(new TextDecoder().decode(frame))]);
    return outcome;
  }
}

/** A publish queue that keeps the publishes it is sent, for a test to hand to a writer. */
export class MemoryQueue implements PublishQueue {
  public readonly sent: QueuedPublish[] = [];
  public readonly again: { ids: readonly string[]; seconds: number }[] = [];

  public send(publish: QueuedPublish): Promise<void> {
    this.sent.push(publish);
    return Promise.resolve();
  }
  public receiveAgain(records: readonly QueueRecord[], seconds: number): Promise<void> {
    this.again.push({ ids: records.map(({ id }) => id), seconds });
    return Promise.resolve();
  }
  /** The publishes that were sent, as records, from index `from` on. */
  public records(from = 0, receiveCount = 1): QueueRecord[] {
    return this.sent
      .map((publish, i) => ({
        id: `r${i}`,
        body: JSON.stringify(publish),
        group: publish.channel,
        receipt: '',
        sequence: String(i + 1),
        receiveCount,
      }))
      .slice(from);
  }
}

/** Key of a record in `MemoryIdempotency`. */
export function rowOf(log: LogKey, idempotencyKey: string): string {
  return `${name(log)}!${idempotencyKey}`;
}

/** Idempotency keys. With `settles` off, every request fails before it can store its result. */
export class MemoryIdempotency implements IdempotencyStore {
  public readonly records = new Map<string, IdempotencyRecord>();
  public settles = true;

  public claim(log: LogKey, key: string, record: IdempotencyRecord): Promise<IdempotencyRecord | undefined> {
    const known = this.records.get(rowOf(log, key));
    if (known !== undefined && record.begun < known.until) return Promise.resolve(known);
    this.records.set(rowOf(log, key), record);
    return Promise.resolve(undefined);
  }
  public note(log: LogKey, key: string, at: number): Promise<IdempotencyRecord | undefined> {
    const known = this.records.get(rowOf(log, key));
    if (known !== undefined) this.records.set(rowOf(log, key), { ...known, attemptedAt: at });
    return Promise.resolve(known);
  }
  public settle(log: LogKey, key: string, record: IdempotencyRecord): Promise<void> {
    if (!this.settles) return Promise.reject(new Error('crashed'));
    this.records.set(rowOf(log, key), record);
    return Promise.resolve();
  }
  public find(log: LogKey, key: string): Promise<IdempotencyRecord | undefined> {
    return Promise.resolve(this.records.get(rowOf(log, key)));
  }
}

/** Keeps log lines. */
export class MemoryLogger implements Logger {
  public readonly lines: { level: string; message: string; fields?: Readonly<Record<string, unknown>> }[] = [];
  public info(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'info', message, fields });
  }
  public warn(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'warn', message, fields });
  }
  public error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'error', message, fields });
  }
}

export interface MemoryWorld extends DispatchDeps, IdempotentDeps {
  readonly runtime: TestRuntime;
  readonly logs: MemoryLogs;
  readonly connections: MemoryConnections;
  readonly jobs: MemoryFanoutQueue;
  readonly transport: MemoryTransport;
  readonly queue: MemoryQueue;
  readonly idempotency: MemoryIdempotency;
  readonly logger: MemoryLogger;
}

/** Dependencies of one region, with an hour of retention: namespaces `chat` (`direct`) and `orders` (`fifo`). */
export function memoryWorld(): MemoryWorld {
  const [runtime, logger, connections] = [new TestRuntime(), new MemoryLogger(), new MemoryConnections()];
  return {
    runtime,
    logs: new MemoryLogs(),
    connections,
    shards: new Shards({
      shards: new MemoryShards(connections),
      runtime,
      logger,
      transportLimits: API_GATEWAY_LIMITS,
    }),
    transportLimits: API_GATEWAY_LIMITS,
    workerChannels: new WorkerChannels(),
    jobs: new MemoryFanoutQueue(),
    transport: new MemoryTransport(),
    pool: new FairPool(POOL_SIZE),
    rateLimiter: new RateLimiter(runtime, apiGatewayQuota(1_000_000)),
    queue: new MemoryQueue(),
    idempotency: new MemoryIdempotency(),
    digest: (text) => text,
    logger,
    hints: new TailHints(),
    namespaces: readNamespaces(
      '{"chat":{"kind":"durable","retention":3600},"orders":{"kind":"durable","retention":3600,"ordering":"fifo"}}',
    ),
    origin: 'eu-west-1',
    origins: ['eu-west-1'],
  };
}

/** Capabilities for every action on every channel. */
export const ALL: Capabilities = { '*': ['subscribe', 'publish', 'history'] };

/** Opens a connection; its token is valid for a day. */
export async function connect(world: MemoryWorld, id: string, capabilities: Capabilities = ALL): Promise<Caller> {
  const now = world.runtime.now();
  const identity = { clientId: `user-${id}`, expires: Math.floor(now / 1000) + 86_400, capabilities };
  const subscriber = connectionOf({ id, connectedAt: now, identity }, API_GATEWAY_LIMITS);
  await world.connections.open(subscriber);
  return { identity, subscriber };
}
