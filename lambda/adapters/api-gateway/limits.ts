// Limits of API Gateway WebSocket APIs that the core plans with.
import type { TransportLimits } from '../../core/connections/transport';
import type { RequestQuota } from '../../core/fanout/rate-limiter';

export const API_GATEWAY_LIMITS: TransportLimits = {
  // API Gateway closes a connection after 2 hours. `$disconnect` should have been called 10 minutes later.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
  maxConnectionLife: (120 + 10) * 60_000,
  // API Gateway meters messages in steps of 32 KB. A single publish is smaller. https://aws.amazon.com/api-gateway/pricing/
  maxFrameBytes: 32 * 1024,
};

/** Part of a second's requests that API Gateway accepts at once: 5,000 with a quota of 10,000 requests a second. */
const BURST_SHARE = 0.5;

/**
 * The account's request quota in a region. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 *
 * @param perSecond requests a second
 */
export function apiGatewayQuota(perSecond: number): RequestQuota {
  return { perSecond, burst: BURST_SHARE * perSecond };
}
