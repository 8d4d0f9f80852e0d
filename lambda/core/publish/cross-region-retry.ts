// A publish that is sent again may have been stored by way of another region: that region's log tells, as far as it has come
// here. What has not is stored a second time, and dropped by clients, by sender and id. docs/decisions/0010
import type { OutgoingMessage, PublishOk } from '../../../protocol';
import { deliver, type DeliverDeps } from './deliver';
import { LOOK_BACK, type Tail, walk } from '../log/append';
import type { Entry, EntryMessage, LogKey, LogStore } from '../log/log-store';

export interface ElsewhereDeps extends DeliverDeps {
  readonly logs: LogStore;
  /** This region: the origin of what is published here. */
  readonly origin: string;
  /** Every region whose log a channel has. */
  readonly origins: readonly string[];
}

/** What one sender published at once. */
export interface Sent {
  readonly from: string;
  readonly messages: readonly OutgoingMessage[];
}

/** A channel's logs in the other regions. */
export function logsElsewhere({ origin, origins }: ElsewhereDeps, channel: string): readonly LogKey[] {
  return origins.filter((other) => other !== origin).map((other) => ({ channel, origin: other }));
}

/**
 * Looks among the newest entries of all other regions for something that is sent again, and delivers it again: whoever stored
 * it may have died before it could.
 *
 * @returns what it is answered with, if it was found
 */
export async function answerOfRecent(
  deps: ElsewhereDeps,
  channel: string,
  sent: Sent,
  deadline: number,
): Promise<PublishOk | undefined> {
  const found = await Promise.all(
    logsElsewhere(deps, channel).map(async (key) => {
      const entry = (await deps.logs.before(key, undefined, LOOK_BACK)).find((one) => startIn(one, sent) !== undefined);
      return entry === undefined ? [] : [{ key, entry }];
    }),
  );
  const [first] = found.flat();
  return first === undefined ? undefined : answerOf(deps, first.key, first.entry, sent, deadline);
}

/** The same in one log, from the place where it stood before. @param until nothing later can be it. Milliseconds since 1970 */
export async function answerSince(
  deps: ElsewhereDeps,
  key: LogKey,
  { since, until }: { readonly since: Tail; readonly until: number },
  sent: Sent,
  deadline: number,
): Promise<PublishOk | undefined> {
  const isTwin = (entry: Entry): boolean => startIn(entry, sent) !== undefined;
  const { twin } = await walk(deps.logs, key, since, since.next, isTwin, until);
  return twin === undefined ? undefined : answerOf(deps, key, twin, sent, deadline);
}

/** Where in an entry a publish begins, if it stands there; several may share one. What has no id can't be told from others. */
export function startIn(entry: Entry, { from, messages }: Sent): number | undefined {
  const isThere = (stored: EntryMessage | undefined, { id, data, enc = 'json' }: OutgoingMessage): boolean =>
    stored !== undefined &&
    stored.id === id &&
    (stored.from ?? entry.from) === from &&
    JSON.stringify([stored.data, stored.enc]) === JSON.stringify([data, enc]);
  const start = entry.messages.findIndex((_, at) => messages.every((one, i) => isThere(entry.messages[at + i], one)));
  return start < 0 ? undefined : start;
}

async function answerOf(
  deps: ElsewhereDeps,
  key: LogKey,
  entry: Entry,
  sent: Sent,
  deadline: number,
): Promise<PublishOk> {
  await deliver(deps, key, entry, deadline);
  const start = startIn(entry, sent) ?? 0;
  const stored = entry.messages.slice(start, start + sent.messages.length);
  const { epoch, seq } = entry;
  return { origin: key.origin, epoch, seqs: stored.map((_, i) => seq + start + i), ids: stored.map(({ id }) => id) };
}
