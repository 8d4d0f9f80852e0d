// Interest: each region records the channels that have subscribers in it, so that the other regions send it their messages.
// docs/decisions/0012
import { allPages } from '../fanout/fanout';
import { INTEREST_CACHE } from './peers';
import type { ConnectionStore, Subscriber } from '../connections/connection-store';
import type { TransportLimits } from '../connections/transport';
import type { InterestStore } from './ports';
import type { Runtime } from '../runtime';

/** Duration of interest. While a channel has subscribers, it is written again after half of this at the earliest. Milliseconds. */
export function interestLife({ maxConnectionLife }: Pick<TransportLimits, 'maxConnectionLife'>): number {
  return 2 * maxConnectionLife;
}

/**
 * Usual time for a write to reach another region: "usually within a second".
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html Milliseconds.
 */
const REPLICATION = 1_000;
/**
 * Time until all messages of other regions reach a new subscriber, usually: the note of the interest is replicated, the publishers'
 * caches expire, and the last message that they did not send is replicated. docs/decisions/0021 Milliseconds.
 */
export const SYNC_IN = REPLICATION + INTEREST_CACHE + REPLICATION;

export interface InterestDeps {
  readonly interest: InterestStore;
  readonly runtime: Runtime;
  readonly transportLimits: Pick<TransportLimits, 'maxConnectionLife'>;
}

/**
 * Records this region's interest in a channel, unless the stored one lasts as long as the subscription. To be called after the
 * subscriber's row is written: `withdrawInterest` looks for subscribers after its delete, so that either this function sees the
 * delete, or that one sees the subscriber.
 */
export async function noteInterest(
  { interest, runtime, transportLimits }: InterestDeps,
  channel: string,
  { expiresAt }: Pick<Subscriber, 'expiresAt'>,
): Promise<void> {
  const noted = await interest.noted(channel);
  if (noted !== undefined && noted >= expiresAt) return;
  await interest.note(channel, runtime.now() + interestLife(transportLimits));
}

/** Deletes this region's interest in a channel without subscribers, and restores it if someone subscribed meanwhile. */
export async function withdrawInterest(
  { interest, runtime, connections, transportLimits }: InterestDeps & { readonly connections: ConnectionStore },
  channel: string,
): Promise<void> {
  const noted = await interest.noted(channel);
  if (noted === undefined) return;
  await interest.withdraw(channel, noted);
  if (!(await hasSubscribers(connections, channel, runtime.now()))) return;
  // A different end than the deleted one: a retry of the delete by the SDK may reach the table after this write.
  await interest.note(channel, Math.max(runtime.now() + interestLife(transportLimits), noted + 1_000));
}

async function hasSubscribers(connections: ConnectionStore, channel: string, now: number): Promise<boolean> {
  for await (const { subscribers } of allPages(connections, channel)) {
    if (subscribers.some(({ expiresAt }) => expiresAt > now)) return true;
  }
  return false;
}
