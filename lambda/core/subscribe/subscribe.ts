import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  MAX_PAGE,
  MAX_SUBSCRIPTIONS,
  type Position,
  RealtimeError,
  type Rewind,
  type SubscribeOk,
  type SubscribeRequest,
  type UnsubscribeOk,
  utf8Length,
  type Verdict,
} from '../../../protocol';
import { byTime, fitting, lastOf, locate, MAX_REPLY_BYTES } from '../log/message-pages';
import { noteInterest, SYNC_IN } from '../regions/interest';
import type { ConnectionStore, Subscriber } from '../connections/connection-store';
import type { TransportLimits } from '../connections/transport';
import type { InterestStore } from '../regions/ports';
import type { Logger, Runtime } from '../runtime';
import type { LogStore } from '../log/log-store';
import { hasExpired, head, isLast, type LogContext, type ReadContext } from '../log/retention';
import { type Resumed, resume } from './resume';
import { placeBefore } from '../log/find-by-time';
import type { Shards } from '../fanout/shards';

/** What reading a channel needs. */
export interface LogDeps {
  readonly logs: LogStore;
  /** This region: the one whose logs are exact here. */
  readonly origin: string;
  /** Every region whose log a channel has. */
  readonly origins: readonly string[];
}

export interface SubscribeDeps extends LogDeps {
  readonly connections: ConnectionStore;
  readonly shards: Shards;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly transportLimits: TransportLimits;
  /** What other regions know of the subscribers here. @default - there are none */
  readonly interest?: InterestStore;
}

/**
 * Subscribes, then reads the log: in this order, and both with strong reads, so that no message falls between. A
 * publisher stores its message before it reads the subscribers; so either it sees this subscriber, or this read sees
 * its message.
 *
 * @throws RealtimeError connection_gone, subscription_limit, or store_unavailable
 */
export async function subscribe(
  deps: SubscribeDeps,
  subscriber: Subscriber,
  request: SubscribeRequest,
  context: ReadContext,
): Promise<SubscribeOk> {
  const { connections, shards, origin } = deps;
  const { channel } = request;
  const picked = { channel, shard: await shards.pick(channel, subscriber) };
  const shard = await connections.noteChannel(subscriber.id, picked, MAX_SUBSCRIPTIONS);
  if (shard === 'gone') throw new RealtimeError('connection_gone');
  if (shard === 'full') throw new RealtimeError('subscription_limit');
  await connections.addSubscriber({ channel, shard }, subscriber);
  const [isNews, ok] = await Promise.all([announce(deps, channel, subscriber), begin(deps, request, context)]);
  return { ...ok, region: origin, ...(isNews ? { syncIn: SYNC_IN } : {}) };
}

/** @returns whether other regions learn of the subscriber only now, if at all: the live path is at best effort */
async function announce(
  { interest, runtime, logger, transportLimits }: SubscribeDeps,
  channel: string,
  subscriber: Subscriber,
): Promise<boolean> {
  if (interest === undefined) return false;
  try {
    return await noteInterest({ interest, runtime, transportLimits }, channel, subscriber);
  } catch (error) {
    // The client asks soon; when that brings something, it subscribes again, which is the next attempt.
    logger.error('interest could not be noted: what others publish comes late', { channel, error });
    return true;
  }
}

/** Where a subscription begins, and what there is from there on. */
async function begin(
  deps: LogDeps,
  { channel, cursor, rewind }: SubscribeRequest,
  context: ReadContext,
): Promise<SubscribeOk> {
  if (cursor !== undefined) return catchUp(deps, channel, decodeCursor(cursor), context, MAX_REPLY_BYTES);
  return rewind === undefined ? fromNow(deps, channel, context) : rewound(deps, channel, rewind, context);
}

async function fromNow(
  { logs, origin: own, origins }: LogDeps,
  channel: string,
  context: ReadContext,
): Promise<SubscribeOk> {
  const heads = await Promise.all(
    origins.map(
      async (origin) => [origin, await head(logs, { channel, origin }, { ...context, isOwn: origin === own })] as const,
    ),
  );
  return reply(Object.fromEntries(heads), []);
}

