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
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1_000,
      requestTimeout: POST_TIMEOUT,
      // Without it, the time limit is only a warning in the log.
      throwOnRequestTimeout: true,
      // Both limits run while a request waits for a socket, too: so there is one for each place in the pool.
      httpAgent: { maxSockets: POOL_SIZE },
      httpsAgent: { maxSockets: POOL_SIZE },
    }),
  });

  public constructor(private readonly log: Log) {}

  public async post(connectionId: string, frame: Uint8Array): Promise<PostOutcome> {
    try {
      await this.client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: frame }));
      return 'delivered';
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome === 'failed') this.log.warn('post failed', { connectionId, error });
      return outcome;
    }
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
