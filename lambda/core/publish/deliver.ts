// What follows an append: the message goes to the subscribers here, and to other regions.
import { type FanoutDeps, fanOut } from '../fanout/fanout';
import { pushOf } from '../log/message-pages';
import type { Peers } from '../regions/peers';
import type { Entry, LogKey } from '../log/log-store';

export interface DeliverDeps extends FanoutDeps {
  /** @default - this is the only region */
  readonly peers?: Peers;
}

/**
 * Sends an entry that is stored to the subscribers here and to the regions that have some, side by side. Never throws, and
 * waits for both: what a function leaves undone when it answers is not done.
 *
 * @param deadline after this nothing more is begun. Milliseconds since 1970
 */
export async function deliver(deps: DeliverDeps, key: LogKey, entry: Entry, deadline: number): Promise<void> {
  const push = pushOf(key, entry);
  await Promise.all([fanOut(deps, push, deadline), deps.peers?.send(push, deadline)]);
}
