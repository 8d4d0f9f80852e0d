import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  type LocatedMessage,
  MAX_PAGE,
  MAX_SUBSCRIPTIONS,
  type Position,
  RealtimeError,
  type SubscribeOk,
  type SubscribeRequest,
  type UnsubscribeOk,
  type Verdict,
} from '../../protocol';
import type { ConnectionStore, LogStore, Subscriber } from './ports';
import { head, MAX_REPLY_BYTES, type Resumed, resume } from './resume';

export interface SubscribeDeps {
  readonly connections: ConnectionStore;
  readonly logs: LogStore;
  /** Every region whose log a channel has. */
  readonly origins: readonly string[];
}

/**
 * Subscribes, then reads the log: in this order, and both with strong reads, so that no message falls between. A
 * publisher stores its message before it reads the subscribers; so either it sees this subscriber, or this read sees
 * its message.
 *
 * @throws RealtimeError connection_gone or subscription_limit
 */
export async function subscribe(
  { connections, logs, origins }: SubscribeDeps,
  subscriber: Subscriber,
  request: SubscribeRequest,
  { now, retention }: { now: number; retention: number },
): Promise<SubscribeOk> {
  const { channel } = request;
  const noted = await connections.noteChannel(subscriber.id, channel, MAX_SUBSCRIPTIONS);
  if (noted === 'gone') throw new RealtimeError('connection_gone');
  if (noted === 'full') throw new RealtimeError('subscription_limit');
  await connections.addSubscriber(channel, subscriber);

  if (request.cursor === undefined) {
    const heads = await Promise.all(
      origins.map(async (origin) => [origin, await head(logs, { channel, origin })] as const),
    );
    return reply(Object.fromEntries(heads), []);
  }
  const cursor = decodeCursor(request.cursor);
  const resumed = await Promise.all(
    origins.map(async (origin) => {
      const position: Position = cursor[origin] ?? { epoch: '', seq: 0 };
      const share = { limit: Math.ceil(MAX_PAGE / origins.length), bytes: MAX_REPLY_BYTES / origins.length };
      return { origin, ...(await resume(logs, { key: { channel, origin }, position, retention, now, ...share })) };
    }),
  );
  // Origins that this network no longer has stay in the cursor: a region may come back.
  return reply({ ...cursor, ...Object.fromEntries(resumed.map((one) => [one.origin, one.position])) }, resumed);
}

/** From bad to good; a channel is as good as its worst origin. */
const VERDICTS: readonly Verdict[] = ['reset', 'expired', 'pending', 'complete'];

function reply(cursor: Cursor, resumed: readonly (Resumed & { readonly origin: string })[]): SubscribeOk {
  const broken = resumed.filter(({ verdict }) => verdict !== 'complete').map(({ origin }) => origin);
  return {
    cursor: encodeCursor(cursor),
    verdict: VERDICTS.find((verdict) => resumed.some((one) => one.verdict === verdict)) ?? 'complete',
    ...(broken.length === 0 ? {} : { origins: broken }),
    messages: resumed.flatMap(({ messages }) => messages).sort(byTime),
    more: resumed.some(({ more }) => more),
  };
}

/** The order of messages across origins, the same for everyone: (ts, origin, seq); within an origin always by place. */
export function byTime(a: LocatedMessage, b: LocatedMessage): number {
  if (a.origin === b.origin) return a.epoch === b.epoch ? a.seq - b.seq : compare(a.epoch, b.epoch);
  return a.ts - b.ts || compare(a.origin, b.origin);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Ends a subscription. The subscriber's row goes first: what is left after a crash is a note that closing cleans up. */
export async function unsubscribe(
  connections: ConnectionStore,
  connectionId: string,
  channel: string,
): Promise<UnsubscribeOk> {
  await connections.removeSubscribers([channel], connectionId);
  await connections.forgetChannel(connectionId, channel);
  return {};
}
