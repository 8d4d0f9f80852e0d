// Processes the inbox, which has the messages that other regions published: sends them to the subscribers of this region, and
// withdraws the region's interest in channels without subscribers. docs/decisions/0012
import type { Message, MessagesPush } from '../../../protocol';
import { type FanoutDeps, fanOut } from '../fanout/fanout';
import { type InterestDeps, noteInterest, withdrawInterest } from './interest';
import { coalesceWithSources, type SourcedPush } from '../fanout/coalesce';

/** A message of the inbox, which delivers at least once, and in no order. */
export interface InboxRecord {
  readonly id: string;
  readonly body: string;
  /** Number of times that the record has been received. */
  readonly receiveCount: number;
}

export interface InboxDeps extends FanoutDeps, Pick<InterestDeps, 'interest'> {}

/** A push, and the records that contained it. */
type Received = SourcedPush<InboxRecord>;

/**
 * Processes a batch of the inbox, channel by channel.
 *
 * @param deadline no post starts after this. Milliseconds since 1970
 * @returns the ids of the records to receive again
 */
export async function processInbox(
  deps: InboxDeps,
  records: readonly InboxRecord[],
  deadline: number,
): Promise<readonly string[]> {
  const invalid: InboxRecord[] = [];
  const channels = new Map<string, Received[]>();
  for (const record of records) {
    const push = parse(record, deps);
    if (push === undefined) invalid.push(record);
    else channels.set(push.channel, [...(channels.get(push.channel) ?? []), { push, sources: [record] }]);
  }
  const failed = await Promise.all(
    [...channels].map(([channel, received]) => processChannel(deps, { channel, received, deadline })),
  );
  return [...invalid, ...failed.flat()].map(({ id }) => id);
}

/** @returns the records to receive again */
async function processChannel(
  deps: InboxDeps,
  {
    channel,
    received,
    deadline,
  }: { readonly channel: string; readonly received: readonly Received[]; readonly deadline: number },
): Promise<readonly InboxRecord[]> {
  const { runtime, logger, transportLimits } = deps;
  const failed: InboxRecord[] = [];
  let hasSubscribers = false;
  for (const { push, sources } of coalesceWithSources(received, transportLimits.maxFrameBytes)) {
    const result = await fanOut(deps, push, deadline);
    hasSubscribers ||= result.hasSubscribers;
    if (!result.isComplete) failed.push(...sources);
  }
  const isRepeated = received.some(({ sources }) => sources.some(({ receiveCount }) => receiveCount > 1));
  try {
    if (failed.length === 0 && !hasSubscribers) await withdrawInterest(deps, channel);
    // An earlier attempt may have withdrawn the interest, and crashed before it looked for subscribers.
    else if (hasSubscribers && isRepeated) await noteInterest(deps, channel, { expiresAt: runtime.now() });
  } catch (error) {
    logger.error('interest could not be written', { channel, error });
    return received.flatMap(({ sources }) => [...sources]);
  }
  return failed;
}

/** The push of a record; undefined for anything else, which then goes to the dead-letter queue for an operator to examine. */
function parse({ id, body }: InboxRecord, { logger }: Pick<InboxDeps, 'logger'>): MessagesPush | undefined {
  try {
    const { push, channel, messages } = JSON.parse(body) as Partial<MessagesPush>;
    if (push === 'messages' && typeof channel === 'string' && isFilled(messages))
      return JSON.parse(body) as MessagesPush;
    logger.error('an inbox record is not a push of messages', { id });
  } catch (error) {
    logger.error('an inbox record could not be parsed', { id, error });
  }
  return undefined;
}

function isFilled(messages: readonly Message[] | undefined): boolean {
  return Array.isArray(messages) && messages.length > 0;
}
