// `npm run bench:subscribers`: a row for each subscription beside packed rows, in what they take to write and to read.
import { parseArgs } from 'node:util';
import { runCommand, wholes } from '../support/command';
import { table } from '../support/table';
import { type Layout, Packed, Rows, ShardedRows } from './layouts';
import { measureLayout } from './measure';
import { breakEven, type Cell, savedShare } from './numbers';
import { MeteredTable } from './table';

const HELP = `npm run bench:subscribers -- [--subscribers 100,1000,10000] [--json]

Keeps the subscribers of a channel in the local cloud's DynamoDB: in a row each, by the functions' own stores, in one list and in
shards as they are deployed; and a hundred to an item, in shards. Counts write units of joins and leaves, read units and pages of a
strong read of all, and what decoding takes. Only the list itself is counted: the connection notes its channels either way.

  --subscribers …  how many
  --json           one JSON document instead of tables

Units, pages and bytes are exact. Exits with 1 when 10,000 rows of one list are not in one page; with 2 when it can't be run.`;

/** What a page of 1 MB has to hold. */
const PAGE = 10_000;

async function measure(sizes: readonly number[]): Promise<readonly Cell[]> {
  const layouts: readonly ((one: MeteredTable) => Layout)[] = [
    ({ client }) => new Rows(client),
    ({ client }) => new ShardedRows(client),
    ({ client }) => new Packed(client),
  ];
  const cells: Cell[] = [];
  for (const make of layouts) {
    const metered = await MeteredTable.start();
    try {
      const layout = make(metered);
      console.error(layout.title);
      cells.push(...(await measureLayout(metered, layout, sizes)));
    } finally {
      await metered.stop();
    }
  }
  return cells;
}

function report(cells: readonly Cell[]): string {
  const head = [
    ...['subscribers are', 'how many', 'WRU/join, growing', 'WRU/join', 'WRU/leave'],
    ...['RRU/read', 'pages', 'bytes each', 'CPU ms/read'],
  ];
  const rows = cells.map(({ layout, subscribers, growing, join, leave, reads, pages, bytes, decoding }) => [
    ...[layout, subscribers.toLocaleString('en')],
    ...[growing, join, leave].map((units) => units.toFixed(2)),
    ...[String(reads), String(pages), bytes.toFixed(1), decoding.toFixed(1)],
  ]);
  return table(head, rows);
}

/** Packed rows beside a row each, both in shards. */
function compare(cells: readonly Cell[]): readonly Comparison[] {
  const of = (title: string): readonly Cell[] => cells.filter(({ layout }) => layout === title);
  return of('a row each, in shards').flatMap((base) => {
    const { subscribers } = base;
    const packed = of('100 an item, in shards').find((one) => one.subscribers === subscribers);
    return packed === undefined
      ? []
      : [{ subscribers, after: breakEven(base, packed), saves: savedShare(base, packed) }];
  });
}

interface Comparison {
  readonly subscribers: number;
  /** Publishes to the channel for each who joins and leaves, from which on it is cheaper. Everybody there hears them all. */
  readonly after: number;
  /** Of what API Gateway takes for the publish. */
  readonly saves: number;
}

function reportComparison(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ subscribers, after, saves }) => [
    subscribers.toLocaleString('en'),
    ...(Number.isFinite(after)
      ? [after.toFixed(1), Math.round(after * subscribers).toLocaleString('en')]
      : ['never', 'never']),
    `${(100 * saves).toFixed(3)} %`,
  ]);
  return table(
    ['subscribers', 'packed: publishes/visit to break even', 'heard in a visit', 'saves of a publish’s deliveries'],
    rows,
  );
}

interface Options {
  readonly sizes: readonly number[];
  readonly json: boolean;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      subscribers: { type: 'string', default: '100,1000,10000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const sizes = [...new Set(wholes('subscribers', values.subscribers))].sort((a, b) => a - b);
  return { sizes, json: values.json };
}

async function run(options: Options): Promise<number> {
  const cells = await measure(options.sizes);
  const comparisons = compare(cells);
  console.log(
    options.json ? JSON.stringify({ cells, comparisons }) : `${report(cells)}\n\n${reportComparison(comparisons)}`,
  );
  const isPaged = cells.some(({ layout, subscribers, pages }) => {
    return layout === 'a row each' && subscribers <= PAGE && pages > 1;
  });
  if (isPaged) console.error('10,000 rows of one list are not in one page');
  return isPaged ? 1 : 0;
}

runCommand({ help: HELP, readOptions, run });
