import { randomUUID } from 'node:crypto';
import type { InvocationResult } from '../types';
import type { FunctionConfig } from './config';
import { type FunctionError, Instance } from './instance';

/** How a function tells what it does. */
export type FunctionLog = (requestId: string | undefined, level: 'info' | 'error', text: string) => void;

/** An instance that was not used for this long goes. Lambda does not say how long it keeps one. Milliseconds. */
const IDLE_LIFE = 300_000;

/** Largest answer of a function, in bytes: 6 MB and a little. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_RESPONSE = 6_291_556;

/** A function and its instances. */
export class LocalFunction {
  /** Init times of all instances so far, in milliseconds. */
  public readonly initTimes: number[] = [];
  /** Invocations that were let in. */
  private entered = 0;
  private readonly idle: Instance[] = [];
  private readonly busy = new Map<Instance, string>();

  public constructor(
    public readonly config: FunctionConfig,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly log: FunctionLog,
  ) {}

  /** Takes a place for one invocation, to be left again; false when the function's own limit has none. */
  public enter(): boolean {
    if (this.entered >= (this.config.reservedConcurrency ?? Number.POSITIVE_INFINITY)) return false;
    this.entered += 1;
    return true;
  }

  public leave(): void {
    this.entered -= 1;
  }

  /** Instances that are there, busy or not. */
  public get instances(): number {
    return this.idle.length + this.busy.size;
  }

  public async invoke(event: unknown): Promise<InvocationResult> {
    const requestId = randomUUID();
    const started = performance.now();
    const instance = this.takeInstance();
    const isCold = instance.initMs === undefined;
    this.busy.set(instance, requestId);
    try {
      const outcome = await instance.invoke(JSON.stringify(event === undefined ? {} : event), requestId);
      if (isCold && instance.initMs !== undefined) this.initTimes.push(instance.initMs);
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
      if (instance.alive) this.idle.push(instance);
      this.reap();
    }
  }

  public async stop(): Promise<void> {
    await Promise.all([...this.idle.splice(0), ...this.busy.keys()].map((instance) => instance.stop()));
  }

  private failed(requestId: string, error: FunctionError): InvocationResult {
    const lines = [`${error.errorType}: ${error.errorMessage}`, ...(error.trace ?? [])];
    this.log(requestId, 'error', lines.join('\n').trimEnd());
    return { payload: error, error };
  }

  /** The instance used last is the first to be used again, so that the others can grow old. */
  private takeInstance(): Instance {
    for (let instance = this.idle.pop(); instance !== undefined; instance = this.idle.pop()) {
      if (instance.alive) return instance;
    }
    const instance: Instance = new Instance(this.config, this.environment, (text) => {
      this.log(this.busy.get(instance), 'info', text.trimEnd());
    });
    return instance;
  }

  private reap(): void {
    const horizon = Date.now() - IDLE_LIFE;
    while (this.idle[0] !== undefined && this.idle[0].idleSince < horizon) void this.idle.shift()?.stop();
  }
}
