import type { Logger } from '../../core/runtime';
import type { Poster, PostOutcome } from '../../core/connections/transport';
import { type CallbackClient, PostToConnectionCommand } from './';

/** Posts frames, and tells what became of them. */
export class ManagementApiPoster implements Poster {
  public constructor(
    private readonly client: CallbackClient,
    private readonly logger: Logger,
  ) {}

  public async post(connectionId: string, frame: Uint8Array): Promise<PostOutcome> {
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

/** The SDK's third version has no `statusCode` on errors; the name and `$metadata` tell. */
export function outcomeOf(error: unknown): PostOutcome {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (name === 'GoneException' || status === 410) return 'gone';
  if (name === 'LimitExceededException' || status === 429) return 'throttled';
  if (name === 'ForbiddenException' || status === 403) return 'forbidden';
  return 'failed';
}
