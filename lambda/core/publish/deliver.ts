import { type FanoutDeps, fanOut } from '../fanout/fanout';
import { pushOf } from '../log/message-pages';
import type { Peers } from '../regions/peers';
import type { Entry, LogKey } from '../log/log-store';

export interface DeliverDeps extends FanoutDeps {
  /** @default - this is the only region */
  readonly peers?: Peers;
}

/**
 * Sends a stored entry to the subscribers in this region and, in parallel, to the other interested regions. Never throws. Waits
 * for both, since a function is frozen when it returns.
 *
 * @param deadline nothing is started after this. Milliseconds since 1970
 */
export async function deliver(deps: DeliverDeps, key: LogKey, entry: Entry, deadline: number): Promise<void> {
  const push = pushOf(key, entry);
  await Promise.all([fanOut(deps, push, deadline), deps.peers?.send(push, deadline)]);
}
