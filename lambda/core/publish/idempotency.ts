// A publish by HTTP takes effect once for an idempotency key, however often one region receives it within the window.
// docs/decisions/0010 says what holds when several regions receive it.
import { type PublishOk, RealtimeError } from '../../../protocol';
import { EPOCH_MARGIN } from '../log/epochs';
import type { LogKey } from '../log/log-store';
import { recentTail, type Tail } from '../log/tail';
import type { Logger } from '../runtime';
import { answerFromLog, logsOfOtherRegions } from './cross-region-retry';
import type { Publication } from './publication';
import { publish, type PublishDeps } from './publish';

/** How long a key is remembered, unless the namespace's retention is shorter. Milliseconds. */
export const IDEMPOTENCY_WINDOW = 24 * 3_600_000;
/**
 * The offset of windows from multiples of their length, as a part of it. Schedules send a key again at full hours, so windows
 * must not begin there.
 */
const WINDOW_OFFSET = 0.37;
/** Allowed characters are those of a message id: message ids are made of the key, the window and a number. */
const KEY = /^[A-Za-z0-9_.:-]{1,52}$/;

/** What a region remembers of the first request with a key. Stored as JSON, so its names are a storage format. */
export interface IdempotencyRecord {
  /** Digest of the sender and the messages: distinguishes a retry from another request with the same key. */
  readonly digest: string;
  /** The log's tail before the first attempt. No attempt can have written before it. */
  readonly tail: Tail;
  /** The prefix of the ids of its messages. */
  readonly ids: string;
  /** The acknowledgement. @default - the request has not been answered */
  readonly result?: PublishOk;
  /** When the first request came. Milliseconds since 1970. */
  readonly begun: number;
  /** When the last request came that found the key taken. @default - there was only the first */
  readonly attemptedAt?: number;
  /** After this, the key is free again. Milliseconds since 1970. */
  readonly until: number;
}

/** Remembers keys, each region for its own log. */
export interface IdempotencyStore {
  /** Remembers the key if it is new. Otherwise returns the existing record, by a strongly consistent read. */
  claim(key: LogKey, idempotencyKey: string, record: IdempotencyRecord): Promise<IdempotencyRecord | undefined>;
  /**
   * Notes in the record of a key that another request came, and returns what the record was before, in one step: of two requests,
   * the later one knows of the earlier one.
   *
   * @param at when it came. Milliseconds since 1970
   * @returns undefined when there is no record any more
   */
  note(key: LogKey, idempotencyKey: string, at: number): Promise<IdempotencyRecord | undefined>;
  /** Replaces the record of a key. */
  settle(key: LogKey, idempotencyKey: string, record: IdempotencyRecord): Promise<void>;
  /** The record of another region's log, if it has replicated here. */
  find(key: LogKey, idempotencyKey: string): Promise<IdempotencyRecord | undefined>;
}

export interface IdempotentDeps extends PublishDeps {
  readonly idempotency: IdempotencyStore;
  /** A digest of a text, in at most 64 characters. */
  readonly digest: (text: string) => string;
  readonly logger: Logger;
}

/** A request with a key. */
interface KeyedPublication {
  readonly publication: Publication;
  readonly idempotencyKey: string;
  /** The channel's log of this region. */
  readonly logKey: LogKey;
}

/** A record of another region. */
interface ForeignRecord {
  readonly logKey: LogKey;
  readonly record: IdempotencyRecord;
}

/** The key was answered before, or this request may publish. */
type Claim =
  | { readonly outcome: 'answered'; readonly result: PublishOk }
  | {
      readonly outcome: 'claimed';
      /** What is now remembered of the key. */
      readonly record: IdempotencyRecord;
      /** The log's tail before the key was claimed or noted. */
      readonly start: Tail;
      /** What was remembered before this request. @default - this is the first request of this region */
      readonly earlier?: IdempotencyRecord;
      readonly foreign: readonly ForeignRecord[];
    };

/**
 * Publishes once for a key. The first request notes the log's tail, publishes, and notes the acknowledgement. A later request
 * gets that acknowledgement. When it comes before, the first request has died or still runs, and the later one searches the log
 * from the noted tail on. Requests that run at the same time find each other as `append` describes.
 *
 * @throws RealtimeError idempotency_key_invalid, idempotency_key_reused, or what publish throws
 */
