// Pages of history, case by case: order across origins, limits of time and place, holes and losses.
import { DELETE_GRACE, epochAt } from '../../../../../lambda/core/log/epochs';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { DEFAULT_LIMIT, history } from '../../../../../lambda/core/subscribe/history';
import { encodeCursor, EPOCH_END, type HistoryRequest } from '../../../../../protocol';
import { HOUR, MemoryLogs } from '../../../../support/memory/memory';

const CHANNEL = 'chat:a';
const [EU, US] = ['eu-west-1', 'us-east-1'];
const T = Date.UTC(2026, 0, 1);
const [E1, E2] = [epochAt(T), epochAt(T + HOUR)];
const FAR = T + 1_000 * HOUR;
const NOW = T + HOUR;
const EXPIRED = { deleteAfter: NOW + DELETE_GRACE };
/** The predecessor has expired. */
const AFTER_EXPIRED = { previousDeleteAfter: NOW + DELETE_GRACE };

/** An entry of one message, whose predecessor has not expired. */
function entry(seq: number, more: Partial<Entry> = {}): Entry {
  const messages = [{ id: `m${seq}`, data: seq, enc: 'json' }];
  return { epoch: E1, seq, ts: T + seq, from: 'ada', messages, deleteAfter: FAR, previousDeleteAfter: FAR, ...more };
}

type Logs = Readonly<Record<string, readonly Entry[]>>;

/** The page as `<seq of EU>` or `us<seq>`, its verdict, and whether there is another page. */
async function page(logs: Logs, request: Partial<HistoryRequest> = {}, own = EU) {
  const store = new MemoryLogs();
  for (const [origin, entries] of Object.entries(logs)) {
    for (const one of entries) await store.append({ channel: CHANNEL, origin }, one);
  }
  const deps = { logs: store, origin: own, origins: Object.keys(logs) };
  const asked = { action: 'history', id: 1, channel: CHANNEL, ...request } as HistoryRequest;
  const { verdict, origins, messages, next } = await history(deps, asked, { now: NOW, retention: HOUR });
  return {
    seqs: messages.map(({ seq, origin }) => (origin === US ? `us${seq}` : String(seq))).join(' '),
    verdict: origins === undefined ? verdict : `${verdict} ${origins.join()}`,
    next,
  };
}

const cursor = (seq: number, epoch = E1, origin = EU): string => encodeCursor({ [origin]: { epoch, seq } });
const range = (from: number, to: number): Entry[] => Array.from({ length: to - from + 1 }, (_, i) => entry(from + i));

describe('order and limits', () => {
  test('given no limit, then a page has fifty messages, the newest first', async () => {
    const { seqs, next } = await page({ [EU]: range(1, DEFAULT_LIMIT + 1) });
    expect([seqs.split(' ').length, seqs.slice(0, 5), next]).toEqual([50, '51 50', cursor(2)]);
  });

  const logs: Logs = {
    [EU]: [entry(1, { ts: T + 10 }), entry(2, { ts: T + 30 })],
    [US]: [entry(1, { ts: T + 20 }), entry(2, { ts: T + 40 })],
  };

  test.each<[Partial<HistoryRequest>, string]>([
    [{}, 'us2 2 us1 1'],
    [{ direction: 'forwards' }, '1 us1 2 us2'],
    [{ direction: 'forwards', since: T + 20 }, 'us1 2 us2'],
    [{ direction: 'forwards', since: T + 20, until: T + 30 }, 'us1'],
    [{ since: T + 20 }, 'us2 2 us1'],
    [{ until: T + 30 }, 'us1 1'],
    [{ until: T + 31, since: T + 20 }, '2 us1'],
    [{ since: T + 99 }, ''],
    [{ until: T }, ''],
  ])('given two origins and the request %j, then the page is "%s", and the last', async (request, seqs) => {
    expect(await page(logs, request)).toEqual({ seqs, verdict: 'complete', next: undefined });
  });

  test.each(['backwards', 'forwards'] as const)('given pages of one message %s, then they join', async (direction) => {
    const all: string[] = [];
    for (let next: string | undefined = '1', i = 0; next !== undefined && i < 9; i++) {
      const one: Awaited<ReturnType<typeof page>> = await page(logs, {
        direction,
        limit: 1,
        page: next === '1' ? undefined : next,
      });
      all.push(one.seqs);
      ({ next } = one);
    }
    const expected = ['1', 'us1', '2', 'us2'];
    expect(all.filter((one) => one !== '')).toEqual(direction === 'forwards' ? expected : expected.reverse());
  });

  test('given an origin whose page is full, then messages of others beyond its end wait for the next page', async () => {
    const two = { [EU]: range(1, 5), [US]: [entry(1, { ts: T + 1 }), entry(2, { ts: T + 99 })] };
    expect((await page(two, { direction: 'forwards', limit: 2 })).seqs).toBe('1 us1');
    expect((await page(two, { direction: 'forwards', limit: 3 })).seqs).toBe('1 us1 2');
  });

  test('given an empty log, or a page at its beginning, then the page is empty and the last', async () => {
    expect(await page({ [EU]: [] })).toEqual({ seqs: '', verdict: 'complete', next: undefined });
    expect(await page({ [EU]: [entry(1)] }, { page: encodeCursor({ [EU]: { epoch: '', seq: 0 } }) })).toMatchObject({
      seqs: '',
    });
  });
});

