import type { Clock } from '../../support/clock';

/** API Gateway's quotas, as AWS documents them; a test or a rehearsal may lower them. */
export interface GatewayLimits {
  /** Largest WebSocket message, in bytes. */
  readonly messageBytes: number;
  /** Largest frame from a client, in bytes; above this the connection closes with 1009. */
  readonly frameBytes: number;
  /** A connection with no message for this long closes. Milliseconds. */
  readonly idle: number;
  /** A connection closes at this age. Milliseconds. */
  readonly maxDuration: number;
  /** New connections a second, and at once. */
  readonly connectRate: number;
  readonly connectBurst: number;
  /** Requests a second, and at once: HTTP, WebSocket messages and posts to connections together. */
  readonly requestRate: number;
  readonly requestBurst: number;
  /** API Gateway waits this long for an integration. Milliseconds. */
  readonly integrationTimeout: number;
  /** Largest HTTP body, in bytes. */
  readonly httpBytes: number;
  /**
   * Bytes that may wait for a slow client before posts to it are refused with 429. AWS documents that there is a
   * limit ("client side buffer is full"), not how large it is.
   */
  readonly clientBuffer: number;
}

/**
 * The default quotas.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export const AWS_LIMITS: GatewayLimits = {
  messageBytes: 128 * 1024,
  frameBytes: 32 * 1024,
  idle: 10 * 60_000,
  maxDuration: 120 * 60_000,
  connectRate: 500,
  connectBurst: 500,
  requestRate: 10_000,
  requestBurst: 5_000,
  integrationTimeout: 29_000,
  httpBytes: 10 * 1024 * 1024,
  clientBuffer: 1024 * 1024,
};

/** Allows `rate` takes a second on average and `burst` at once. */
export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  public constructor(
    private readonly clock: Clock,
    private readonly rate: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
    this.filledAt = clock.now();
  }

  /** Takes a token if there is one. */
  public take(): boolean {
    const now = this.clock.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filledAt) / 1000) * this.rate);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
