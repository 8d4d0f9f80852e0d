// What a region does with messages that others publish: its subscribers get them, and it says when it has none. docs/adr/0012
import { isAfter, MAX_BATCH, MAX_PUBLISH_BYTES, type Message, type MessagesPush, utf8Length } from '../../protocol';
import { type FanoutDeps, fanOut } from './fanout';
import { type InterestDeps, noteInterest, withdrawInterest } from './interest';

/** A message of the inbox, which delivers at least once, and in no order. */
export interface InboxRecord {
  readonly id: string;
  readonly body: string;
  /** How often it has been received. */
  readonly receiveCount: number;
}

export interface InboxDeps extends FanoutDeps, InterestDeps {}

/** A push, and the records that it came with. */
interface Received {
  readonly push: MessagesPush;
  readonly records: readonly InboxRecord[];
}

/**
 * Sends a batch of the inbox to the subscribers here, channel by channel. Where there are none, other regions are told.
 *
 * @param deadline after this nothing more is begun. Milliseconds since 1970
 * @returns the ids of the records that have to be received again
 */
export async function receive(
  deps: InboxDeps,
  records: readonly InboxRecord[],
  deadline: number,
): Promise<readonly string[]> {
  const unread: InboxRecord[] = [];
  const channels = new Map<string, Received[]>();
  for (const record of records) {
    const push = read(record, deps);
    if (push === undefined) unread.push(record);
    else channels.set(push.channel, [...(channels.get(push.channel) ?? []), { push, records: [record] }]);
  }
  const failed = await Promise.all(
    [...channels].map(([channel, received]) => receiveChannel(deps, channel, received, deadline)),
  );
  return [...unread, ...failed.flat()].map(({ id }) => id);
}

/** @returns the records that have to be received again */
async function receiveChannel(
  deps: InboxDeps,
  channel: string,
  received: readonly Received[],
  deadline: number,
): Promise<readonly InboxRecord[]> {
  const { runtime, log } = deps;
  const failed: InboxRecord[] = [];
  let found = 0;
  for (const { push, records } of joined(received)) {
    const { subscribers, isWhole } = await fanOut(deps, push, deadline);
    found += subscribers;
    if (!isWhole) failed.push(...records);
  }
  try {
    if (failed.length === 0 && found === 0) await withdrawInterest(deps, channel);
    // Whoever received it before may have taken the note back, and died before looking once more.
    else if (found > 0 && received.some(({ records }) => records.some(({ receiveCount }) => receiveCount > 1))) {
      await noteInterest(deps, channel, { expiresAt: runtime.now() });
    }
  } catch (error) {
    log.error('interest could not be written', { channel, error });
    return received.flatMap(({ records }) => records);
  }
  return failed;
}

/** Pushes in the order of their logs; those that follow one another, as few as hold them: as far as one publish may go. */
function joined(received: readonly Received[]): readonly Received[] {
  const joined: Received[] = [];
  for (const one of [...received].sort((a, b) => compare(a.push, b.push))) {
    const last = joined.at(-1);
    const both = last === undefined ? undefined : join(last.push, one.push);
    if (last === undefined || both === undefined) joined.push(one);
    else joined[joined.length - 1] = { push: both, records: [...last.records, ...one.records] };
  }
  return joined;
}

function compare(a: MessagesPush, b: MessagesPush): number {
  if (a.origin !== b.origin) return a.origin < b.origin ? -1 : 1;
  return isAfter(placeOf(a), placeOf(b)) ? 1 : -1;
}

/** Two pushes as one, if the second goes on where the first ends, or was in it. */
function join(a: MessagesPush, b: MessagesPush): MessagesPush | undefined {
  const end = a.messages.at(-1)?.seq ?? 0;
  if (a.origin !== b.origin || a.epoch !== b.epoch || placeOf(b).seq > end + 1) return undefined;
  const messages = [...a.messages, ...b.messages.filter(({ seq }) => seq > end)];
  const isLarge = messages.length > MAX_BATCH || utf8Length(JSON.stringify(messages)) > MAX_PUBLISH_BYTES;
  return isLarge ? undefined : { ...a, messages };
}

function placeOf({ epoch, messages: [first] }: MessagesPush): { epoch: string; seq: number } {
  return { epoch, seq: first?.seq ?? 0 };
}

/** What is no push comes from no function of ours: it goes to the dead-letter queue, for a person to look at. */
function read({ id, body }: InboxRecord, { log }: Pick<InboxDeps, 'log'>): MessagesPush | undefined {
  try {
    const { push, channel, messages } = JSON.parse(body) as Partial<MessagesPush>;
    if (push === 'messages' && typeof channel === 'string' && isFilled(messages))
      return JSON.parse(body) as MessagesPush;
    log.error('a message of the inbox is no push', { id });
  } catch (error) {
    log.error('a message of the inbox could not be read', { id, error });
  }
  return undefined;
}

function isFilled(messages: readonly Message[] | undefined): boolean {
  return Array.isArray(messages) && messages.length > 0;
}