describe('expired messages', () => {
  const log = { [EU]: [entry(1, EXPIRED), entry(2, EXPIRED), entry(3), entry(4)] };

  test.each(['backwards', 'forwards'] as const)(
    'given some, then a page %s has only live ones, and is the last',
    async (direction) => {
      const seqs = direction === 'forwards' ? '3 4' : '4 3';
      expect(await page(log, { direction })).toEqual({ seqs, verdict: 'complete', next: undefined });
    },
  );

  test.each<[string, Partial<HistoryRequest>, Logs, string]>([
    ['messages after the page before have expired', { page: cursor(1) }, log, `expired ${EU}`],
    ['the page before ended at the last that has expired', { page: cursor(2) }, log, 'complete'],
    ['messages after the page before are deleted', { page: cursor(2) }, { [EU]: [entry(4)] }, `expired ${EU}`],
    ['the next message follows the page before', { page: cursor(3) }, { [EU]: [entry(4)] }, 'complete'],
    ['the epoch of the page before is gone', { page: cursor(3) }, { [EU]: [entry(1, { epoch: E2 })] }, `expired ${EU}`],
    [
      'the epoch of the page before had ended',
      { page: cursor(EPOCH_END) },
      { [EU]: [entry(1, { epoch: E2 })] },
      'complete',
    ],
    [
      'it had ended, and messages are gone',
      { page: cursor(EPOCH_END) },
      { [EU]: [entry(2, { epoch: E2 })] },
      `expired ${EU}`,
    ],
    ['there was no log', { page: cursor(0, '') }, { [EU]: [entry(1)] }, 'complete'],
    ['there was no log, and messages are gone', { page: cursor(0, '') }, { [EU]: [entry(2)] }, `expired ${EU}`],
    ['messages before `since` are skipped', { page: cursor(1), since: T + 4 }, { [EU]: range(1, 4) }, 'complete'],
  ])('when %s, then a page forwards says so or not', async (_, request, logs, verdict) => {
    expect((await page(logs, { direction: 'forwards', ...request })).verdict).toBe(verdict);
  });
});

describe('holes of a replica', () => {
  const PENDING = `pending ${EU}`;

  test.each<[string, Partial<HistoryRequest>, readonly Entry[], string, string]>([
    ['a hole', {}, [entry(1), entry(3), entry(4)], '4 3', PENDING],
    ['messages that are gone', {}, [entry(1), entry(3, AFTER_EXPIRED)], '3 1', 'complete'],
    ['a hole at the beginning of the log', {}, [entry(2), entry(3)], '3 2', PENDING],
    ['a hole below the page', { limit: 1 }, [entry(1), entry(3)], '3', 'complete'],
    ['a hole right before the place', { page: cursor(4) }, [entry(1), entry(2), entry(4)], '', PENDING],
    [
      'messages that are gone right before the place',
      { page: cursor(4) },
      [entry(1), entry(4, AFTER_EXPIRED)],
      '1',
      'complete',
    ],
    ['a place that is not here', { page: cursor(9) }, [entry(1), entry(2)], '', PENDING],
    ['a place after the last message', { page: cursor(3) }, [entry(1), entry(2)], '2 1', 'complete'],
    ['a place that is not here, after expired messages', { page: cursor(9) }, [entry(2, EXPIRED)], '', 'complete'],
    ['a place whose log is not here', { page: cursor(9) }, [], '', 'complete'],
    ['a place of a younger epoch whose log is not here', { page: cursor(9, E2) }, [entry(1)], '', PENDING],
    ['the end of an epoch', { page: cursor(EPOCH_END) }, [entry(1), entry(2)], '2 1', 'complete'],
    ['a hole right before `until`', { until: T + 3 }, [entry(1), entry(3)], '', PENDING],
    ['no hole before `until`', { until: T + 3 }, [entry(1), entry(2), entry(4)], '', PENDING],
    ['`until` after the last message', { until: T + 9 }, [entry(1), entry(2)], '2 1', 'complete'],
  ])('given %s, then a page backwards ends before it', async (_, request, log, seqs, verdict) => {
    expect(await page({ [EU]: log }, request, US)).toMatchObject({ seqs, verdict });
  });

  test.each<[string, Partial<HistoryRequest>, readonly Entry[], string, string]>([
    ['a hole', {}, [entry(1), entry(2), entry(4)], '1 2', PENDING],
    ['messages that are gone', {}, [entry(1), entry(3, AFTER_EXPIRED)], '1 3', 'complete'],
    ['a hole beyond the page', { limit: 1 }, [entry(1), entry(2), entry(4)], '1', 'complete'],
    ['a hole right after the page before', { page: cursor(2) }, [entry(1), entry(2), entry(4)], '', PENDING],
    ['a hole after `until`', { until: T + 2 }, [entry(1), entry(2), entry(4)], '1', 'complete'],
  ])('given %s, then a page forwards ends before it', async (_, request, log, seqs, verdict) => {
    expect(await page({ [EU]: log }, { direction: 'forwards', ...request }, US)).toMatchObject({ seqs, verdict });
  });

  test("given the same in the log's own region, then nothing is missing", async () => {
    const log = { [EU]: [entry(1), entry(3), entry(4)] };
    expect(await page(log)).toEqual({ seqs: '4 3 1', verdict: 'complete', next: undefined });
    expect(await page(log, { until: T + 3 })).toMatchObject({ seqs: '1', verdict: 'complete' });
    expect(await page(log, { page: cursor(9) })).toMatchObject({ seqs: '4 3 1', verdict: 'complete' });
  });
});
