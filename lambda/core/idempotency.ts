// Publishing by HTTP takes effect once for a key, however often it is sent within the window: docs/adr/0010.
import { type PublishOk, RealtimeError } from '../../protocol';
import { tailOf, type Tail } from './log';
import type { Log, LogKey } from './ports';
import { type Publication, publish, type PublishDeps } from './publish';

/** How long a key is remembered, unless the namespace's retention is shorter. Milliseconds. */
export const IDEMPOTENCY_WINDOW = 24 * 3_600_000;
/** Characters of a key: those of a message id, since ids are made of it, with a time and a number. */
const KEY = /^[A-Za-z0-9_.:-]{1,52}$/;

/** What is remembered of the first request with a key. */
export interface IdempotencyRecord {
  /** What was published, to tell a retry from another request with the same key. */
  readonly digest: string;
  /** Where the log stood before: no attempt can have written anywhere else than from there on. */
  readonly tail: Tail;
  /** What the request was answered with, once it was. */
  readonly result?: PublishOk;
  /** When the first request came. Milliseconds since 1970. */
  readonly begun: number;
  /** When the last request came that had to look for it. @default - there was only the first */
  readonly attemptedAt?: number;
  /** After this, the key is free again. Milliseconds since 1970. */
  readonly until: number;
}

/** Remembers keys, in this region. Reads are strongly consistent. */
export interface IdempotencyStore {
  /** Remembers the key if it is new; otherwise returns what is remembered. */
  claim(key: LogKey, idempotencyKey: string, record: IdempotencyRecord): Promise<IdempotencyRecord | undefined>;
  /** Notes what the request was answered with. */
  settle(key: LogKey, idempotencyKey: string, record: IdempotencyRecord): Promise<void>;
}

export interface IdempotentDeps extends PublishDeps {
  readonly idempotency: IdempotencyStore;
  /** A digest of a text, in at most 64 characters. */
  readonly digest: (text: string) => string;
  readonly log: Log;
}

/**
 * Publishes once for a key. The first request notes where the log stands, then publishes, then notes the answer. A later
 * one gets the noted answer, or, when the first died in between, looks through the log from the noted place on.
 *
 * @throws RealtimeError idempotency_key_invalid, idempotency_key_reused, or what publish throws
 */
export async function publishOnce(deps: IdempotentDeps, publication: Publication, key: string): Promise<PublishOk> {
  if (!KEY.test(key)) throw new RealtimeError('idempotency_key_invalid', `Got: ${JSON.stringify(key.slice(0, 80))}.`);
  const { idempotency, origin, runtime, digest } = deps;
  const { channel, from, retention } = publication;
  const log: LogKey = { channel, origin };
  const now = runtime.now();
  const fresh: IdempotencyRecord = {
    digest: digest(JSON.stringify([from, publication.messages])),
    tail: await tailOf(deps, log, retention),
    begun: now,
    until: now + Math.min(IDEMPOTENCY_WINDOW, retention),
  };
  const known = await idempotency.claim(log, key, fresh);
  if (known !== undefined && known.digest !== fresh.digest) throw new RealtimeError('idempotency_key_reused');
  if (known?.result !== undefined) return known.result;
  const record = known === undefined ? fresh : { ...known, attemptedAt: now };
  // Noted before anything is stored: a later request must know until when this one may have been.
  if (known !== undefined) await idempotency.settle(log, key, record);
  // Every attempt must store the very same messages; a key that is used anew, once it is free again, others.
  const messages = publication.messages.map((message, i) => ({
    ...message,
    id: message.id ?? `${key}:${record.begun.toString(36)}:${i}`,
  }));
  const result = await publish(deps, {
    ...publication,
    messages,
    ...(known === undefined ? {} : { since: known.tail, attemptedAt: known.attemptedAt ?? known.begun }),
  });
  try {
    await idempotency.settle(log, key, { ...record, result });
  } catch (error) {
    // It is published; a retry finds it by looking.
    deps.log.warn('an idempotency key could not be settled', { channel, error });
  }
  return result;
}
