import type { PublishOk } from '../../../protocol';
import { deliver } from './deliver';
import { answerFromRecent, type CrossRegionDeps } from './cross-region-retry';
import { append, type AppendDeps } from '../log/append';
import { enqueue } from './fifo-writer';
import type { Publication } from './publication';
import type { PublishQueue } from './publish-queue';

export interface PublishDeps extends AppendDeps, CrossRegionDeps {
  /** For namespaces of `ordering: fifo`. */
  readonly queue: PublishQueue;
}

/**
 * Stores messages, sends them to the subscribers of all regions, and returns the acknowledgement. Nothing is sent or acknowledged
 * before the write has succeeded. With `ordering: fifo` the messages are stored in the queue; its writer appends and sends them.
 *
 * @throws RealtimeError append_contended, throttled or store_unavailable
 */
export async function publish(deps: PublishDeps, publication: Publication): Promise<PublishOk> {
  const { channel, ordering, deadline, ...request } = publication;
  // A retry may come from a client that published to another region, and moved here before it had the acknowledgement.
  const known =
    request.earlier === 'recent' ? await answerFromRecent(deps, { channel, sent: request, deadline }) : undefined;
  if (known !== undefined) return known;
  if (ordering === 'fifo') return enqueue(deps, publication);
  const key = { channel, origin: deps.origin };
  deps.peers?.prefetchInterest(channel);
  const entry = await append(deps, { key, ...request });
  await deliver(deps, key, entry, deadline);
  return {
    origin: deps.origin,
    epoch: entry.epoch,
    seqs: entry.messages.map((_, i) => entry.seq + i),
    ids: entry.messages.map(({ id }) => id),
  };
}
