import { CHANNELS, FUNCTIONS, type Group, type Row } from './cells';
import type { Modelled } from './model';
import type { Behind, Deaths } from './single';

export interface Results {
  readonly rows: readonly Row[];
  readonly modelled: readonly Modelled[];
  readonly behind: readonly Behind[];
  readonly deaths: readonly Deaths[];
}

type Column<R> = readonly [title: string, of: (row: R) => string];

const COUNTS: readonly Column<Row>[] = [
  ['publishes/s', (row) => row.publishesPerSecond.toFixed(0)],
  ['requests', (row) => row.requests.toFixed(2)],
  ['WCU', (row) => row.writes.toFixed(2)],
  ['lost WCU', lostUnits],
  ['RCU', (row) => row.reads.toFixed(2)],
  ['conflicts', (row) => row.conflicts.toFixed(2)],
  ['refused', (row) => percent(row.refused)],
  ['ms/request', (row) => (row.requestMs / row.requests).toFixed(0)],
  ['p50 ms', (row) => row.p50.toFixed(0)],
  ['p99 ms', (row) => row.p99.toFixed(0)],
];
const WRITERS: Column<Row> = ['writers', (row) => String(row.writers)];
const STRATEGY: Column<Row> = ['strategy', (row) => row.strategy];

const HOT = 'One channel; every writer publishes again as soon as it has an answer';
const MANY_OWN = `${CHANNELS} channels, ${FUNCTIONS} writers; each publishes to its own channels`;
const MANY_ANY = `${CHANNELS} channels, ${FUNCTIONS} writers; each publishes to all channels`;

export function report({ rows, modelled, behind, deaths }: Results): string {
  const of = (group: Group): readonly Row[] => rows.filter((row) => row.group === group);
  return [
    'All numbers are per acknowledged publish. WCU and RCU: as the responses report. Lost WCU: of writes whose condition failed,',
    "by AWS's rule, because their responses report none. AWS documents no rule for cancelled transactions (?).",
    section(HOT, [WRITERS, STRATEGY, ...COUNTS], of('hot')),
    ratios(of('hot')),
    section(MANY_OWN, [STRATEGY, ...COUNTS], of('many-own')),
    ratios(of('many-own')),
    section(MANY_ANY, [STRATEGY, ...COUNTS], of('many-any')),
    ratios(of('many-any')),
    batchSection(of('batch')),
    section(
      `One channel at a rate; each publish goes to one of ${FUNCTIONS} functions that is idle`,
      [['offered/s', (row) => String(row.rate)], STRATEGY, ...COUNTS],
      of('rate'),
    ),
    modelledSection(modelled),
    behindSection(behind),
    deathsSection(deaths),
  ].join('\n');
}

function batchSection(rows: readonly Row[]): string {
  return section(
    'One channel, our append, several messages per publish',
    [
      ['messages', (row) => String(row.messages)],
      WRITERS,
      ['messages/s', (row) => row.messagesPerSecond.toFixed(0)],
      ...COUNTS,
      ['WCU/message', (row) => (row.writes / row.messages).toFixed(2)],
    ],
    rows,
  );
}

function modelledSection(modelled: readonly Modelled[]): string {
  return section(
    'One channel in simulated time: each request takes the latency, with a deviation of up to 20 %',
    [
      ['offered/s', ({ rate }: Modelled) => (rate === undefined ? 'at once' : String(rate))],
      ['functions', ({ writers }) => String(writers)],
      ['strategy', ({ strategy }) => strategy],
      ['publishes/s', ({ publishesPerSecond }) => publishesPerSecond.toFixed(0)],
      ['requests', ({ requests }) => requests.toFixed(2)],
      ['refused', ({ refused }) => percent(refused)],
      ['p50 ms', ({ p50 }) => p50.toFixed(0)],
      ['p99 ms', ({ p99 }) => p99.toFixed(0)],
    ],
    modelled,
  );
}

function behindSection(behind: readonly Behind[]): string {
  return section(
    'Our append without contention, after others have appended since the function last saw the tail',
    [
      ['entries since', (row: Behind) => String(row.behind)],
      ['requests', (row) => row.requests.toFixed(2)],
      ['WCU', (row) => row.writes.toFixed(2)],
      ['lost WCU', (row) => row.conflictWrites.toFixed(2)],
      ['RCU', (row) => row.reads.toFixed(2)],
    ],
    behind,
  );
}

function deathsSection(deaths: readonly Deaths[]): string {
  return section(
    'Functions die after the first request of a publish',
    [
      ['strategy', (row: Deaths) => row.strategy],
      ['publishes', (row) => String(row.publishes)],
      ['deaths', (row) => String(row.deaths)],
      ['holes', (row) => String(row.findings.holes)],
      ['lost', (row) => String(row.findings.lost)],
    ],
    deaths,
  );
}

function section<R>(title: string, columns: readonly Column<R>[], rows: readonly R[]): string {
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, of]) => of(row)))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  // Text is aligned left, numbers right.
  const cell = (text: string, i: number): string =>
    columns[i]?.[0] === 'strategy' ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  return ['', title, '', ...lines.map((line) => line.map(cell).join('  ').trimEnd())].join('\n');
}

/** Our append as a multiple of each other strategy with the same number of writers. */
function ratios(rows: readonly Row[]): string {
  const lines = rows
    .filter(({ strategy }) => !strategy.startsWith('ours'))
    .map((other) => {
      const mine = rows.find(({ strategy, writers }) => strategy === 'ours' && writers === other.writers);
      const ratio = (of: (row: Row) => number): string =>
        mine === undefined ? '?' : `${(of(mine) / of(other)).toFixed(2)} x`;
      return (
        `  ${other.writers} writer${other.writers === 1 ? '' : 's'}: ours / ${other.strategy}: publishes/s ` +
        `${ratio((row) => row.publishesPerSecond)}, requests ${ratio((row) => row.requests)}, ` +
        `WCU with lost ones ${other.strategy === 'transaction' && other.conflicts > 0 ? '?' : ratio((row) => row.writes + row.conflictWrites)}`
      );
    });
  return ['', ...lines].join('\n');
}

function lostUnits({ strategy, conflicts, conflictWrites }: Row): string {
  return strategy === 'transaction' && conflicts > 0 ? '?' : conflictWrites.toFixed(2);
}

function percent(share: number): string {
  return share === 0 ? '0 %' : `${(share * 100).toFixed(1)} %`;
}
