// Each region notes for itself which channels have subscribers there, so that others send it what they publish. docs/decisions/0012
import { MAX_CONNECTION_LIFE } from '../connections/connection-lifetime';
import { allPages } from '../fanout/fanout';
import { INTEREST_MEMORY } from './peers';
import type { ConnectionStore, Subscriber } from '../connections/connection-store';
import type { InterestStore } from './ports';
import type { Runtime } from '../runtime';

/** How long a note lasts: a channel with subscribers is noted again once in half of it at most. Milliseconds. */
export const INTEREST_LIFE = 2 * MAX_CONNECTION_LIFE;
/**
 * How long it usually takes a write to reach another region: "usually within a second".
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html Milliseconds.
 */
const REPLICATION = 1_000;
/**
 * When a subscriber whose region was not noted yet should ask again what came: the note has to reach the others, they remember
 * for a while that nobody was interested, and the last message that they did not send has to replicate. Milliseconds.
 */
export const SYNC_IN = REPLICATION + INTEREST_MEMORY + REPLICATION;

export interface InterestDeps {
  readonly interest: InterestStore;
  readonly runtime: Runtime;
}

/**
 * Notes that a channel has a subscriber here, if what stands there ends before the subscription does. After the subscriber's
 * row was written: whoever takes the note back looks for subscribers once more, so that either the note is found here, or
 * the subscriber there.
 *
 * @returns whether the others learn of it only now
 */
export async function noteInterest(
  { interest, runtime }: InterestDeps,
  channel: string,
  { expiresAt }: Pick<Subscriber, 'expiresAt'>,
): Promise<boolean> {
  const noted = await interest.noted(channel);
  if (noted !== undefined && noted >= expiresAt) return false;
  const now = runtime.now();
  await interest.note(channel, now + INTEREST_LIFE);
  // What is about to end may have ended elsewhere before the new note is there.
  return noted === undefined || noted < now + SYNC_IN;
}

/** Nobody is there: takes the note back, and writes it again if somebody came meanwhile. */
export async function withdrawInterest(
  { interest, runtime, connections }: InterestDeps & { readonly connections: ConnectionStore },
  channel: string,
): Promise<void> {
  const noted = await interest.noted(channel);
  if (noted === undefined) return;
  await interest.withdraw(channel, noted);
  if (!(await hasSubscribers(connections, channel, runtime.now()))) return;
  // Later than what was taken back: that request, tried again, may reach the table only after this one.
  await interest.note(channel, Math.max(runtime.now() + INTEREST_LIFE, noted + 1_000));
}

async function hasSubscribers(connections: ConnectionStore, channel: string, now: number): Promise<boolean> {
  for await (const { subscribers } of allPages(connections, channel)) {
    if (subscribers.some(({ expiresAt }) => expiresAt > now)) return true;
  }
  return false;
}
