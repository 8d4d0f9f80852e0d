import { randomUUID } from 'node:crypto';
import type { InvocationResult } from '../types';
import type { FunctionConfig } from './config';
import { Instance } from './instance';

/** How a function tells what it does. */
export type FunctionLog = (requestId: string | undefined, level: 'info' | 'error', text: string) => void;

/** An instance that was not used for this long goes. Lambda does not say how long it keeps one. Milliseconds. */
const IDLE_LIFE = 300_000;

/** A function and its instances. */
export class LocalFunction {
  /** Init times of all instances so far, in milliseconds. */
  public readonly initTimes: number[] = [];
  public running = 0;
  private readonly idle: Instance[] = [];
  private readonly busy = new Map<Instance, string>();

  public constructor(
    public readonly config: FunctionConfig,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly log: FunctionLog,
  ) {}

  /** Whether the function's own limit allows one more. */
  public hasRoom(): boolean {
    return this.running < (this.config.reservedConcurrency ?? Number.POSITIVE_INFINITY);
  }

  public async invoke(event: unknown): Promise<InvocationResult> {
    const requestId = randomUUID();
    const started = performance.now();
    const instance = this.takeInstance();
    const isCold = instance.initMs === undefined;
    this.running += 1;
    this.busy.set(instance, requestId);
    try {
      const outcome = await instance.invoke(JSON.stringify(event ?? {}), requestId);
      if (isCold && instance.initMs !== undefined) this.initTimes.push(instance.initMs);
      const init = isCold && instance.initMs !== undefined ? ` Init Duration: ${instance.initMs.toFixed(2)} ms` : '';
      const duration = (performance.now() - started).toFixed(2);
      this.log(requestId, 'info', `REPORT RequestId: ${requestId} Duration: ${duration} ms${init}`);
      if ('payload' in outcome) {
        return { payload: outcome.payload === undefined ? null : (JSON.parse(outcome.payload) as unknown) };
      }
      const { error } = outcome;
      this.log(
        requestId,
        'error',
        `${error.errorType}: ${error.errorMessage}\n${(error.trace ?? []).join('\n')}`.trimEnd(),
      );
      return { payload: error, error };
    } finally {
      this.running -= 1;
      this.busy.delete(instance);
      if (instance.alive) this.idle.push(instance);
      this.reap();
    }
  }

  public async stop(): Promise<void> {
    await Promise.all([...this.idle.splice(0), ...this.busy.keys()].map((instance) => instance.stop()));
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
