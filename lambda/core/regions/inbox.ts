// What a region does with messages that others publish: its subscribers get them, and it says when it has none. docs/decisions/0012
import type { Message, MessagesPush } from '../../../protocol';
import { type FanoutDeps, fanOut } from '../fanout/fanout';
import { type InterestDeps, noteInterest, withdrawInterest } from './interest';
import { mergedWith, type Sourced } from '../fanout/coalesce';

/** A message of the inbox, which delivers at least once, and in no order. */
export interface InboxRecord {
  readonly id: string;
  readonly body: string;
  /** How often it has been received. */
  readonly receiveCount: number;
}

export interface InboxDeps extends FanoutDeps, InterestDeps {}

/** A push, and the records that it came with. */
type Received = Sourced<InboxRecord>;

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
    else channels.set(push.channel, [...(channels.get(push.channel) ?? []), { push, sources: [record] }]);
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
  const { runtime, logger } = deps;
  const failed: InboxRecord[] = [];
  let hasSubscribers = false;
  for (const { push, sources } of mergedWith(received)) {
    const { found, isWhole } = await fanOut(deps, push, deadline);
    hasSubscribers ||= found;
    if (!isWhole) failed.push(...sources);
  }
  try {
    if (failed.length === 0 && !hasSubscribers) await withdrawInterest(deps, channel);
    // Whoever received it before may have taken the note back, and died before looking once more.
    else if (hasSubscribers && received.some(({ sources }) => sources.some(({ receiveCount }) => receiveCount > 1))) {
      await noteInterest(deps, channel, { expiresAt: runtime.now() });
    }
  } catch (error) {
    logger.error('interest could not be written', { channel, error });
    return received.flatMap(({ sources }) => [...sources]);
  }
  return failed;
}

/** What is no push comes from no function of ours: it goes to the dead-letter queue, for a person to look at. */
function read({ id, body }: InboxRecord, { logger }: Pick<InboxDeps, 'logger'>): MessagesPush | undefined {
  try {
    const { push, channel, messages } = JSON.parse(body) as Partial<MessagesPush>;
    if (push === 'messages' && typeof channel === 'string' && isFilled(messages))
      return JSON.parse(body) as MessagesPush;
    logger.error('a message of the inbox is no push', { id });
  } catch (error) {
    logger.error('a message of the inbox could not be read', { id, error });
  }
  return undefined;
}

function isFilled(messages: readonly Message[] | undefined): boolean {
  return Array.isArray(messages) && messages.length > 0;
}