export async function publishOnce(
  deps: IdempotentDeps,
  publication: Omit<Publication, 'earlier' | 'start'>,
  idempotencyKey: string,
): Promise<PublishOk> {
  if (!KEY.test(idempotencyKey)) {
    throw new RealtimeError('idempotency_key_invalid', `Got: ${JSON.stringify(idempotencyKey.slice(0, 80))}.`);
  }
  const logKey: LogKey = { channel: publication.channel, origin: deps.origin };
  const claim = await claimKey(deps, { publication, idempotencyKey, logKey });
  if (claim.outcome === 'answered') return claim.result;
  const { record, start, earlier, foreign } = claim;
  const result =
    (await answerFromOtherRegions(deps, publication, foreign)) ??
    (await publish(deps, {
      ...publication,
      // Every attempt must store the same messages.
      messages: withIds(publication, record),
      start,
      earlier: earlier && { since: earlier.tail, until: lastAttemptOf(earlier) + EPOCH_MARGIN },
    }));
  try {
    await deps.idempotency.settle(logKey, idempotencyKey, { ...record, result });
  } catch (error) {
    // The publish is stored. A retry finds it by its search.
    deps.logger.warn('an idempotency key could not be settled', { channel: publication.channel, error });
  }
  return result;
}

/** @throws RealtimeError idempotency_key_reused */
async function claimKey(
  deps: IdempotentDeps,
  { publication, idempotencyKey, logKey }: KeyedPublication,
): Promise<Claim> {
  const { idempotency, runtime } = deps;
  const { channel, from, messages, retention } = publication;
  const now = runtime.now();
  const digest = deps.digest(JSON.stringify([from, messages]));
  // Read before this request announces itself, so that whatever a request stores that does not know of it comes after.
  const [tail, foreign] = await Promise.all([
    recentTail(deps, logKey, retention),
    findForeign(deps, { channel, idempotencyKey, now }),
  ]);
  const answeredByOther = answerIn(
    foreign.map(({ record }) => record),
    digest,
  );
  if (answeredByOther !== undefined) return { outcome: 'answered', result: answeredByOther };

  const window = Math.min(IDEMPOTENCY_WINDOW, retention);
  const ids = foreign[0]?.record.ids ?? idPrefix(idempotencyKey, now, window);
  const first: IdempotencyRecord = { digest, tail, begun: now, until: now + window, ids };
  const earlier = await idempotency.claim(logKey, idempotencyKey, first);
  if (earlier === undefined) return { outcome: 'claimed', record: first, start: tail, foreign };
  const answeredHere = answerIn([earlier], digest);
  if (answeredHere !== undefined) return { outcome: 'answered', result: answeredHere };
  const noted = (await idempotency.note(logKey, idempotencyKey, now)) ?? earlier;
  const answeredMeanwhile = answerIn([noted], digest);
  if (answeredMeanwhile !== undefined) return { outcome: 'answered', result: answeredMeanwhile };
  return { outcome: 'claimed', record: { ...noted, attemptedAt: now }, start: tail, earlier: noted, foreign };
}

/** When the last request of a key began. Milliseconds since 1970. */
function lastAttemptOf({ begun, attemptedAt = begun }: IdempotencyRecord): number {
  return attemptedAt;
}

/**
 * The prefix of the ids of a key's messages. Two regions that know nothing of each other choose the same one, so that clients
 * drop the duplicate. In another window it differs: a key that is used again, once it is free, makes new ids.
 */
function idPrefix(idempotencyKey: string, now: number, window: number): string {
  return `${idempotencyKey}:${Math.floor(now / window + WINDOW_OFFSET).toString(36)}`;
}

function withIds({ messages }: Publication, { ids }: IdempotencyRecord): Publication['messages'] {
  return messages.map((message, i) => ({ ...message, id: message.id ?? `${ids}:${i}` }));
}

/** @returns the first acknowledgement among the records. @throws RealtimeError idempotency_key_reused */
function answerIn(records: readonly IdempotencyRecord[], digest: string): PublishOk | undefined {
  if (records.some((record) => record.digest !== digest)) throw new RealtimeError('idempotency_key_reused');
  return records.find(({ result }) => result !== undefined)?.result;
}

/** The records of other regions, the first request first. */
async function findForeign(
  deps: IdempotentDeps,
  { channel, idempotencyKey, now }: { readonly channel: string; readonly idempotencyKey: string; readonly now: number },
): Promise<readonly ForeignRecord[]> {
  const found = await Promise.all(
    logsOfOtherRegions(deps, channel).map(async (logKey) => {
      const record = await deps.idempotency.find(logKey, idempotencyKey);
      return record === undefined || record.until <= now ? [] : [{ logKey, record }];
    }),
  );
  return found.flat().sort((a, b) => a.record.begun - b.record.begun);
}

/** The acknowledgement of a request that another region has stored, and whose answer is not known here. */
async function answerFromOtherRegions(
  deps: IdempotentDeps,
  publication: Publication,
  foreign: readonly ForeignRecord[],
): Promise<PublishOk | undefined> {
  const { from, deadline } = publication;
  for (const { logKey, record } of foreign) {
    const answer = await answerFromLog(deps, {
      key: logKey,
      since: record.tail,
      until: lastAttemptOf(record) + EPOCH_MARGIN,
      sent: { from, messages: withIds(publication, record) },
      deadline,
    });
    if (answer !== undefined) return answer;
  }
  return undefined;
}
