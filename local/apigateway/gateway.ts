import type { Clock } from '../clock';
import type { CloudLog, FunctionInvoker } from '../types';
import { GatewayFaults } from './faults';
import { type GatewayLimits, TokenBucket } from './limits';

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

  public constructor(private readonly options: GatewayOptions) {
    const { region, accountId, clock, invoker, limits } = options;
    this.region = region;
    this.accountId = accountId;
    this.clock = clock;
    this.invoker = invoker;
    this.limits = limits;
    this.requests = new TokenBucket(clock, limits.requestRate, limits.requestBurst);
  }

  /** Gives an integration so long to answer. */
  public async withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = this.clock.after(ms, () => {
        reject(new Error('Endpoint request timed out'));
      });
      work.then(resolve, reject).finally(() => {
        this.clock.clear(timer);
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
