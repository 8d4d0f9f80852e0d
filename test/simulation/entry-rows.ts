import type { EntryMessage } from '../../lambda/core/log/log-store';
import type { Item } from './item';

/** An entry of a log, as a row of the Messages table holds it. */
export interface EntryRow {
  readonly channel: string;
  readonly origin: string;
  readonly epoch: string;
  /** Sequence number of each message. */
  readonly seqs: readonly number[];
  readonly messages: readonly EntryMessage[];
}

/** The entry in a row; undefined for headers and idempotency keys, whose sort keys start with `!`, and for rows of other tables. */
export function entryIn({ pk, sk, m }: Item): EntryRow | undefined {
  if (m === undefined || sk.startsWith('!')) return undefined;
  const [channel = '', origin = ''] = pk.split('#');
  const [epoch = '', first] = sk.split('#');
  const messages = JSON.parse(m as string) as EntryMessage[];
  return { channel, origin, epoch, seqs: messages.map((_, i) => Number(first) + i), messages };
}
