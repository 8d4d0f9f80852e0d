import type { Clock } from '../../support/clock';

/** Quotas of API Gateway. Tests may lower them. */
export interface GatewayLimits {
  /** Largest WebSocket message. Bytes. */
  readonly messageBytes: number;
  /** Largest frame from a client. Bytes. A larger one closes the connection with 1009. */
  readonly frameBytes: number;
  /** Idle timeout of a connection. Milliseconds. */
  readonly idle: number;
  /** Maximum duration of a connection. Milliseconds. */
  readonly maxDuration: number;
  /** New connections per second, and burst. */
  readonly connectRate: number;
  readonly connectBurst: number;
  /** Requests per second, and burst: HTTP requests, WebSocket messages and posts to connections together. */
  readonly requestRate: number;
  readonly requestBurst: number;
  /** Timeout of integrations. Milliseconds. */
  readonly integrationTimeout: number;
  /** Largest HTTP body. Bytes. */
  readonly httpBytes: number;
  /**
   * Send buffer of a slow client. Bytes. Posts to a client whose buffer is full fail with 429. AWS documents the limit
   * ("client side buffer is full") but not its size.
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

/** A token bucket: `rate` tokens per second, at most `burst`. */
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

  /** Takes a token; false when the bucket is empty. */
  public take(): boolean {
    const now = this.clock.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filledAt) / 1000) * this.rate);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
