import { type Quantiles, quantilesOf } from '../../load/measures/quantiles';
import { table } from '../support/table';
import type { Cell, Latencies } from './measure';
import { balanced, type FunctionUse, ONE_VCPU, type Sized, sized, SIZES, undisturbed } from './memory';
import { byStage, type Journey, type Stages } from './stages';

type Total = readonly [name: string, of: (journey: Journey) => number];

const ACKNOWLEDGED: Total = ['**publish to acknowledgement**', ({ acknowledged }) => acknowledged];
const FIRST: Total = ['publish to the first subscriber', ({ first }) => first];
const LAST: Total = ['**publish to the last subscriber**', ({ last }) => last];

interface StageTable {
  readonly title: string;
  readonly cells: readonly Cell[];
  readonly stagesOf: (journey: Journey) => Stages;
  readonly totals: readonly Total[];
}

/** Median and 99th percentile of each stage and of the totals, with a column for each number of subscribers. */
function stageTable({ title, cells, stagesOf, totals }: StageTable): readonly string[] {
  if (cells.length === 0) return [];
  const columns = cells.map(({ journeys }) => byStage(journeys.map(stagesOf)));
  const names = new Set(columns.flatMap((column) => [...column.keys()]));
  const text = (took: readonly number[] | undefined): string => {
    const quantiles = quantilesOf(took ?? []);
    return quantiles === undefined ? '-' : `${quantiles.p50.toFixed(1)} / ${quantiles.p99.toFixed(1)}`;
  };
  const rows = [
    ...[...names].map((name) => [name, ...columns.map((column) => text(column.get(name)))]),
    ...totals.map(([name, of]) => [name, ...cells.map(({ journeys }) => text(journeys.map(of)))]),
  ];
  const head = ['stage', ...cells.map(({ subscribers }) => `to ${subscribers.toLocaleString('en')}`)];
  return [`${title}, milliseconds, p50 / p99:\n\n${table(head, rows)}`];
}

function stageTables(cells: readonly Cell[]): readonly string[] {
  const isHanded = ({ journeys }: Cell): boolean => journeys.some(({ toLast }) => toLast.size > 0);
  const own = cells.filter((cell) => !isHanded(cell));
  const handed = cells.filter(isHanded);
  return [
    ...stageTable({
      title: "The publisher's function posts",
      cells: own,
      stagesOf: ({ toAck }) => toAck,
      totals: [ACKNOWLEDGED, FIRST, LAST],
    }),
    ...stageTable({
      title: 'Workers post, until the acknowledgement',
      cells: handed,
      stagesOf: ({ toAck }) => toAck,
      totals: [ACKNOWLEDGED],
    }),
    ...stageTable({
      title: 'Workers post, until the last subscriber has the message',
      cells: handed,
      stagesOf: ({ toLast }) => toLast,
      totals: [FIRST, LAST],
    }),
  ];
}

/** Functions by number of subscribers. */
function usesOf({ cells, connect }: Latencies): readonly (FunctionUse & { readonly subscribers: number })[] {
  return [
    { ...connect, subscribers: 0 },
    ...cells.flatMap(({ subscribers, functions }) => functions.map((use) => ({ ...use, subscribers }))),
  ];
}

function cpuTable(latencies: Latencies): string {
  const rows = usesOf(latencies).map(({ name, subscribers, invocations, duration, cpu, emulated }) => [
    name,
    subscribers === 0 ? '' : subscribers.toLocaleString('en'),
    String(invocations),
    ...[duration, cpu, Math.max(0, duration - cpu), emulated].map((ms) => ms.toFixed(1)),
    `${((100 * Math.min(cpu, duration)) / duration).toFixed(0)} %`,
  ]);
  const head = [
    'function',
    'subscribers',
    'invocations',
    'ms each',
    'CPU ms',
    'waiting ms',
    'emulated ms',
    'CPU share',
  ];
  return `Averages of warm functions:\n\n${table(head, rows)}`;
}

function memoryTable(latencies: Latencies): string {
  const rows = usesOf(latencies).flatMap((use) =>
    (
      [
        ['measured', use],
        ['emulated', undisturbed(use)],
      ] as const
    ).map(([waits, as]) => {
      const points = SIZES.map((memory) => {
        const { duration, dollars } = sized(as, memory);
        const text = `${duration.toFixed(0)} / ${dollars.toFixed(2)}`;
        return memory === use.memory ? `**${text}**` : text;
      });
      const subscribers = use.subscribers === 0 ? '' : use.subscribers.toLocaleString('en');
      return [use.name, subscribers, waits, ...points, String(balanced(as))];
    }),
  );
  const sizes = SIZES.map((memory) => `${memory.toLocaleString('en')} MB`);
  const head = ['function', 'subscribers', 'waiting', ...sizes, 'smallest product'];
  const title = `Milliseconds / dollars per million invocations, by memory (${ONE_VCPU.toLocaleString('en')} MB are one vCPU); deployed sizes in bold:`;
  return `${title}\n\n${table(head, rows)}`;
}

export function report(latencies: Latencies): string {
  return [...stageTables(latencies.cells), cpuTable(latencies), memoryTable(latencies)].join('\n\n');
}

type Took = Readonly<Record<string, Quantiles | undefined>>;

/** The results for programs: quantiles of stages, and functions with their estimates by memory size. */
export interface Summary {
  readonly cells: readonly {
    readonly subscribers: number;
    readonly lost: number;
    readonly publishes: number;
    /** By stage, in order. */
    readonly toAck: Took;
    /** Empty where the publisher's function posts. */
    readonly toLast: Took;
    readonly acknowledged: Quantiles | undefined;
    readonly first: Quantiles | undefined;
    readonly last: Quantiles | undefined;
  }[];
  readonly functions: readonly (FunctionUse & {
    readonly subscribers: number;
    readonly measured: Curve;
    readonly undisturbed: Curve;
  })[];
}

interface Curve {
  readonly best: number;
  readonly sizes: readonly Sized[];
}

export function summary(latencies: Latencies): Summary {
  const stages = (ways: readonly Stages[]): Took =>
    Object.fromEntries([...byStage(ways)].map(([stage, took]) => [stage, quantilesOf(took)]));
  const curve = (use: FunctionUse): Curve => ({
    best: balanced(use),
    sizes: SIZES.map((memory) => sized(use, memory)),
  });
  return {
    cells: latencies.cells.map(({ subscribers, lost, journeys }) => ({
      subscribers,
      lost,
      publishes: journeys.length,
      toAck: stages(journeys.map(({ toAck }) => toAck)),
      toLast: stages(journeys.map(({ toLast }) => toLast)),
      acknowledged: quantilesOf(journeys.map(({ acknowledged }) => acknowledged)),
      first: quantilesOf(journeys.map(({ first }) => first)),
      last: quantilesOf(journeys.map(({ last }) => last)),
    })),
    functions: usesOf(latencies).map((use) => ({
      ...use,
      measured: curve(use),
      undisturbed: curve(undisturbed(use)),
    })),
  };
}
