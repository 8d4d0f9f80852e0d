// Opens an epoch on behalf of an operator, after a restore: docs/decisions/0022.
import { RealtimeError } from '../../../protocol';
import { newHeader, openingOf, retentionOf, UNKNOWN_PREVIOUS } from './epochs';
import type { Entry, LogHeader, LogKey, LogStore, OperatedLogStore } from './log-store';

/** Conditional writes before it gives up: only writers that run, against the runbook, make one fail. */
const MAX_ATTEMPTS = 20;
/** The retention of a log of which nothing is left to tell it. Milliseconds. */
const UNKNOWN_RETENTION = 86_400_000;

/**
 * Opens a new epoch in a log, so that every position in an older one is told `reset`. Stored entries stay.
 *
 * The header is replaced first: a crash in between leaves writers in the old epoch, as if this had not been called.
 *
 * @param now milliseconds since 1970
 * @throws RealtimeError append_contended when writers keep writing to the log
 */
export async function openNewEpoch(logs: OperatedLogStore, key: LogKey, now: number): Promise<void> {
  await replaceHeader(logs, key, now);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const newest = await logs.newest(key);
    if (newest === undefined || newest.isClosed === true) return;
    await logs.close(key, newest);
  }
  throw new RealtimeError('append_contended', 'The log is being written to: stop its writers, then try again.');
}

async function replaceHeader(logs: LogStore, key: LogKey, now: number): Promise<void> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const [seen, newest] = await Promise.all([logs.header(key), logs.newest(key)]);
    const header = headerAfter({ seen, newest, now });
    const { epoch } = await logs.openEpoch(key, header, seen?.epoch);
    if (epoch === header.epoch) return;
  }
  throw new RealtimeError('append_contended', 'Writers keep opening epochs: stop them, then try again.');
}

/** The header of an epoch that is later than all others of the log. */
function headerAfter({
  seen,
  newest,
  now,
}: {
  readonly seen: LogHeader | undefined;
  readonly newest: Entry | undefined;
  readonly now: number;
}): LogHeader {
  const openings = [seen?.epoch, newest?.epoch].flatMap((epoch) => (epoch === undefined ? [] : [openingOf(epoch) + 1]));
  const retention = seen === undefined ? UNKNOWN_RETENTION : retentionOf(seen);
  return newHeader(Math.max(now, ...openings), retention, UNKNOWN_PREVIOUS);
}
