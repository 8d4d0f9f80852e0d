import type { Clock } from '../clock';
import type { CloudLog, FunctionInvoker } from '../types';
import { GatewayFaults } from './faults';
import { type GatewayLimits, TokenBucket } from './limits';
import type { Stage } from './model';

export interface GatewayOptions {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly invoker: FunctionInvoker;
  readonly limits: GatewayLimits;
  readonly log?: (log: CloudLog) => void;
}

/** What all APIs of an account and region share: quotas, faults, and the way to functions and to the log. */
export class Gateway {
  public readonly region: string;
  public readonly accountId: string;
  public readonly clock: Clock;
  public readonly invoker: FunctionInvoker;
  public readonly limits: GatewayLimits;
  public readonly faults = new GatewayFaults();
  /** The account's request quota: HTTP, WebSocket messages and posts to connections take from the same one. */
  public readonly requests: TokenBucket;
  private readonly stages = new Map<Stage, TokenBucket>();

  public constructor(private readonly options: GatewayOptions) {
    const { region, accountId, clock, invoker, limits } = options;
    this.region = region;
    this.accountId = accountId;
    this.clock = clock;
    this.invoker = invoker;
    this.limits = limits;
    this.requests = new TokenBucket(clock, limits.requestRate, limits.requestBurst);
  }

  /** Takes a request from the account's quota and from the stage's own; false when one of them is used up. */
  public takeRequest(stage: Stage): boolean {
    let bucket = this.stages.get(stage);
    if (bucket === undefined) {
      const { requestRate, requestBurst } = this.limits;
      bucket = new TokenBucket(this.clock, stage.rateLimit ?? requestRate, stage.burstLimit ?? requestBurst);
      this.stages.set(stage, bucket);
    }
    return this.requests.take() && bucket.take();
  }

  /** Gives an integration so long to answer: on the wall clock, for functions run no faster than this machine does. */
  public async withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error('Endpoint request timed out'));
      }, ms).unref();
      work.then(resolve, reject).finally(() => {
        clearTimeout(timer);
      });
    });
  }

  public info(source: string, message: string): void {
    this.write('info', source, message);
  }

  public error(source: string, message: string, error: unknown): void {
    this.write('error', source, `${message}: ${error instanceof Error ? error.message : String(error)}`);
  }

  private write(level: CloudLog['level'], source: string, message: string): void {
    this.options.log?.({ region: this.region, source, level, message, time: this.clock.now() });
  }
}
