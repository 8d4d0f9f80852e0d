import { type CapabilityAction, decodeRequest, type Ok, type Reply, RealtimeError, type Request } from '../../protocol';
import { allows, authorize, type Identity } from './auth/capabilities';
import { history } from './subscribe/history';
import { type ChannelSettings, type Namespaces, settingsOf } from './auth/namespaces';
import type { Subscriber } from './connections/connection-store';
import { publish, type PublishDeps } from './publish/publish';
import type { ReadContext } from './log/retention';
import { subscribe, type SubscribeDeps, unsubscribe } from './subscribe/subscribe';
import { sync } from './subscribe/sync';

export interface DispatchDeps extends PublishDeps, SubscribeDeps {
  readonly namespaces: Namespaces;
}

/** The connection that a frame came from, and the identity of its client. */
export interface Caller {
  readonly identity: Identity;
  readonly subscriber: Subscriber;
}

/**
 * Executes one frame of a client and returns the reply. Never throws: an error becomes an error reply, and the connection stays
 * open.
 *
 * @param deadline milliseconds since 1970
 */
export async function dispatch(deps: DispatchDeps, caller: Caller, frame: string, deadline: number): Promise<Reply> {
  let request: Request | undefined;
  try {
    const decoded = decodeRequest(frame);
    if ('error' in decoded) return { id: decoded.id, error: decoded.error.toWire() };
    request = decoded.request;
    return { id: request.id, ok: await execute(deps, caller, request, deadline) };
  } catch (error) {
    return { id: request?.id ?? null, error: toRealtimeError(deps, error, { action: request?.action }).toWire() };
  }
}

/** Maps any error to one of the catalog and logs it: unexpected ones with their cause, as `internal`. */
export function toRealtimeError(
  { logger }: Pick<DispatchDeps, 'logger'>,
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

async function execute(deps: DispatchDeps, caller: Caller, request: Request, deadline: number): Promise<Ok> {
  const { identity, subscriber } = caller;
  const { namespaces, runtime, connections } = deps;
  const now = runtime.now();
  const allowed = (action: CapabilityAction, channel: string): ReadContext & ChannelSettings => {
    authorize({ identity, action, channel, namespaces, now });
    return { now, ...settingsOf(namespaces, channel) };
  };
  // A cursor is a place, not an authority: the reader alone says where it is.
  const continuing = (channel: string): ReadContext => {
    const { resumeWindow, ...settings } = allowed('subscribe', channel);
    if (allows(identity.capabilities, 'history', channel)) return settings;
    return { ...settings, readableSince: subscriber.connectedAt - resumeWindow };
  };
  switch (request.action) {
    case 'subscribe':
      // A cursor continues a subscription. A rewind without one reads history.
      if (request.rewind !== undefined) allowed('history', request.channel);
      return subscribe(deps, subscriber, request, continuing(request.channel));
    case 'unsubscribe':
      // There is no separate capability to unsubscribe.
      allowed('subscribe', request.channel);
      return unsubscribe(connections, subscriber.id, request.channel);
    case 'publish': {
      const { channel, messages, retry } = request;
      const { retention, ordering } = allowed('publish', channel);
      const earlier = retry === true ? 'recent' : undefined;
      return publish(deps, { channel, from: identity.clientId, messages, retention, ordering, deadline, earlier });
    }
    case 'history':
      return history(deps, request, allowed('history', request.channel));
    case 'sync':
      return sync(deps, request, continuing);
  }
}
