import { bars, lines } from '../../../bench/charts/svg';
import { findings } from '../../../bench/fanout/judge';
import { cpuPerThousand, perCpuSecond, perPublish, slope } from '../../../bench/fanout/numbers';
import { report } from '../../../bench/fanout/report';
import type { Cell } from '../../../bench/fanout/trial';

/** A backend that takes so many CPU milliseconds for 1,000 deliveries. */
function cell(contender: string, subscribers: number, cpu: number, changes: Partial<Cell> = {}): Cell {
  const delivered = 2 * subscribers;
  const times = { count: delivered, p50: 10, p99: 20, max: 30 };
  return {
    ...{ contender, subscribers, bytes: 200, callback: 20, publishes: 2, hangs: false },
    received: {
      ...{ expected: delivered, delivered, lost: 0, acknowledged: 2, lostAcknowledged: 0, duplicated: 0, reordered: 0 },
      ...{ frames: delivered, billed: delivered, latency: times, toLast: times },
    },
    usage: {
      cpu: { init: 0, warm: (cpu * delivered) / 1_000 },
      requests: { 'dynamodb Query': 2, 'dynamodb PutItem': 4, 'apigateway POST': delivered, invocations: 2 },
      units: { read: delivered / 100, write: 2 },
      sqs: 0,
    },
    ...changes,
  };
}

const missed = (cells: readonly Cell[]): string[] =>
  findings(cells).flatMap(({ what, holds }) => (holds ? [] : [what]));

test('CPU time is per delivery, and requests are per publish', () => {
  const one = cell('ours', 100, 50);
  expect([cpuPerThousand(one), perCpuSecond(one)]).toEqual([50, 20_000]);
  expect([perPublish(one, 'dynamodb'), perPublish(one, 'apigateway'), perPublish(one)]).toEqual([3, 100, 104]);
});

test('the slope of values is the exponent of their growth', () => {
  const growing = [100, 1_000, 10_000].map((many) => cell('ours', many, many / 10));
  expect(slope(growing, cpuPerThousand)).toBeCloseTo(1);
  expect(slope(growing, () => 7)).toBeCloseTo(0);
});

test('the requirements are five times the best competitor, no loss, and no growth', () => {
  const good = [100, 10_000].map((many) => cell('ours', many, 50));
  expect(missed([...good, cell('chat-app', 10_000, 300)])).toEqual([]);
  expect(missed([...good, cell('chat-app', 10_000, 300), cell('graphql', 10_000, 200)])).toEqual([
    "10000 subscribers: deliveries per CPU second, as a multiple of the best competitor's",
  ]);
  const growing = [cell('ours', 100, 50), cell('ours', 10_000, 70)];
  expect(missed(growing)).toEqual(['slope of CPU time per delivery, from 100 on']);
  const { received } = cell('ours', 10_000, 50);
  const lossy = cell('ours', 10_000, 50, { fault: 'gone', received: { ...received, lost: 1 } });
  expect(missed([...good, lossy])).toEqual(['10000 subscribers, 1 % gone: lost']);
  const latency = { count: 1, p50: 10, p99: 26, max: 26 };
  const slow = cell('ours', 10_000, 50, { fault: 'stuck', received: { ...received, latency } });
  expect(missed([...good, slow])).toEqual([
    '10000 subscribers, 1 % stuck: p99 of the others, as a multiple of p99 without',
  ]);
  // With few subscribers, the fixed work of a publish dominates.
  expect(missed([cell('ours', 100, 50), cell('chat-app', 100, 200)])).toEqual([]);
});

test('the report has a table for each message size and latency; charts escape names and format numbers', () => {
  const text = report([cell('ours', 10, 50), cell('ours', 10, 50, { bytes: 4_096 })], new Map([['ours', 'our own']]));
  expect(text.match(/Messages of/g)).toHaveLength(2);
  expect(text).toContain('| our own | 10 |');
  const points = [
    [10, 2_000],
    [1_000, 20_000],
  ] as const;
  expect(lines({ title: 'a < b', across: 'n', lines: [{ name: 'ours', points }] })).toContain('a &#60; b');
  expect(bars('CPU', 'ms', [{ name: 'ours', value: 1_234, kind: 0, remark: '1 % lost' }])).toContain('1,234 ms');
});
