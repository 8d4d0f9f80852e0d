// The cores' ports in memory: what DynamoDB and API Gateway do, as far as decisions can tell, with faults to put in.
import type { Capabilities } from '../../../protocol';
import type { ActionDeps, Caller } from '../../../lambda/core/dispatch';
import { connectionOf } from '../../../lambda/core/connections/connection-lifetime';
import type { IdempotencyRecord, IdempotencyStore, IdempotentDeps } from '../../../lambda/core/publish/idempotency';
import { LeftToWorkers } from '../../../lambda/core/fanout/fanout';
import { TailHints } from '../../../lambda/core/log/tail';
import { Pace } from '../../../lambda/core/fanout/rate-limiter';
import { Pool } from '../../../lambda/core/fanout/fair-pool';
import { POOL_SIZE } from '../../../lambda/core/fanout/post';
import { Shards } from '../../../lambda/core/fanout/shards';
import { sizeOf } from '../../../lambda/core/log/message-pages';
import { readNamespaces } from '../../../lambda/core/auth/namespaces';
import { MemoryConnections, MemoryFanoutQueue, MemoryShards } from './memory-connections';
import type { Entry, LogHeader, LogKey, LogStore } from '../../../lambda/core/log/log-store';
import type { Logger, Runtime } from '../../../lambda/core/runtime';
import type { Poster, PostOutcome } from '../../../lambda/core/connections/transport';
import type { PublishQueue, QueuedPublish, QueueRecord } from '../../../lambda/core/publish/publish-queue';

export const HOUR = 3_600_000;

/** A clock that moves only when it is told to, or when somebody sleeps. */
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
  /** Lets time pass, and calls whoever wanted to be called meanwhile. */
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
    // Whoever does not sleep gets on meanwhile.
    await new Promise(setImmediate);
  }
}

type Place = { readonly epoch: string; readonly seq: number };

function compare(a: Place, b: Place): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

/** Logs in memory; `beforeAppend` lets a test act between a writer's look and its write. */
export class MemoryLogs implements LogStore {
  public readonly entries = new Map<string, Entry[]>();
  public readonly headers = new Map<string, LogHeader>();
  public appends = 0;
  public beforeAppend: (attempt: number) => Promise<void> | void = () => undefined;
  /** The write happens, but its answer is lost: what an SDK's retry then meets. */
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
  /** As early as the port allows, so that whoever reads has to notice. */
  private read(found: readonly Entry[], limit: number, bytes = Number.POSITIVE_INFINITY): Promise<readonly Entry[]> {
    let size = 0;
    const enough = found.findIndex((entry) => (size += sizeOf(entry)) >= bytes);
    return Promise.resolve(found.slice(0, Math.min(limit, enough < 0 ? limit : enough + 1)));
  }
  /** Deletes what the database would have deleted by then. */
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

/** Posts in memory: what arrived where, and what is made to fail. */
export class MemoryPoster implements Poster {
  public readonly frames = new Map<string, unknown[]>();
  public readonly outcomes = new Map<string, () => PostOutcome | Promise<PostOutcome>>();
  public attempts = 0;

  public async post(id: string, frame: Uint8Array): Promise<PostOutcome> {
    this.attempts += 1;
    const outcome = await (this.outcomes.get(id)?.() ?? 'delivered');
    if (outcome === 'delivered')
      this.frames.set(id, [...(this.frames.get(id) ?? []), JSON.parse(new TextDecoder().decode(frame))]);
    return outcome;
  }
}

/** A queue that keeps what it is sent, for a test to hand to a writer. */
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
  /** What was sent, as records, from the n-th on. */
  public records(from = 0, receiveCount = 1): QueueRecord[] {
    return this.sent
      .map((publish, i) => ({
        ...{ id: `r${i}`, body: JSON.stringify(publish), group: publish.channel, receipt: '' },
        ...{ sequence: String(i + 1), receiveCount },
      }))
      .slice(from);
  }
}

/** Where a key of a log is remembered. */
export function rowOf(log: LogKey, idempotencyKey: string): string {
  return `${name(log)}!${idempotencyKey}`;
}

/** Idempotency keys in memory; with `settles` off, every request dies before it can note its answer. */
export class MemoryIdempotency implements IdempotencyStore {
  public readonly records = new Map<string, IdempotencyRecord>();
  public settles = true;

  public claim(log: LogKey, key: string, record: IdempotencyRecord): Promise<IdempotencyRecord | undefined> {
    const known = this.records.get(rowOf(log, key));
    if (known !== undefined && record.begun < known.until) return Promise.resolve(known);
    this.records.set(rowOf(log, key), record);
    return Promise.resolve(undefined);
  }
  public settle(log: LogKey, key: string, record: IdempotencyRecord): Promise<void> {
    if (!this.settles) return Promise.reject(new Error('died'));
    this.records.set(rowOf(log, key), record);
    return Promise.resolve();
  }
  public find(log: LogKey, key: string): Promise<IdempotencyRecord | undefined> {
    return Promise.resolve(this.records.get(rowOf(log, key)));
  }
}

/** Keeps what was logged. */
export class MemoryLog implements Logger {
  public readonly lines: { level: string; message: string; fields?: Readonly<Record<string, unknown>> }[] = [];
  public info(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'info', message, ...(fields ? { fields } : {}) });
  }
  public warn(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'warn', message, ...(fields ? { fields } : {}) });
  }
  public error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'error', message, ...(fields ? { fields } : {}) });
  }
}

export interface MemoryWorld extends ActionDeps, IdempotentDeps {
  readonly runtime: TestRuntime;
  readonly logs: MemoryLogs;
  readonly connections: MemoryConnections;
  readonly jobs: MemoryFanoutQueue;
  readonly poster: MemoryPoster;
  readonly queue: MemoryQueue;
  readonly idempotency: MemoryIdempotency;
  readonly logger: MemoryLog;
}

/** Everything that an action needs, in memory: one region, namespaces `chat` and, ordered by a queue, `orders`, with an hour of retention. */
export function memoryWorld(): MemoryWorld {
  const [runtime, logger, connections] = [new TestRuntime(), new MemoryLog(), new MemoryConnections()];
  return {
    runtime,
    logs: new MemoryLogs(),
    connections,
    shards: new Shards({ shards: new MemoryShards(connections), runtime, logger }),
    leftToWorkers: new LeftToWorkers(),
    jobs: new MemoryFanoutQueue(),
    poster: new MemoryPoster(),
    pool: new Pool(POOL_SIZE),
    pace: new Pace(runtime, 1_000_000),
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

/** Everything, for a day. */
export const ALL: Capabilities = { '*': ['subscribe', 'publish', 'history'] };

/** Somebody on an open connection. */
export async function connect(world: MemoryWorld, id: string, capabilities: Capabilities = ALL): Promise<Caller> {
  const now = world.runtime.now();
  const identity = { clientId: `user-${id}`, expires: Math.floor(now / 1000) + 86_400, capabilities };
  const subscriber = connectionOf(id, now, identity);
  await world.connections.open(subscriber);
  return { identity, subscriber };
}
