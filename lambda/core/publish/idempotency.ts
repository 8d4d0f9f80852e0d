// Publishing by HTTP takes effect once for a key, however often it is sent within the window, to one region: docs/decisions/0010
// says what holds when it is sent to several.
import { type PublishOk, RealtimeError } from '../../../protocol';
import { answerSince, logsElsewhere } from './cross-region-retry';
import { EPOCH_MARGIN, tailOf, type Tail } from '../log/append';
import type { Logger } from '../runtime';
import type { LogKey } from '../log/log-store';
import type { Publication } from './publication';
import { publish, type PublishDeps } from './publish';

/** How long a key is remembered, unless the namespace's retention is shorter. Milliseconds. */
export const IDEMPOTENCY_WINDOW = 24 * 3_600_000;
/** Where in time windows begin, as a part of one: at no hour that schedules name, which is when keys are sent again and again. */
const OFF_THE_HOUR = 0.37;
/** Characters of a key: those of a message id, since ids are made of it, with a time and a number. */
const KEY = /^[A-Za-z0-9_.:-]{1,52}$/;

/** What is remembered of the first request with a key. */
export interface IdempotencyRecord {
  /** What was published, to tell a retry from another request with the same key. */
  readonly digest: string;
  /** Where the log stood before: no attempt can have written anywhere else than from there on. */
  readonly tail: Tail;
  /** What the ids of its messages begin with. */
  readonly ids: string;
  /** What the request was answered with, once it was. */
  readonly result?: PublishOk;
  /** When the first request came. Milliseconds since 1970. */
  readonly begun: number;
  /** When the last request came that had to look for it. @default - there was only the first */
  readonly attemptedAt?: number;
  /** After this, the key is free again. Milliseconds since 1970. */
  readonly until: number;
}

/** Remembers keys, each region for its own log. */
export interface IdempotencyStore {
  /** Remembers the key if it is new; otherwise returns what is remembered, read strongly. */
  claim(key: LogKey, idempotencyKey: string, record: IdempotencyRecord): Promise<IdempotencyRecord | undefined>;
  /** Notes what the request was answered with. */
  settle(key: LogKey, idempotencyKey: string, record: IdempotencyRecord): Promise<void>;
  /** What is remembered for the log of another region, as far as it has come here. */
  find(key: LogKey, idempotencyKey: string): Promise<IdempotencyRecord | undefined>;
}

export interface IdempotentDeps extends PublishDeps {
  readonly idempotency: IdempotencyStore;
  /** A digest of a text, in at most 64 characters. */
  readonly digest: (text: string) => string;
  readonly logger: Logger;
}

/** What another region remembers of a key. */
interface Elsewhere {
  readonly log: LogKey;
  readonly record: IdempotencyRecord;
}

/**
 * Publishes once for a key. The first request notes where the log stands, then publishes, then notes the answer. A later
 * one gets the noted answer, or, when the first died in between, looks through the log from the noted place on.
 *
 * @throws RealtimeError idempotency_key_invalid, idempotency_key_reused, or what publish throws
 */
export async function publishOnce(deps: IdempotentDeps, publication: Publication, key: string): Promise<PublishOk> {
  if (!KEY.test(key)) throw new RealtimeError('idempotency_key_invalid', `Got: ${JSON.stringify(key.slice(0, 80))}.`);
  const { idempotency, origin, runtime } = deps;
  const { channel, from, retention } = publication;
  const log: LogKey = { channel, origin };
  const now = runtime.now();
  const digest = deps.digest(JSON.stringify([from, publication.messages]));
  const [tail, elsewhere] = await Promise.all([tailOf(deps, log, retention), findElsewhere(deps, channel, key, now)]);
  const answered = checked(
    elsewhere.map(({ record }) => record),
    digest,
  );
  if (answered !== undefined) return answered;
  const window = Math.min(IDEMPOTENCY_WINDOW, retention);
  const ids = elsewhere[0]?.record.ids ?? idsOf(key, now, window);
  const fresh: IdempotencyRecord = { digest, tail, begun: now, until: now + window, ids };
  const known = await idempotency.claim(log, key, fresh);
  const settled = checked(known === undefined ? [] : [known], digest);
  if (settled !== undefined) return settled;
  const record = known === undefined ? fresh : { ...known, attemptedAt: now };
  // Noted before anything is stored: a later request must know until when this one may have been.
  if (known !== undefined) await idempotency.settle(log, key, record);
  const result =
    (await sentElsewhere(deps, publication, elsewhere)) ??
    (await publish(deps, {
      ...publication,
      // Every attempt must store the very same messages.
      messages: withIds(publication, record),
      ...(known === undefined ? {} : { since: known.tail, attemptedAt: known.attemptedAt ?? known.begun }),
    }));
  try {
    await idempotency.settle(log, key, { ...record, result });
  } catch (error) {
    // It is published; a retry finds it by looking.
    deps.logger.warn('an idempotency key could not be settled', { channel, error });
  }
  return result;
}

/**
 * What the ids of a key's messages begin with. Two regions that know nothing of each other choose the same, so that clients drop
 * what both have stored; but not when a window has begun since: a key that is used anew, once it is free again, makes others.
 */
function idsOf(key: string, now: number, window: number): string {
  return `${key}:${Math.floor(now / window + OFF_THE_HOUR).toString(36)}`;
}

function withIds({ messages }: Publication, { ids }: IdempotencyRecord): Publication['messages'] {
  return messages.map((message, i) => ({ ...message, id: message.id ?? `${ids}:${i}` }));
}

/** @returns the first answer among what is remembered. @throws RealtimeError idempotency_key_reused */
function checked(records: readonly IdempotencyRecord[], digest: string): PublishOk | undefined {
  if (records.some((record) => record.digest !== digest)) throw new RealtimeError('idempotency_key_reused');
  return records.find(({ result }) => result !== undefined)?.result;
}

/** What other regions remember of a key, the first request first. */
async function findElsewhere(
  deps: IdempotentDeps,
  channel: string,
  key: string,
  now: number,
): Promise<readonly Elsewhere[]> {
  const found = await Promise.all(
    logsElsewhere(deps, channel).map(async (log) => {
      const record = await deps.idempotency.find(log, key);
      return record === undefined || record.until <= now ? [] : [{ log, record }];
    }),
  );
  return found.flat().sort((a, b) => a.record.begun - b.record.begun);
}

/** The answer to a request that another region has stored, and has not answered as far as is known here. */
async function sentElsewhere(
  deps: IdempotentDeps,
  publication: Publication,
  elsewhere: readonly Elsewhere[],
): Promise<PublishOk | undefined> {
  const { from, deadline } = publication;
  for (const { log, record } of elsewhere) {
    const sent = { from, messages: withIds(publication, record) };
    const range = { since: record.tail, until: (record.attemptedAt ?? record.begun) + EPOCH_MARGIN };
    const answer = await answerSince(deps, log, range, sent, deadline);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
