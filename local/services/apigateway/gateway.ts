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

/** Steps in which messages of WebSocket APIs, and requests to HTTP APIs, are billed. Bytes. https://aws.amazon.com/api-gateway/pricing/ */
const MESSAGE_STEP = 32 * 1_024;
const REQUEST_STEP = 512 * 1_024;

/** What all APIs of an account and region share: quotas, faults, and the way to functions and to the log. */
export class Gateway {
  public readonly region: string;
  public readonly accountId: string;
  public readonly clock: Clock;
  public readonly invoker: FunctionInvoker;
  public readonly limits: GatewayLimits;
  public readonly meter: Meter;
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
    this.meter = options.meter ?? new Meter();
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

  /** A message of a WebSocket came in by a route. */
  public received(apiId: string, routeKey: string, bytes: number): void {
    this.addMessage(apiId, `in by ${routeKey}`, bytes);
  }

  /** A message went out to a WebSocket. */
  public sent(apiId: string, operation: string, bytes: number): void {
    this.addMessage(apiId, operation, bytes);
    this.addBytes(apiId, operation, bytes);
  }

  /** A request to an HTTP API was answered. AWS does not say whose size counts, that of the request or of the response: the larger. */
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

  /** A line of an API's access log. */
  public logAccess(apiId: string, line: string): void {
    this.write('info', apiId, line);
    this.meter.add({
      service: 'logs', unit: 'bytes ingested', resource: apiId, operation: 'access log', amount: logBytes(line),
    });
  }

  public error(source: string, message: string, error: unknown): void {
    this.write('error', source, `${message}: ${error instanceof Error ? error.message : String(error)}`);
  }

  private write(level: CloudLog['level'], source: string, message: string): void {
    this.options.log?.({ region: this.region, source, level, message, time: this.clock.now() });
  }
}
