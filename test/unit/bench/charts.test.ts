// Charts of the results of benches.
import { costCharts } from '../../../bench/charts/cost';
import { latencyCharts } from '../../../bench/charts/latency';
import { stacks } from '../../../bench/charts/svg';
import type { Costs } from '../../../bench/cost/report';
import type { Summary } from '../../../bench/latency/report';

const took = (p50: number) => ({ count: 1, p50, p99: 2 * p50, max: 2 * p50 });
const widths = (svg: string): number[] =>
  [...svg.matchAll(/width="([\d.]+)" height="26"/g)].map(([, width]) => Number(width));

test('the segments of a stacked bar are as wide as their values, and the longest bar fills the chart', () => {
  const part = (name: string, value: number, kind: number) => ({ name, value, kind });
  const svg = stacks({
    ...{ title: 'a < b', unit: 'ms', kinds: ['one', 'two'] },
    stacks: [
      { name: 'long', parts: [part('first', 30, 0), part('second', 70, 1)] },
      { name: 'short', parts: [part('only', 25, 0)] },
    ],
  });
  expect(widths(svg)).toEqual([150, 350, 125]);
  expect(svg).toContain('<title>second: 70.0 ms</title>');
  expect(svg).toContain('a &#60; b');
  expect(svg).toContain('>100 ms</text>');
});

test('the stages of a publish are drawn until its last subscriber has the message', () => {
  const rest = { lost: 0, publishes: 1, acknowledged: took(1), first: took(1), last: took(1) };
  const append = { 'append (DynamoDB)': took(5) };
  const curve = {
    best: 512,
    sizes: [
      { memory: 256, duration: 40, dollars: 0.4 },
      { memory: 512, duration: 20, dollars: 0.5 },
    ],
  };
  const summary: Summary = {
    cells: [
      { subscribers: 1, toAck: { ...append, posts: took(20), reply: took(7) }, toLast: {}, ...rest },
      {
        subscribers: 1_000,
        toAck: { ...append, reply: took(7) },
        toLast: { ...append, 'queue to worker': took(10), 'posts, until the last has it': took(35) },
        ...rest,
      },
    ],
    functions: [
      {
        ...{ name: 'connect', subscribers: 0, memory: 512, invocations: 1, cpu: 1, duration: 20, emulated: 5 },
        ...{ measured: curve, undisturbed: curve },
      },
    ],
  };
  const charts = latencyCharts(summary);
  const stages = charts.get('latency-stages.svg') ?? '';
  expect(stages).toContain('>25 ms</text>');
  expect(stages).toContain('>50 ms</text>');
  expect(stages).not.toContain('reply');
  // Colors tell DynamoDB, the queue and posts from each other.
  const colors = [...stages.matchAll(/fill="(#\w+)" stroke/g)].map(([, color]) => color);
  expect(colors).toHaveLength(5);
  expect(new Set(colors).size).toBe(3);
  expect(charts.get('memory.svg')).toContain('with 256, 512 MB');
});

test('the own cost has a line for each number of regions', () => {
  const publish = (regions: number, subscribers: number, ownShare: number) => ({ regions, subscribers, ownShare });
  const publishes = [publish(1, 1, 0.5), publish(1, 100, 0.03), publish(2, 1, 1), publish(2, 100, 0.06)];
  const svg = costCharts({ operations: [], publishes } as unknown as Costs).get('cost-own-share.svg') ?? '';
  expect(svg.match(/<circle/g)).toHaveLength(4);
  expect(svg).toContain('one region');
  expect(svg).toContain('2 regions');
});
