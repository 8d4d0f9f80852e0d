import { randomUUID } from 'node:crypto';
import type { InvocationResult } from '../../types';
import type { FunctionConfig } from './config';
import { type FunctionError, Instance, STOPPED } from './instance';
import type { Semaphore } from './semaphore';

/** How a function tells what it does. */
export type FunctionLog = (requestId: string | undefined, level: 'info' | 'error', text: string) => void;

/** Told what an invocation took: milliseconds of the handler, and of the start of its instance, if that was new. */
export type FunctionBilling = (durationMs: number, initMs: number | undefined) => void;

/** An instance that was not used for this long goes. Lambda does not say how long it keeps one. Milliseconds. */
const IDLE_LIFE = 300_000;

/** Largest answer of a function, in bytes: 6 MB and a little. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_RESPONSE = 6_291_556;

/** A function and its instances. */
export class LocalFunction {
  /** Init times of all instances so far, in milliseconds. */
  public readonly initTimes: number[] = [];
  /** Invocations that were let in. */
  private admitted = 0;
  private readonly idle: Instance[] = [];
  private readonly busy = new Map<Instance, string>();
  private readonly starting = new Set<Instance>();
  /** Invocations that wait for an instance, and how many of them have had one ordered. */
  private readonly waiting: ((instance: Instance | undefined) => void)[] = [];
  private startsPending = 0;

  public constructor(
    public readonly config: FunctionConfig,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly log: FunctionLog,
    private readonly inits: Semaphore,
    private readonly billed: FunctionBilling,
  ) {}

  /** Takes a place for one invocation, to be left again; false when the function's own limit has none. */
  public tryAdmit(): boolean {
    if (this.admitted >= (this.config.reservedConcurrency ?? Number.POSITIVE_INFINITY)) return false;
    this.admitted += 1;
    return true;
  }

  public release(): void {
    this.admitted -= 1;
  }

  /** Instances that are there, busy or not. */
  public get instances(): number {
    return this.idle.length + this.busy.size + this.starting.size;
  }

  public async invoke(event: unknown): Promise<InvocationResult> {
    const requestId = randomUUID();
    const started = performance.now();
    const instance = await this.takeInstance();
    if (instance === undefined) return this.failed(requestId, STOPPED);
    const isCold = instance.isNew;
    instance.isNew = false;
    this.busy.set(instance, requestId);
    const begun = performance.now();
    try {
      const outcome = await instance.invoke(JSON.stringify(event === undefined ? {} : event), requestId);
      this.billed(performance.now() - begun, isCold ? instance.initMs : undefined);
      const init = isCold && instance.initMs !== undefined ? ` Init Duration: ${instance.initMs.toFixed(2)} ms` : '';
      const duration = (performance.now() - started).toFixed(2);
      this.log(requestId, 'info', `REPORT RequestId: ${requestId} Duration: ${duration} ms${init}`);
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

  /** Ends every instance, and what is under way or waits. */
  public async stop(): Promise<void> {
    for (const next of this.waiting.splice(0)) next(undefined);
    const all = [...this.idle.splice(0), ...this.busy.keys(), ...this.starting];
    await Promise.all(all.map((instance) => instance.stop()));
  }

  private failed(requestId: string, error: FunctionError): InvocationResult {
    const lines = [`${error.errorType}: ${error.errorMessage}`, ...(error.trace ?? [])];
    this.log(requestId, 'error', lines.join('\n').trimEnd());
    return { payload: error, error };
  }

  /** The instance used last is the first to be used again, so that the others can grow old. */
  private takeInstance(): Promise<Instance | undefined> {
    for (let instance = this.idle.pop(); instance !== undefined; instance = this.idle.pop()) {
      if (instance.alive) return Promise.resolve(instance);
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      void this.startInstance();
    });
  }

  /** Starts an instance, unless by the time that it has its turn nobody waits for it any more. */
  private async startInstance(): Promise<void> {
    this.startsPending += 1;
    await this.inits.acquire();
    if (this.waiting.length >= this.startsPending) {
      const instance: Instance = new Instance(this.config, this.environment, (text) => {
        this.log(this.busy.get(instance), 'info', text.trimEnd());
      });
      this.starting.add(instance);
      await instance.ready;
      this.starting.delete(instance);
      if (instance.initMs !== undefined) this.initTimes.push(instance.initMs);
      // One that could not start tells so to whoever waited for it.
      const next = this.waiting.shift();
      if (next !== undefined) next(instance);
      else if (instance.alive) this.idle.push(instance);
    }
    this.startsPending -= 1;
    this.inits.release();
  }

  /** Whichever is free first takes the next invocation: one that was busy, or one that was started for it. */
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
