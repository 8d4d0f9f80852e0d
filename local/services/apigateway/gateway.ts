import type { Clock } from '../../support/clock';
import { logBytes, Meter, stepsOf } from '../../metering';
import type { CloudLog, FunctionInvoker } from '../../types';
import { GatewayFaults } from './faults';
import { type GatewayLimits, TokenBucket } from './limits';
import type { Stage } from './model';

export interface GatewayOptions {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly invoker: FunctionInvoker;
  readonly limits: GatewayLimits;
  readonly meter?: Meter;
  readonly log?: (log: CloudLog) => void;
}

/** Billing increments of WebSocket messages and of HTTP API requests. Bytes. https://aws.amazon.com/api-gateway/pricing/ */
const MESSAGE_STEP = 32 * 1_024;
const REQUEST_STEP = 512 * 1_024;

/** State that all APIs of an account and region share: quotas, faults, function invoker, meter and log. */
export class Gateway {
  public readonly region: string;
  public readonly accountId: string;
  public readonly clock: Clock;
  public readonly invoker: FunctionInvoker;
  public readonly limits: GatewayLimits;
  public readonly meter: Meter;
  public readonly faults = new GatewayFaults();
  /** Request quota of the account, shared by HTTP requests, WebSocket messages and posts to connections. */
  public readonly requests: TokenBucket;
  private readonly stages = new Map<Stage, TokenBucket>();

  public constructor(private readonly options: GatewayOptions) {
    const { region, accountId, clock, invoker, limits } = options;
    this.region = region;
    this.accountId = accountId;
    this.clock = clock;
    this.invoker = invoker;
    this.limits = limits;
    this.meter = options.meter ?? new Meter();
    this.requests = new TokenBucket(clock, limits.requestRate, limits.requestBurst);
  }

  /** Takes a request from the quota of the account and of the stage; false when one of them is exhausted. */
  public takeRequest(stage: Stage): boolean {
    let bucket = this.stages.get(stage);
    if (bucket === undefined) {
      const { requestRate, requestBurst } = this.limits;
      bucket = new TokenBucket(this.clock, stage.rateLimit ?? requestRate, stage.burstLimit ?? requestBurst);
      this.stages.set(stage, bucket);
    }
    return this.requests.take() && bucket.take();
  }

  /** Meters a WebSocket message from a client. */
  public received(apiId: string, routeKey: string, bytes: number): void {
    this.addMessage(apiId, `in by ${routeKey}`, bytes);
  }

  /** Meters a WebSocket message to a client. */
  public sent(apiId: string, operation: string, bytes: number): void {
    this.addMessage(apiId, operation, bytes);
    this.addBytes(apiId, operation, bytes);
  }

  /** Meters an HTTP API request by the larger of request and response: AWS does not document which of them counts. */
  public answered(apiId: string, operation: string, received: number, sent: number): void {
    const amount = stepsOf(Math.max(received, sent), REQUEST_STEP);
    this.meter.add({ service: 'apigateway', unit: 'HTTP API requests', resource: apiId, operation, amount });
    this.addBytes(apiId, operation, sent);
  }

  private addMessage(apiId: string, operation: string, bytes: number): void {
    const amount = stepsOf(bytes, MESSAGE_STEP);
    this.meter.add({ service: 'apigateway', unit: 'WebSocket messages', resource: apiId, operation, amount });
  }

  private addBytes(apiId: string, operation: string, amount: number): void {
    if (amount === 0) return;
    this.meter.add({ service: 'datatransfer', unit: 'bytes to the internet', resource: apiId, operation, amount });
  }

  /** Rejects when an integration takes longer than `ms`. Uses the wall clock, because functions run in real time. */
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

  /** Writes a line of an API's access log. */
  public logAccess(apiId: string, line: string): void {
    this.write('info', apiId, line);
    this.meter.add({
      service: 'logs',
      unit: 'bytes ingested',
      resource: apiId,
      operation: 'access log',
      amount: logBytes(line),
    });
  }

  public error(source: string, message: string, error: unknown): void {
    this.write('error', source, `${message}: ${error instanceof Error ? error.message : String(error)}`);
  }

  private write(level: CloudLog['level'], source: string, message: string): void {
    this.options.log?.({ region: this.region, source, level, message, time: this.clock.now() });
  }
}
