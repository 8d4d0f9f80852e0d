// A publish that is sent again may have been stored through another region. It is found in that region's log if it has replicated. A
// publish that has not replicated is stored a second time; clients drop the duplicate by sender and id. docs/decisions/0010
import type { OutgoingMessage, PublishOk } from '../../../protocol';
import { findAttempt, LOOK_BACK } from '../log/earlier-attempt';
import type { Entry, EntryMessage, LogKey, LogStore } from '../log/log-store';
import type { Tail } from '../log/tail';
import { deliver, type DeliverDeps } from './deliver';

export interface CrossRegionDeps extends DeliverDeps {
  readonly logs: LogStore;
  /** This region: the origin of publishes here. */
  readonly origin: string;
  /** Every region of the network: a channel has a log for each. */
  readonly origins: readonly string[];
}

/** The messages of one publish, and their sender. */
export interface Sent {
  readonly from: string;
  readonly messages: readonly OutgoingMessage[];
}

/** A channel's logs in the other regions. */
export function logsOfOtherRegions({ origin, origins }: CrossRegionDeps, channel: string): readonly LogKey[] {
  return origins.filter((other) => other !== origin).map((other) => ({ channel, origin: other }));
}

export interface RecentSearch {
  readonly channel: string;
  readonly sent: Sent;
  /** When fan-out must end. Milliseconds since 1970. */
  readonly deadline: number;
}

/**
 * Looks for a publish among the newest entries of all other regions, and delivers it again: the region that stored it may have
 * died before its fan-out.
 *
 * @returns the acknowledgement, if the publish was found
 */
export async function answerFromRecent(
  deps: CrossRegionDeps,
  { channel, sent, deadline }: RecentSearch,
): Promise<PublishOk | undefined> {
  const found = await Promise.all(
    logsOfOtherRegions(deps, channel).map(async (key) => {
      const entries = await deps.logs.before(key, undefined, LOOK_BACK);
      const entry = entries.find((one) => indexOfPublish(one, sent) !== undefined);
      return entry === undefined ? [] : [{ key, entry }];
    }),
  );
  const [first] = found.flat();
  return first === undefined ? undefined : deliverAgain(deps, { ...first, sent, deadline });
}

export interface LogSearch {
  /** The other region's log. */
  readonly key: LogKey;
  /** The log's tail before the first attempt. */
  readonly since: Tail;
  /** No attempt can have been stored after this. Milliseconds since 1970. */
  readonly until: number;
  readonly sent: Sent;
  /** When fan-out must end. Milliseconds since 1970. */
  readonly deadline: number;
}

/** Looks for a publish in one log of another region, from a tail on, and delivers it again if it was found. */
export async function answerFromLog(
  deps: CrossRegionDeps,
  { key, since, until, sent, deadline }: LogSearch,
): Promise<PublishOk | undefined> {
  const isAttempt = (entry: Entry): boolean => indexOfPublish(entry, sent) !== undefined;
  const searched = await findAttempt(deps.logs, { key, tail: since, isAttempt, until });
  return searched.outcome === 'found' ? deliverAgain(deps, { key, entry: searched.entry, sent, deadline }) : undefined;
}

/**
 * The index at which a publish begins among an entry's messages, if the entry holds it: an entry may hold several publishes.
 * Messages without an id can't be told from others, so they are never found.
 */
export function indexOfPublish(entry: Entry, { from, messages }: Sent): number | undefined {
  const isEqual = (stored: EntryMessage | undefined, { id, data, enc = 'json' }: OutgoingMessage): boolean =>
    stored !== undefined &&
    stored.id === id &&
    (stored.from ?? entry.from) === from &&
    JSON.stringify([stored.data, stored.enc]) === JSON.stringify([data, enc]);
  const start = entry.messages.findIndex((_, at) => messages.every((one, i) => isEqual(entry.messages[at + i], one)));
  return start < 0 ? undefined : start;
}

interface Found {
  readonly key: LogKey;
  readonly entry: Entry;
  readonly sent: Sent;
  readonly deadline: number;
}

async function deliverAgain(deps: CrossRegionDeps, { key, entry, sent, deadline }: Found): Promise<PublishOk> {
  await deliver(deps, key, entry, deadline);
  const start = indexOfPublish(entry, sent) ?? 0;
  const stored = entry.messages.slice(start, start + sent.messages.length);
  const { epoch, seq } = entry;
  return { origin: key.origin, epoch, seqs: stored.map((_, i) => seq + start + i), ids: stored.map(({ id }) => id) };
}
