import type { PublishOk } from '../../../protocol';
import { deliver } from './deliver';
import { answerFromRecent, type CrossRegionDeps } from './cross-region-retry';
import { append, type AppendDeps, type AppendRequest } from '../log/append';
import type { Ordering } from '../../../lib/contract/namespaces-variable';
import { enqueue } from './fifo-writer';
import type { PublishQueue } from './publish-queue';

export interface PublishDeps extends AppendDeps, CrossRegionDeps {
  /** For namespaces of `ordering: fifo`. */
  readonly queue: PublishQueue;
}

export interface Publication extends Omit<AppendRequest, 'key'> {
  readonly channel: string;
  readonly ordering: Ordering;
  /** When fan-out must end. Milliseconds since 1970. */
  readonly deadline: number;
}

/**
 * Stores messages that have been authorized, sends them to subscribers, here and elsewhere, and returns the acknowledgement.
 * Nothing is acknowledged, and nothing sent, before the write has returned. With `ordering: fifo` the write is the queue's,
 * and its writer does the rest.
 *
 * @throws RealtimeError append_contended, throttled or store_unavailable
 */
export async function publish(deps: PublishDeps, publication: Publication): Promise<PublishOk> {
  const { channel, ordering, deadline, ...request } = publication;
  // The client may have lost the answer of another region, and moved here.
  const known =
    request.since === 'recent' ? await answerFromRecent(deps, { channel, sent: request, deadline }) : undefined;
  if (known !== undefined) return known;
  if (ordering === 'fifo') return enqueue(deps, publication);
  const key = { channel, origin: deps.origin };
  deps.peers?.lookAhead(channel);
  const entry = await append(deps, { key, ...request });
  await deliver(deps, key, entry, deadline);
  return {
    origin: deps.origin,
    epoch: entry.epoch,
    seqs: entry.messages.map((_, i) => entry.seq + i),
    ids: entry.messages.map(({ id }) => id),
  };
}
