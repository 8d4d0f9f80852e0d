// What must hold, whatever the machine's speed.
import type { Row } from './cells';
import type { Modelled } from './model';
import type { Deaths } from './single';
import type { Findings } from './verify';

/** A hint that is wrong now and then may cost this much; more is a change for the worse. */
const TOLERANCE = 0.05;

/** What is judged. */
export interface Measured {
  readonly rows: readonly Row[];
  readonly modelled: readonly Modelled[];
  readonly deaths: readonly Deaths[];
}

export function breaches({ rows, modelled, deaths }: Measured): string[] {
  return [...[...rows, ...modelled].flatMap(broken), ...deaths.flatMap(brokenByDeath), ...dearer(rows)];
}

function broken(row: Row | Modelled): string[] {
  const { group, strategy, writers, publishes, findings } = row;
  const where = `${group}, ${strategy}, ${writers} writers`;
  if (publishes === 0) return [`${where}: nothing was acknowledged`];
  return told(findings).map((what) => `${where}: ${what}`);
}

function brokenByDeath({ strategy, deaths, findings }: Deaths): string[] {
  if (deaths === 0) return [`${strategy}: no function died, so nothing was shown`];
  // A counter leaves holes by its nature; that is shown, not judged.
  const judged = strategy === 'counter+put' ? { ...findings, holes: 0 } : findings;
  return told(judged).map((what) => `${strategy}, after ${deaths} deaths: ${what}`);
}

function told(findings: Findings): string[] {
  return Object.entries(findings).flatMap(([what, count]: [string, number]) => (count > 0 ? [`${count} ${what}`] : []));
}

/** Where nobody competes, ours takes one write unit for 1 KB, and fewer requests than a counter. */
function dearer(rows: readonly Row[]): string[] {
  const uncontended = rows.filter(({ group }) => group === 'many-own');
  const mine = uncontended.find(({ strategy }) => strategy === 'ours');
  const counter = uncontended.find(({ strategy }) => strategy === 'counter+put');
  if (mine === undefined || counter === undefined) return ['many-own: not measured'];
  const units = mine.writes + mine.conflictWrites;
  return [
    ...(units > 1 + TOLERANCE ? [`many-own: ours takes ${units.toFixed(2)} write units a publish, not 1`] : []),
    ...(mine.requests > counter.requests
      ? [
          `many-own: ours takes ${mine.requests.toFixed(2)} requests a publish, counter+put ${counter.requests.toFixed(2)}`,
        ]
      : []),
  ];
}
