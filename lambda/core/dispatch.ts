import { type CapabilityAction, decodeRequest, type Ok, type Reply, RealtimeError, type Request } from '../../protocol';
import { authorize, type Identity } from './auth/capabilities';
import { history } from './subscribe/history';
import { type ChannelSettings, type Namespaces, settingsOf } from './auth/namespaces';
import type { Subscriber } from './connections/connection-store';
import { publish, type PublishDeps } from './publish/publish';
import type { ReadContext } from './log/retention';
import { subscribe, type SubscribeDeps, unsubscribe } from './subscribe/subscribe';
import { sync } from './subscribe/sync';

export interface ActionDeps extends PublishDeps, SubscribeDeps {
  readonly namespaces: Namespaces;
}

/** The connection that a frame came from, and who is on it. */
export interface Caller {
  readonly identity: Identity;
  readonly subscriber: Subscriber;
}

/** Answers one frame. Never throws: whatever goes wrong becomes an error reply, and the connection stays. */
export async function answer(deps: ActionDeps, caller: Caller, frame: string, deadline: number): Promise<Reply> {
  let request: Request | undefined;
  try {
    const decoded = decodeRequest(frame);
    if ('error' in decoded) return { id: decoded.id, error: decoded.error.toWire() };
    request = decoded.request;
    return { id: request.id, ok: await perform(deps, caller, request, deadline) };
  } catch (error) {
    return { id: request?.id ?? null, error: asRealtimeError(deps, error, { action: request?.action }).toWire() };
  }
}

/** An error of the catalog for anything thrown; what was not raised on purpose is logged with its cause. */
export function asRealtimeError(
  { logger }: Pick<ActionDeps, 'logger'>,
  error: unknown,
  fields: Readonly<Record<string, unknown>>,
): RealtimeError {
  if (error instanceof RealtimeError) {
    logger.info('refused', {
      ...fields,
      code: error.code,
      error: error.error,
      detail: error.message,
      cause: error.cause,
    });
    return error;
  }
  logger.error('failed', { ...fields, error });
  return new RealtimeError('internal');
}

async function perform(deps: ActionDeps, caller: Caller, request: Request, deadline: number): Promise<Ok> {
  const { identity, subscriber } = caller;
  const { namespaces, runtime, connections } = deps;
  const now = runtime.now();
  const allowed = (action: CapabilityAction, channel: string): ReadContext & ChannelSettings => {
    authorize(identity, action, channel, namespaces, now);
    return { now, ...settingsOf(namespaces, channel) };
  };
  switch (request.action) {
    case 'subscribe':
      // A cursor resumes what was subscribed to; beginning in the past without one is reading history.
      if (request.rewind !== undefined) allowed('history', request.channel);
      return subscribe(deps, subscriber, request, allowed('subscribe', request.channel));
    case 'unsubscribe':
      // Whoever may subscribe may stop.
      allowed('subscribe', request.channel);
      return unsubscribe(connections, subscriber.id, request.channel);
    case 'publish': {
      const { channel, messages, retry } = request;
      const { retention, ordering } = allowed('publish', channel);
      const since = retry === true ? { since: 'recent' as const } : {};
      const from = identity.clientId;
      return publish(deps, { channel, from, messages, retention, ordering, deadline, ...since });
    }
    case 'history':
      return history(deps, request, allowed('history', request.channel));
    case 'sync':
      return sync(deps, request, (channel) => allowed('subscribe', channel));
  }
}
