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
import { byTime, fitting, MAX_REPLY_BYTES } from '../log/message-pages';
import { noteInterest, SYNC_IN } from '../regions/interest';
import type { ConnectionStore, Subscriber } from '../connections/connection-store';
import type { TransportLimits } from '../connections/transport';
import type { InterestStore } from '../regions/ports';
import type { Logger, Runtime } from '../runtime';
import type { LogStore } from '../log/log-store';
import { endOfLog, type LogContext, type ReadContext } from '../log/retention';
import { lastMessages } from './rewind';
import { type Resumed, resume } from './resume';
import { positionBefore } from '../log/find-by-time';
import type { Shards } from '../fanout/shards';

/** What reading a channel's logs needs. */
export interface LogDeps {
  readonly logs: LogStore;
  /** This region: reads of its own logs are exact. */
  readonly origin: string;
  /** Every region of the network: a channel has a log for each. */
  readonly origins: readonly string[];
}

export interface SubscribeDeps extends LogDeps {
  readonly connections: ConnectionStore;
  readonly shards: Shards;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly transportLimits: TransportLimits;
  /** The notes that tell other regions which channels have subscribers here. @default - this is the only region */
  readonly interest?: InterestStore;
}

/**
 * Subscribes, then reads the log, with strongly consistent reads: in this order, no message is missed. A publisher stores its
 * message before it reads the subscribers, so either the publisher sees this subscriber, or this read sees the message.
 *
 * @throws RealtimeError connection_gone, subscription_limit, or store_unavailable
 */
export async function subscribe(
  deps: SubscribeDeps,
  subscriber: Subscriber,
  request: SubscribeRequest,
  context: ReadContext,
): Promise<SubscribeOk> {
  const { connections, shards, origin, origins } = deps;
  const { channel } = request;
  const picked = { channel, shard: await shards.pick(channel, subscriber) };
  const shard = await connections.noteChannel(subscriber.id, picked, MAX_SUBSCRIPTIONS);
  if (shard === 'gone') throw new RealtimeError('connection_gone');
  if (shard === 'full') throw new RealtimeError('subscription_limit');
  await connections.addSubscriber({ channel, shard }, subscriber);
  const [isAnnounced, ok] = await Promise.all([announce(deps, channel, subscriber), begin(deps, request, context)]);
  return {
    ...ok,
    region: origin,
    syncIn: origins.length > 1 ? SYNC_IN : undefined,
    renew: isAnnounced ? undefined : true,
  };
}

/** @returns whether the other regions know, or will know, of subscribers here */
async function announce(
  { interest, runtime, logger, transportLimits }: SubscribeDeps,
  channel: string,
  subscriber: Subscriber,
): Promise<boolean> {
  try {
    if (interest !== undefined) await noteInterest({ interest, runtime, transportLimits }, channel, subscriber);
    return true;
  } catch (error) {
    // The client syncs meanwhile, and then subscribes again, which notes the interest.
    logger.error('interest could not be noted: messages of other regions arrive late', { channel, error });
    return false;
  }
}

/** The messages from the place where a subscription begins. */
async function begin(
  deps: LogDeps,
  { channel, cursor, rewind }: SubscribeRequest,
  context: ReadContext,
): Promise<SubscribeOk> {
  if (cursor !== undefined)
    return catchUp(deps, channel, { cursor: decodeCursor(cursor), context, bytes: MAX_REPLY_BYTES });
  return rewind === undefined ? fromNow(deps, channel, context) : rewound(deps, channel, rewind, context);
}

async function fromNow(
  { logs, origin: own, origins }: LogDeps,
  channel: string,
  context: ReadContext,
): Promise<SubscribeOk> {
  const heads = await Promise.all(
    origins.map(
      async (origin) =>
        [origin, await endOfLog(logs, { channel, origin }, { ...context, isOwn: origin === own })] as const,
    ),
  );
  return reply(Object.fromEntries(heads), []);
}

