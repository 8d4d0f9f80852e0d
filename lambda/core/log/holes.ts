// Places of a log whose entries are still replicating to this region. docs/decisions/0010
import type { Position } from '../../../protocol';
import type { Entry } from './log-store';
import { hasExpired, type LogContext } from './retention';

/** Whether an entry between a place and the next entry here is still replicating. */
export function isHoleBefore(next: Entry, after: Position, { isOwn, now }: Pick<LogContext, 'isOwn' | 'now'>): boolean {
  // The entries before an epoch's first one belong to an epoch that has ended.
  const joins = next.seq <= (next.epoch === after.epoch ? after.seq + 1 : 1);
  return !isOwn && !joins && !hasExpired(next.previousDeleteAfter, now);
}
