// The charts of the results of bench:latency.
import type { Summary } from '../latency/report';
import { lines, type Part, stacks } from './svg';

/** Kinds of stages by their names. The first is the function's own work, and the network to it and from it. */
const KINDS: readonly (readonly [kind: string, names: RegExp])[] = [
  ['functions and network', /^/],
  ['DynamoDB', /\(DynamoDB\)/],
  ['SQS and its pollers', /\(SQS\)|queue to /],
  ['posts', /^posts/],
];

/** Stages of a publish until its last subscriber, and duration by price for different memory sizes of the functions. */
export function latencyCharts({ cells, functions }: Summary): ReadonlyMap<string, string> {
  return new Map([
    [
      'latency-stages.svg',
      stacks({
        title: 'From publish to the last subscriber, medians of stages',
        unit: 'ms',
        kinds: KINDS.map(([kind]) => kind),
        stacks: cells.map((cell) => {
          const isHanded = Object.keys(cell.toLast).length > 0;
          const subscribers = cell.subscribers.toLocaleString('en');
          return {
            name: `to ${subscribers}, ${isHanded ? 'by workers' : 'by the publisher’s function'}`,
            parts: isHanded ? partsOf(cell.toLast) : untilPosts(partsOf(cell.toAck)),
          };
        }),
      }),
    ],
    [
      'memory.svg',
      lines({
        title: `Milliseconds by dollars per million invocations, ${sizesOf(functions[0])}`,
        across: 'dollars per million invocations',
        lines: functions.map(({ name, subscribers, measured }) => ({
          name: subscribers === 0 ? name : `${name}, to ${subscribers.toLocaleString('en')}`,
          points: measured.sizes.map(({ dollars, duration }) => [dollars, duration] as const),
        })),
      }),
    ],
  ]);
}

function partsOf(stages: Summary['cells'][number]['toAck']): readonly Part[] {
  return Object.entries(stages).map(([name, took]) => ({
    name,
    value: took?.p50 ?? 0,
    kind: KINDS.findLastIndex(([, names]) => names.test(name)),
  }));
}

/** Without the stages after the posts, for which the last subscriber does not wait. */
function untilPosts(parts: readonly Part[]): readonly Part[] {
  return parts.slice(0, 1 + parts.findIndex(({ name }) => name.startsWith('posts')));
}

function sizesOf(one: Summary['functions'][number] | undefined): string {
  const sizes = one?.measured.sizes.map(({ memory }) => memory.toLocaleString('en')) ?? [];
  return `with ${sizes.join(', ')} MB`;
}
