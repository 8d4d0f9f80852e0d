import { randomUUID } from 'node:crypto';
import type { InvocationResult } from '../../types';
import type { FunctionConfig } from './config';
import { type FunctionError, Instance, STOPPED } from './instance';
import type { Semaphore } from './semaphore';

/** Receives the log lines of a function. */
export type FunctionLog = (requestId: string | undefined, level: 'info' | 'error', text: string) => void;

/** Receives the duration of an invocation and, after a cold start, of its init phase. Milliseconds. */
export type FunctionBilling = (durationMs: number, initMs: number | undefined) => void;

/** Idle time after which an instance stops. Lambda does not document its own. Milliseconds. */
const IDLE_LIFE = 300_000;

/** Largest response of a function: 6 MB and a little. Bytes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_RESPONSE = 6_291_556;

export interface FunctionDeps {
  readonly environment: Readonly<Record<string, string>>;
  readonly log: FunctionLog;
  /** Limits concurrent instance starts. */
  readonly inits: Semaphore;
  readonly bill: FunctionBilling;
}

/** A function and its instances. */
export class LocalFunction {
  /** Init durations of all instances so far. Milliseconds. */
  public readonly initTimes: number[] = [];
  /** Invocations that count against the reserved concurrency. */
  private admitted = 0;
  private readonly idle: Instance[] = [];
  private readonly busy = new Map<Instance, string>();
  private readonly starting = new Set<Instance>();
  /** Invocations that wait for an instance, and the number of instances that are being started for them. */
  private readonly waiting: ((instance: Instance | undefined) => void)[] = [];
  private startsPending = 0;

  public constructor(
    public readonly config: FunctionConfig,
    private readonly deps: FunctionDeps,
  ) {}

  /** Counts an invocation against the reserved concurrency; false when that is exhausted. Call `release` when it ends. */
  public tryAdmit(): boolean {
    if (this.admitted >= (this.config.reservedConcurrency ?? Number.POSITIVE_INFINITY)) return false;
    this.admitted += 1;
    return true;
  }

  public release(): void {
    this.admitted -= 1;
  }

  /** Number of instances: starting, idle and busy. */
  public get instances(): number {
    return this.idle.length + this.busy.size + this.starting.size;
  }

  public async invoke(event: unknown): Promise<InvocationResult> {
    const requestId = randomUUID();
    const requestedAt = performance.now();
    const instance = await this.takeInstance();
    if (instance === undefined) return this.failed(requestId, STOPPED);
    const isCold = instance.isNew;
    instance.isNew = false;
    this.busy.set(instance, requestId);
    const invokedAt = performance.now();
    try {
      const outcome = await instance.invoke(JSON.stringify(event === undefined ? {} : event), requestId);
      this.deps.bill(performance.now() - invokedAt, isCold ? instance.initMs : undefined);
      const init = isCold && instance.initMs !== undefined ? ` Init Duration: ${instance.initMs.toFixed(2)} ms` : '';
      const duration = (performance.now() - requestedAt).toFixed(2);
      this.deps.log(requestId, 'info', `REPORT RequestId: ${requestId} Duration: ${duration} ms${init}`);
      if ('error' in outcome) return this.failed(requestId, outcome.error);
      const { payload = 'null' } = outcome;
      if (Buffer.byteLength(payload) > MAX_RESPONSE) {
        const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE} bytes).`;
        return this.failed(requestId, { errorType: 'Function.ResponseSizeTooLarge', errorMessage });
      }
      return { payload: JSON.parse(payload) as unknown };
    } finally {
      this.busy.delete(instance);
      this.returnInstance(instance);
      this.stopIdle();
    }
  }

  /** Ends every instance. Running and waiting invocations fail. */
  public async stop(): Promise<void> {
    for (const next of this.waiting.splice(0)) next(undefined);
    const all = [...this.idle.splice(0), ...this.busy.keys(), ...this.starting];
    await Promise.all(all.map((instance) => instance.stop()));
  }

  private failed(requestId: string, error: FunctionError): InvocationResult {
    const lines = [`${error.errorType}: ${error.errorMessage}`, ...(error.trace ?? [])];
    this.deps.log(requestId, 'error', lines.join('\n').trimEnd());
    return { payload: error, error };
  }

  /** Returns the most recently used idle instance, so that the others reach their idle timeout. */
  private takeInstance(): Promise<Instance | undefined> {
    for (let instance = this.idle.pop(); instance !== undefined; instance = this.idle.pop()) {
      if (instance.alive) return Promise.resolve(instance);
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      void this.startInstance();
    });
  }

  /** Starts an instance. Skips the start when no invocation waits for it by the time that the semaphore is acquired. */
  private async startInstance(): Promise<void> {
    this.startsPending += 1;
    await this.deps.inits.acquire();
    if (this.waiting.length >= this.startsPending) {
      const instance: Instance = new Instance(this.config, this.deps.environment, (text) => {
        this.deps.log(this.busy.get(instance), 'info', text.trimEnd());
      });
      this.starting.add(instance);
      await instance.ready;
      this.starting.delete(instance);
      if (instance.initMs !== undefined) this.initTimes.push(instance.initMs);
      // An instance that failed to start is handed out too: the invocation reports its error.
      const next = this.waiting.shift();
      if (next !== undefined) next(instance);
      else if (instance.alive) this.idle.push(instance);
    }
    this.startsPending -= 1;
    this.deps.inits.release();
  }

  /** Hands a free instance to the next waiting invocation, or makes it idle. */
  private returnInstance(instance: Instance): void {
    if (!instance.alive) return;
    const next = this.waiting.shift();
    if (next === undefined) this.idle.push(instance);
    else next(instance);
  }

  private stopIdle(): void {
    const horizon = Date.now() - IDLE_LIFE;
    while (this.idle[0] !== undefined && this.idle[0].idleSince < horizon) void this.idle.shift()?.stop();
  }
}
