// Measures of a recording that is small enough to count by hand.
import { Recording } from '../../../load/clients/recording';
import type { HistoryEvent } from '../../../load/checker';
import { measure, type Measures, quantilesOf, withoutService } from '../../../load/measures';
import { lineChart } from '../../../load/report/charts';
import { page, table } from '../../../load/report/page';

const [A, B] = ['eu-west-1', 'us-east-1'] as const;
const CHANNEL = 'chat:room';
const place = (seq: number) => ({ channel: CHANNEL, origin: A, epoch: 'e', seq, from: 'ada' });
const stored = (t: number, seq: number): HistoryEvent => ({
  ...{ type: 'stored', t, ...place(seq), ids: [`m${seq}`], expires: 1e12 },
});
const delivered = (t: number, subscriber: string, seq: number): HistoryEvent => ({
  ...{ type: 'delivered', t, subscriber, ...place(seq), id: `m${seq}` },
});
const acknowledged = (t: number, seq: number): readonly HistoryEvent[] => [
  { type: 'publish-begun', t: t - 50, channel: CHANNEL, from: 'ada', ids: [`m${seq}`] },
  { type: 'publish-acknowledged', t, channel: CHANNEL, origin: A, ids: [`m${seq}`], epoch: 'e', seqs: [seq] },
];

/** Ada publishes two messages in region A. Grace, near B, loses her connection before the second message, and receives it in A. */
function recorded(more: readonly HistoryEvent[] = []): Recording {
  const recording = new Recording(() => 0);
  for (const subscriber of ['ada', 'grace']) {
    recording.history.push(
      { type: 'online', t: 0, subscriber },
      { type: 'subscribed', t: 10, subscriber, channel: CHANNEL, cursor: {} },
    );
  }
  recording.served.push({ t: 0, client: 'ada', region: A }, { t: 0, client: 'grace', region: B });
  recording.history.push(
    ...[...acknowledged(1_050, 1), stored(1_020, 1), delivered(1_060, 'ada', 1), delivered(1_220, 'grace', 1)],
    { type: 'offline', t: 2_000, subscriber: 'grace' },
    ...[...acknowledged(2_150, 2), stored(2_120, 2), delivered(2_160, 'ada', 2)],
    { type: 'online', t: 4_000, subscriber: 'grace' },
    delivered(5_120, 'grace', 2),
    ...more,
    { type: 'settled', t: 9_000 },
  );
  recording.served.push({ t: 4_000, client: 'grace', region: A });
  recording.verdicts.push(
    { t: 4_500, client: 'grace', channel: CHANNEL, verdict: 'pending' },
    { t: 5_100, client: 'grace', channel: CHANNEL, verdict: 'complete' },
  );
  recording.publishes.push({ t: 1_000, client: 'ada', took: 50 }, { t: 2_100, client: 'ada', took: 90 });
  return recording;
}

const HOMES = new Map([
  ['ada', A],
  ['grace', B],
]);
const measured = (recording = recorded()): Measures => measure(recording, HOMES);
const of = (name: string, measures = measured()) => measures.clients.find(({ client }) => client === name);

test('publishes, acknowledgements and deliveries are counted, and there are no problems', () => {
  const { published, acknowledged: acks, delivered: deliveries, problems, failed, gaps } = measured();
  expect([published, acks, deliveries, gaps]).toEqual([2, 2, 4, 0]);
  expect(Object.values(problems).every((count) => count === 0)).toBe(true);
  expect(failed).toEqual({});
});

test('a resume lasts from the loss of the connection to the next verdict, and pending until the next verdict that is not', () => {
  const { resumedIn, pendingFor, acknowledgedIn } = measured();
  expect(resumedIn).toEqual({ count: 1, p50: 2_500, p99: 2_500, max: 2_500 });
  expect(pendingFor).toMatchObject({ count: 1, max: 600 });
  expect(acknowledgedIn).toMatchObject({ count: 2, p50: 50, max: 90 });
});

