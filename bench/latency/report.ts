import { quantilesOf } from '../../load/measures/quantiles';
import { table } from '../fanout/report';
import type { Cell, Latencies } from './measure';
import { balanced, type FunctionUse, ONE_VCPU, sized, SIZES, undisturbed } from './memory';
import { byStage, type Stages } from './stages';

/** The table of the median and the 99th percentile of each stage, and of all together. */
function stageTable(
  title: string,
  ways: readonly Stages[],
  totals: readonly (readonly [string, readonly number[]])[],
): string {
  const row = ([name, took]: readonly [string, readonly number[]]): readonly string[] => {
    const quantiles = quantilesOf(took);
    return [name, quantiles?.p50.toFixed(1) ?? '-', quantiles?.p99.toFixed(1) ?? '-'];
  };
  return `${title}\n\n${table(['stage', 'p50 ms', 'p99 ms'], [...byStage(ways), ...totals].map(row))}`;
}

function cellReport({ subscribers, journeys }: Cell): string {
  const totals = [
    ['**publish to acknowledgement**', journeys.map(({ acknowledged }) => acknowledged)],
    ['publish to the first subscriber', journeys.map(({ first }) => first)],
    ['publish to the last subscriber', journeys.map(({ last }) => last)],
  ] as const;
  const many = subscribers.toLocaleString('en');
  const [ack, ...others] = totals;
  const handed = journeys.filter(({ toLast }) => toLast.size > 0);
  if (handed.length === 0)
    return stageTable(
      `To ${many}, by the publisher's function:`,
      journeys.map(({ toAck }) => toAck),
      totals,
    );
  return [
    stageTable(
      `To ${many}, by workers, until the acknowledgement:`,
      journeys.map(({ toAck }) => toAck),
      [ack],
    ),
    stageTable(
      `To ${many}, by workers, until the last subscriber has it:`,
      handed.map(({ toLast }) => toLast),
      others,
    ),
  ].join('\n\n');
}

/** Functions, each where it had most to do. */
function usesOf({ cells, connect }: Latencies): readonly (FunctionUse & { readonly subscribers: number })[] {
  return [
    { ...connect, subscribers: 0 },
    ...cells.flatMap(({ subscribers, functions }) => functions.map((use) => ({ ...use, subscribers }))),
  ];
}

function cpuTable(latencies: Latencies): string {
  const rows = usesOf(latencies).map(({ name, subscribers, invocations, duration, cpu, emulated }) => [
    ...[name, subscribers === 0 ? '' : subscribers.toLocaleString('en'), String(invocations)],
    ...[duration, cpu, Math.max(0, duration - cpu), emulated].map((ms) => ms.toFixed(1)),
    `${((100 * Math.min(cpu, duration)) / duration).toFixed(0)} %`,
  ]);
  const head = [
    'function',
    'subscribers',
    'invocations',
    'ms each',
    'of it CPU',
    'waiting',
    'of it emulated',
    'CPU share',
  ];
  return `Functions, on average, warm:\n\n${table(head, rows)}`;
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
      const many = use.subscribers === 0 ? '' : use.subscribers.toLocaleString('en');
      return [use.name, many, waits, ...points, String(balanced(as))];
    }),
  );
  const sizes = SIZES.map((memory) => `${memory.toLocaleString('en')} MB`);
  const head = ['function', 'subscribers', 'waiting', ...sizes, 'best product'];
  const title = `Milliseconds / dollars of a million invocations, by memory (${ONE_VCPU.toLocaleString('en')} MB are one vCPU); deployed sizes in bold:`;
  return `${title}\n\n${table(head, rows)}`;
}

export function report(latencies: Latencies): string {
  return [...latencies.cells.map(cellReport), cpuTable(latencies), memoryTable(latencies)].join('\n\n');
}

/** The same for machines: medians and 99th percentiles, functions, and their curves. */
export function summary(latencies: Latencies): object {
  const stages = (ways: readonly Stages[]): object =>
    Object.fromEntries([...byStage(ways)].map(([stage, took]) => [stage, quantilesOf(took)]));
  return {
    cells: latencies.cells.map(({ subscribers, lost, journeys }) => ({
      ...{ subscribers, lost, publishes: journeys.length },
      toAck: stages(journeys.map(({ toAck }) => toAck)),
      toLast: stages(journeys.map(({ toLast }) => toLast)),
      acknowledged: quantilesOf(journeys.map(({ acknowledged }) => acknowledged)),
      first: quantilesOf(journeys.map(({ first }) => first)),
      last: quantilesOf(journeys.map(({ last }) => last)),
    })),
    functions: usesOf(latencies).map((use) => ({
      ...use,
      measured: { best: balanced(use), sizes: SIZES.map((memory) => sized(use, memory)) },
      undisturbed: {
        best: balanced(undisturbed(use)),
        sizes: SIZES.map((memory) => sized(undisturbed(use), memory)),
      },
    })),
  };
}
