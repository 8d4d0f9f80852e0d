// The checks of bench:append: every fault of a log is made by hand here, and must be found.
import type { Row } from '../../../bench/append/cells';
import { unmetRequirements } from '../../../bench/append/judge';
import { oneWriter } from '../../../bench/append/queue';
import type { Deaths } from '../../../bench/append/single';
import { type Findings, type StoredEntry, verify } from '../../../bench/append/verify';

const CHANNEL = 'bench:a';
const entry = (seq: number, ...ids: string[]): StoredEntry => ({ channel: CHANNEL, seq, ids });
const NONE: Findings = { lost: 0, duplicated: 0, misplaced: 0, holes: 0, disordered: 0, refusedButStored: 0 };

describe('verify', () => {
  const log = [entry(1, 'a'), entry(2, 'b', 'c'), entry(4, 'd')];

  test('when every acknowledged message is at its place, then there are no findings, even with unacknowledged ones', () => {
    expect(verify(log, [entry(1, 'a'), entry(2, 'b', 'c')], ['e'])).toEqual(NONE);
  });

  test('given two channels, then their logs are compared separately', () => {
    expect(verify([...log, { channel: 'bench:b', seq: 1, ids: ['x'] }], log)).toEqual(NONE);
    expect(verify(log, [{ channel: 'bench:b', seq: 1, ids: ['a'] }])).toEqual({ ...NONE, misplaced: 1 });
  });

  test.each<[string, readonly StoredEntry[], readonly StoredEntry[], Partial<Findings>]>([
    ['an acknowledged message is missing', [entry(1, 'a')], [entry(2, 'b')], { lost: 1 }],
    ['a message of a batch is missing', [entry(1, 'a')], [entry(1, 'a', 'b')], { lost: 1 }],
    ['a message is stored twice', [...log, entry(5, 'a')], [], { duplicated: 1 }],
    ['a message is at another place', log, [entry(3, 'b')], { misplaced: 1 }],
    ['a place is empty', [entry(1, 'a'), entry(4, 'b')], [], { holes: 2 }],
    ['the first place is empty', [entry(2, 'a')], [], { holes: 1 }],
    ['two messages have one place', [entry(1, 'a', 'b'), entry(2, 'c')], [], { disordered: 1 }],
    ['an entry comes too late', [entry(1, 'a'), entry(3, 'b'), entry(2, 'c')], [], { holes: 1, disordered: 1 }],
  ])('when %s, then it is counted', (_, entries, acknowledged, found) => {
    expect(verify(entries, acknowledged)).toEqual({ ...NONE, ...found });
  });

  test('when a refused message is stored, then it is counted', () => {
    expect(verify(log, [], ['a', 'x'])).toEqual({ ...NONE, refusedButStored: 1 });
  });
});

describe('unmetRequirements', () => {
  const row = (strategy: string, more: Partial<Row> = {}): Row => ({
    group: 'many-own',
    strategy,
    writers: 64,
    messages: 1,
    publishes: 100,
    publishesPerSecond: 100,
    messagesPerSecond: 100,
    refused: 0,
    p50: 5,
    p99: 9,
    requests: 2,
    requestMs: 10,
    writes: 2,
    reads: 0,
    conflicts: 0,
    conflictWrites: 0,
    findings: NONE,
    ...more,
  });
  const rows = (mine: Partial<Row>, counter: Partial<Row> = {}): Row[] => [
    row('ours', { requests: 1, writes: 1, ...mine }),
    row('counter+put', counter),
  ];
  const death = (strategy: string, more: Partial<Findings>, deaths = 10): Deaths => ({
    strategy,
    publishes: 200,
    deaths,
    findings: { ...NONE, ...more },
  });

  test('when all requirements are met, then there are none', () => {
    const deaths = [death('ours', {}), death('counter+put', { holes: 10 })];
    expect(unmetRequirements({ rows: rows({}), modelled: [], deaths })).toEqual([]);
  });

  test.each<[string, Row[], Deaths[]]>([
    ['many-own: ours takes 1.20 write units a publish, not 1', rows({ writes: 1.2 }), []],
    ['many-own: ours takes 1.10 write units a publish, not 1', rows({ conflictWrites: 0.1 }), []],
    ['many-own: ours takes 2.10 requests a publish, counter+put 2.00', rows({ requests: 2.1 }), []],
    ['many-own, ours, 64 writers: nothing was acknowledged', rows({ publishes: 0 }), []],
    ['many-own, ours, 64 writers: 2 lost', rows({ findings: { ...NONE, lost: 2 } }), []],
    ['many-own, counter+put, 64 writers: 1 holes', rows({}, { findings: { ...NONE, holes: 1 } }), []],
    ['many-own: not measured', [], []],
    ['ours, after 10 deaths: 1 holes', rows({}), [death('ours', { holes: 1 })]],
    ['counter+put, after 10 deaths: 1 lost', rows({}), [death('counter+put', { holes: 10, lost: 1 })]],
    [
      'ours: no function was stopped in the middle of an append, so its effect on the log was not tested',
      rows({}),
      [death('ours', {}, 0)],
    ],
  ])('reports: %s', (text, measured, deaths) => {
    expect(unmetRequirements({ rows: measured, modelled: [], deaths })).toEqual([text]);
  });
});

describe('oneWriter', () => {
  const message = (id: string): { id: string; data: string } => ({ id, data: '' });

  test('given several waiting publishes, then they are written in order, in batches, one write at a time', async () => {
    const written: string[][] = [];
    let [writing, next] = [0, 1];
    const write = oneWriter(async (_, messages) => {
      expect(++writing).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      writing -= 1;
      written.push(messages.map(({ id }) => id));
      next += messages.length;
      return next - messages.length;
    }, 3);
    const first = ['a', 'b', 'c', 'd'].map((id) => write(CHANNEL, [message(id)]));
    const many = write(CHANNEL, [message('e'), message('f')]);
    expect(await Promise.all([...first, many])).toEqual([1, 2, 3, 4, 5]);
    expect(written).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ]);
    expect(await write(CHANNEL, [message('g')])).toBe(7);
  });

  test('when a write fails, then its publishes fail, and later ones succeed', async () => {
    let calls = 0;
    const write = oneWriter(async () => {
      if (++calls === 1) throw new Error('no');
      return Promise.resolve(1);
    }, 1);
    const settled = await Promise.allSettled([write(CHANNEL, [message('a')]), write(CHANNEL, [message('b')])]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