test('given two channels, then a resume lasts until both have a verdict, and clients without one are counted', () => {
  const recording = recorded([
    { type: 'subscribed', t: 20, subscriber: 'grace', channel: 'chat:other', cursor: {} },
    { type: 'offline', t: 6_000, subscriber: 'ada' },
  ]);
  expect(measured(recording)).toMatchObject({ neverResumed: 2 });
  expect(measured(recording).resumedIn).toBeUndefined();
  recording.verdicts.push({ t: 8_000, client: 'grace', channel: 'chat:other', verdict: 'complete' });
  expect(measured(recording)).toMatchObject({ neverResumed: 1, resumedIn: { count: 1, max: 6_000 } });
});

test('given the loss of a region, then its clients are without service from the loss on, not from when they notice it', () => {
  const recording = recorded();
  expect(withoutService(recording, B, 1_500)).toEqual({
    in: { count: 1, p50: 3_000, p99: 3_000, max: 3_000 },
    never: 0,
  });
  expect(withoutService(recording, A, 1_500)).toEqual({ never: 1 });
});

test('delivery times are grouped by the region of origin and the serving region', () => {
  expect(measured().deliveredIn).toEqual([
    { from: A, to: A, in: { count: 3, p50: 40, p99: 3_000, max: 3_000 } },
    { from: A, to: B, in: { count: 1, p50: 200, p99: 200, max: 200 } },
  ]);
});

test('each client has its own measures', () => {
  expect(of('grace')).toMatchObject({ home: B, published: 0, delivered: 2, resumedIn: 2_500, pendingFor: 600 });
  expect(of('grace')?.regions).toEqual([B, A]);
  expect(of('ada')).toMatchObject({ published: 2, acknowledged: 2, delivered: 2, resumedIn: 0, lost: 0 });
});

test('each second has its own measures', () => {
  const { seconds } = measured();
  expect(seconds).toHaveLength(10);
  expect(seconds[1]).toMatchObject({ acknowledged: 1, delivered: 2, p50: 40, p99: 200, connected: { [A]: 1, [B]: 1 } });
  expect(seconds[3]).toEqual({ at: 3, acknowledged: 0, delivered: 0, connected: { [A]: 1 } });
  expect(seconds[4]?.connected).toEqual({ [A]: 2 });
});

test('problems are counted in total, and for each client', () => {
  const twice = measured(recorded([delivered(6_000, 'grace', 2)]));
  expect(twice.problems.duplicate).toBe(1);
  expect(of('grace', twice)?.duplicated).toBe(1);
  expect(twice.examples[0]).toContain('duplicate');
  const silent = measured(recorded([...acknowledged(6_000, 3), stored(5_990, 3), delivered(6_010, 'ada', 3)]));
  expect(silent.problems.lost).toBe(1);
  expect([of('grace', silent)?.lost, of('ada', silent)?.lost]).toEqual([1, 0]);
});

test('quantiles are nearest-rank quantiles', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(quantilesOf(values)).toEqual({ count: 100, p50: 50, p99: 99, max: 100 });
  expect(quantilesOf([])).toBeUndefined();
});

describe('report', () => {
  test('texts are escaped', () => {
    expect(table(['<b>'], [['&', 1_234]])).toContain('<td>&#38;</td><td>1,234</td>');
    expect(page('<script>', '')).not.toContain('<script>');
  });

  test('charts scale to their values', () => {
    const chart = lineChart({
      ...{ title: 'T', unit: 'u', marks: [{ x: 5, name: 'lost' }] },
      lines: [{ name: 'one', color: '#000', points: [[0, 0] as const, [10, 400] as const] }],
    });
    expect(chart).toContain('M64.0 210.0L888.0 34.0');
    expect(chart).toContain('>lost</text>');
    const logarithmic = lineChart({
      ...{ title: 'T', unit: 'u', logarithmic: true },
      lines: [{ name: 'one', color: '#000', points: [[0, 1] as const, [10, 1_000] as const] }],
    });
    expect(logarithmic).toContain('>1,000</text>');
    expect(logarithmic).toContain('M64.0 210.0L888.0 34.0');
  });
});
