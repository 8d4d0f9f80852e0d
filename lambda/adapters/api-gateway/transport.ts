import type { Logger } from '../../core/runtime';
import type { DeliveryOutcome, Transport } from '../../core/connections/transport';
import { type CallbackClient, PostToConnectionCommand } from './index';

/** Delivers frames to the connections of an API Gateway WebSocket API. */
export class ApiGatewayTransport implements Transport {
  public constructor(
    private readonly client: CallbackClient,
    private readonly logger: Logger,
  ) {}

  public async deliver(connectionId: string, frame: Uint8Array): Promise<DeliveryOutcome> {
    try {
      await this.client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: frame }));
      return 'delivered';
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome === 'failed') this.logger.warn('post failed', { connectionId, error });
      return outcome;
    }
  }
}

/**
 * Outcome of a rejected `PostToConnection`. Errors of version 3 of the SDK have the status in `$metadata`, not in `statusCode`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export function outcomeOf(error: unknown): DeliveryOutcome {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (name === 'GoneException' || status === 410) return 'gone';
  if (name === 'LimitExceededException' || status === 429) return 'throttled';
  if (name === 'ForbiddenException' || status === 403) return 'forbidden';
  return 'failed';
}
