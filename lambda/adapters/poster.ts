import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { POOL_SIZE, POST_TIMEOUT } from '../core/fanout';
import type { Log, Poster, PostOutcome } from '../core/ports';

/**
 * Posts through the region's own execute-api address, which the SDK takes from AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI:
 * a custom domain answers `@connections` with 403, and may resolve to another region, where the connection is unknown.
 */
export class ManagementApiPoster implements Poster {
  private readonly client = new ApiGatewayManagementApiClient({
    // Retries are fan-out's: the SDK's own would hold a slot of the pool while they wait.
    maxAttempts: 1,
    // The default of 50 sockets would silently cap the pool.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1_000,
      requestTimeout: POST_TIMEOUT,
      // Without it, the time limit is only a warning in the log.
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: POOL_SIZE },
      httpsAgent: { maxSockets: POOL_SIZE },
    }),
  });
  private readonly encoder = new TextEncoder();
  private encoded: { frame: string; data: Uint8Array } | undefined;

  public constructor(private readonly log: Log) {}

  public async post(connectionId: string, frame: string): Promise<PostOutcome> {
    try {
      await this.client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: this.encode(frame) }));
      return 'delivered';
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome === 'failed') this.log.warn('post failed', { connectionId, error });
      return outcome;
    }
  }

  /** Every subscriber gets the same bytes: encoded once. */
  private encode(frame: string): Uint8Array {
    if (this.encoded?.frame !== frame) this.encoded = { frame, data: this.encoder.encode(frame) };
    return this.encoded.data;
  }
}

/** The SDK's third version has no `statusCode` on errors; the name and `$metadata` tell. */
export function outcomeOf(error: unknown): PostOutcome {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (name === 'GoneException' || status === 410) return 'gone';
  if (name === 'LimitExceededException' || status === 429) return 'throttled';
  if (name === 'ForbiddenException' || status === 403) return 'forbidden';
  return 'failed';
}