/** Everything since a cursor, as far as one reply carries it. */
export async function catchUp(
  { logs, origins, origin: own }: LogDeps,
  channel: string,
  cursor: Cursor,
  { now, retention }: ReadContext,
  bytes: number,
): Promise<SubscribeOk> {
  const share = { limit: Math.ceil(MAX_PAGE / origins.length), bytes: bytes / origins.length };
  const resumed = await Promise.all(
    origins.map(async (origin) => {
      const position: Position = cursor[origin] ?? { epoch: '', seq: 0 };
      const request = { key: { channel, origin }, isOwn: origin === own, position, retention, now, ...share };
      return { origin, ...(await resume(logs, request)) };
    }),
  );
  const parts = fittingParts(resumed, cursor);
  // Origins that this network no longer has stay in the cursor: a region may come back.
  return reply({ ...cursor, ...Object.fromEntries(parts.map((one) => [one.origin, one.position])) }, parts);
}

type OriginPart = Resumed & { readonly origin: string };

/**
 * The origins' parts of one reply. Each has at least a publish, and so many may be too much: a part that does not fit any
 * more is left for the next page, as if it had not been read. The first one always fits, so that paging goes on.
 */
function fittingParts(parts: readonly OriginPart[], cursor: Cursor): readonly OriginPart[] {
  let bytes = 0;
  return parts.map((part) => {
    const size = part.messages.length === 0 ? 0 : utf8Length(JSON.stringify(part.messages));
    if (bytes === 0 || bytes + size <= MAX_REPLY_BYTES) {
      bytes += size;
      return part;
    }
    const position = cursor[part.origin] ?? { epoch: '', seq: 0 };
    return { ...part, verdict: 'complete', messages: [], position, more: true };
  });
}

/** A subscription that begins in the past. */
async function rewound(deps: LogDeps, channel: string, rewind: Rewind, context: ReadContext): Promise<SubscribeOk> {
  const { logs, origin: own, origins } = deps;
  const of = (origin: string): LogContext => ({ ...context, isOwn: origin === own });
  if ('since' in rewind) {
    const starts = await Promise.all(
      origins.map(
        async (origin) => [origin, await placeBefore(logs, { channel, origin }, rewind.since, of(origin))] as const,
      ),
    );
    return catchUp(deps, channel, Object.fromEntries(starts), context, MAX_REPLY_BYTES);
  }
  const pages = await Promise.all(
    origins.map(async (origin) => {
      const key = { channel, origin };
      const entries = await logs.before(key, undefined, rewind.last, MAX_REPLY_BYTES);
      const live = entries.filter(({ deleteAfter }) => !hasExpired(deleteAfter, context.now));
      const [newest] = entries;
      const isEnd = newest !== undefined && isLast(newest, of(origin));
      const at = isEnd ? lastOf(newest) : await head(logs, key, of(origin));
      return { origin, at, messages: live.flatMap((entry) => locate(entry, origin)) };
    }),
  );
  const newest = pages.flatMap(({ messages }) => messages).sort((a, b) => byTime(b, a));
  const messages = fitting(newest, rewind.last, MAX_REPLY_BYTES);
  return reply(Object.fromEntries(pages.map(({ origin, at }) => [origin, at])), [
    { verdict: 'complete', messages, more: false },
  ]);
}

/** From bad to good; a channel is as good as its worst origin. */
const VERDICTS: readonly Verdict[] = ['reset', 'expired', 'pending', 'complete'];

type Part = Pick<Resumed, 'verdict' | 'messages' | 'more'> & { readonly origin?: string };

function reply(cursor: Cursor, resumed: readonly Part[]): SubscribeOk {
  const losses = resumed.filter(({ verdict }) => verdict === 'expired' || verdict === 'reset');
  const pending = resumed.filter(({ verdict }) => verdict === 'pending');
  // Where something is gone, clients tell their applications; so what is only on its way is not named beside it.
  const broken = (losses.length > 0 ? losses : pending).flatMap(({ origin }) => origin ?? []);
  return {
    cursor: encodeCursor(cursor),
    verdict: VERDICTS.find((verdict) => resumed.some((one) => one.verdict === verdict)) ?? 'complete',
    ...(broken.length === 0 ? {} : { origins: broken }),
    messages: resumed.flatMap(({ messages }) => messages).sort(byTime),
    more: resumed.some(({ more }) => more),
  };
}

/** Ends a subscription. The subscriber's row goes first: what is left after a crash is a note that closing cleans up. */
export async function unsubscribe(
  connections: ConnectionStore,
  connectionId: string,
  channel: string,
): Promise<UnsubscribeOk> {
  const shard = await connections.shardOf(connectionId, channel);
  if (shard === undefined) return {};
  await connections.removeSubscribers([{ channel, shard }], connectionId);
  await connections.forgetChannel(connectionId, channel);
  return {};
}
