// Verdicts on another region's log, whose replica here lags.
import { DELETE_GRACE, epochAt } from '../../../../../lambda/core/log/epochs';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { resume } from '../../../../../lambda/core/subscribe/resume';
import { HOUR, MemoryLogs } from '../../../../support/memory/memory';

const key = { channel: 'chat:a', origin: 'us-east-1' };
const MINUTE = 60_000;
const opened = Date.UTC(2026, 0, 1);
const epoch = epochAt(opened);

function entry(seq: number, ts: number): Entry {
  return {
    epoch,
    seq,
    ts,
    from: 'ada',
    messages: [{ id: `m${seq}`, data: seq, enc: 'json' }],
    deleteAfter: ts + MINUTE + DELETE_GRACE,
    previousDeleteAfter: ts - 1_000 + MINUTE + DELETE_GRACE,
  };
}

test('given an entry that replicates between two reads of a resume, then the verdict is pending', async () => {
  // The epoch is so old that its first entries may have been deleted.
  const now = opened + 3 * HOUR;
  const logs = new MemoryLogs();
  logs.headers.set('chat:a#us-east-1', { epoch, ts: opened, deleteAfter: now + 30 * 24 * HOUR });
  logs.entries.set('chat:a#us-east-1', [entry(38, now - 2_000)]);
  const newest = logs.newest.bind(logs);
  logs.newest = (log) => {
    logs.entries.get('chat:a#us-east-1')?.push(entry(41, now - 1_000));
    return newest(log);
  };

  const answer = await resume(logs, {
    key,
    position: { epoch, seq: 41 },
    limit: 100,
    bytes: 10_000,
    now,
    retention: MINUTE,
    isOwn: false,
  });

  expect(answer).toEqual({ verdict: 'pending', messages: [], position: { epoch, seq: 41 }, more: false });
});