export interface CatchUp {
  readonly cursor: Cursor;
  readonly context: ReadContext;
  /** Most bytes of messages. */
  readonly bytes: number;
}

/** The messages since a cursor, as many as fit one reply. */
export async function catchUp(
  { logs, origins, origin: own }: LogDeps,
  channel: string,
  { cursor, context, bytes }: CatchUp,
): Promise<SubscribeOk> {
  const share = { limit: Math.ceil(MAX_PAGE / origins.length), bytes: bytes / origins.length };
  const resumed = await Promise.all(
    origins.map(async (origin) => {
      const position: Position = cursor[origin] ?? { epoch: '', seq: 0 };
      const request = { ...context, key: { channel, origin }, isOwn: origin === own, position, ...share };
      return { origin, ...(await resume(logs, request)) };
    }),
  );
  const parts = fittingParts(resumed, cursor);
  // Origins that left the network stay in the cursor: a region may come back.
  return reply({ ...cursor, ...Object.fromEntries(parts.map((one) => [one.origin, one.position])) }, parts);
}

type OriginPart = Resumed & { readonly origin: string };

/**
 * The origins' parts of one reply. Each part holds at least one publish, so together they may exceed the limit. A part that
 * does not fit is left for the next page, as if it had not been read. The first part always fits, so that paging advances.
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

/** The messages of a subscription that begins in the past. Where messages are still replicating, it begins before them. */
async function rewound(deps: LogDeps, channel: string, rewind: Rewind, context: ReadContext): Promise<SubscribeOk> {
  const { logs, origin: own, origins } = deps;
  const contextOf = (origin: string): LogContext => ({ ...context, isOwn: origin === own });
  if ('since' in rewind) {
    const starts = await Promise.all(
      origins.map(
        async (origin) =>
          [
            origin,
            await positionBefore(logs, { channel, origin }, { ...contextOf(origin), time: rewind.since }),
          ] as const,
      ),
    );
    return catchUp(deps, channel, { cursor: Object.fromEntries(starts), context, bytes: MAX_REPLY_BYTES });
  }
  const pages = await Promise.all(
    origins.map(async (origin) => {
      return { origin, ...(await lastMessages(logs, { channel, origin }, rewind.last, contextOf(origin))) };
    }),
  );
  const newest = pages.flatMap(({ messages }) => messages).sort((a, b) => byTime(b, a));
  const fit = new Set(fitting(newest, rewind.last, MAX_REPLY_BYTES));
  const parts = pages.map(({ origin, verdict, messages }): Part => {
    return { origin, verdict, messages: messages.filter((message) => fit.has(message)), more: false };
  });
  return reply(Object.fromEntries(pages.map(({ origin, position }) => [origin, position])), parts);
}

/** From worst to best. A channel's verdict is that of its worst origin. */
const VERDICTS: readonly Verdict[] = ['reset', 'expired', 'pending', 'complete'];

type Part = Pick<Resumed, 'verdict' | 'messages' | 'more'> & { readonly origin?: string };

function reply(cursor: Cursor, resumed: readonly Part[]): SubscribeOk {
  const losses = resumed.filter(({ verdict }) => verdict === 'expired' || verdict === 'reset');
  const pending = resumed.filter(({ verdict }) => verdict === 'pending');
  // Clients report lost messages to the application. Origins whose messages are only late must not be among them.
  const incomplete = (losses.length > 0 ? losses : pending).flatMap(({ origin }) => origin ?? []);
  return {
    cursor: encodeCursor(cursor),
    verdict: VERDICTS.find((verdict) => resumed.some((one) => one.verdict === verdict)) ?? 'complete',
    origins: incomplete.length === 0 ? undefined : incomplete,
    messages: resumed.flatMap(({ messages }) => messages).sort(byTime),
    more: resumed.some(({ more }) => more),
  };
}

/** Ends a subscription. Deletes the subscriber's row first: after a crash, the connection's row is left, which closing cleans up. */
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
