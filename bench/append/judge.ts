// Requirements that do not depend on the speed of the machine.
import type { Row } from './cells';
import type { Modelled } from './model';
import type { Deaths } from './single';
import type { Findings } from './verify';

/** How much the mean may exceed 1 write unit: a stale hint of the tail costs one more write. */
const TOLERANCE = 0.05;

/** The measurements that are judged. */
export interface Measured {
  readonly rows: readonly Row[];
  readonly modelled: readonly Modelled[];
  readonly deaths: readonly Deaths[];
}

/** The unmet requirements, as text. */
export function unmetRequirements({ rows, modelled, deaths }: Measured): string[] {
  return [...[...rows, ...modelled].flatMap(unmetInRow), ...deaths.flatMap(unmetAfterDeaths), ...unmetCosts(rows)];
}

function unmetInRow(row: Row | Modelled): string[] {
  const { group, strategy, writers, publishes, findings } = row;
  const where = `${group}, ${strategy}, ${writers} writers`;
  if (publishes === 0) return [`${where}: nothing was acknowledged`];
  return textsOf(findings).map((what) => `${where}: ${what}`);
}

function unmetAfterDeaths({ strategy, deaths, findings }: Deaths): string[] {
  if (deaths === 0)
    return [`${strategy}: no function was stopped in the middle of an append, so its effect on the log was not tested`];
  // A counter cannot avoid holes. They are reported, but not judged.
  const judged = strategy === 'counter+put' ? { ...findings, holes: 0 } : findings;
  return textsOf(judged).map((what) => `${strategy}, after ${deaths} deaths: ${what}`);
}

function textsOf(findings: Findings): string[] {
  return Object.entries(findings).flatMap(([what, count]: [string, number]) => (count > 0 ? [`${count} ${what}`] : []));
}

/** Without contention, our append must take one write unit for 1 KB, and not more requests than a counter. */
function unmetCosts(rows: readonly Row[]): string[] {
  const uncontended = rows.filter(({ group }) => group === 'many-own');
  const ours = uncontended.find(({ strategy }) => strategy === 'ours');
  const counter = uncontended.find(({ strategy }) => strategy === 'counter+put');
  if (ours === undefined || counter === undefined) return ['many-own: not measured'];
  const units = ours.writes + ours.conflictWrites;
  return [
    ...(units > 1 + TOLERANCE ? [`many-own: ours takes ${units.toFixed(2)} write units a publish, not 1`] : []),
    ...(ours.requests > counter.requests
      ? [
          `many-own: ours takes ${ours.requests.toFixed(2)} requests a publish, counter+put ${counter.requests.toFixed(2)}`,
        ]
      : []),
  ];
}
