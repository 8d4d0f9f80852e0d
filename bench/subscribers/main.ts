// `npm run bench:subscribers`: the cost of writing and reading subscriptions, with a row for each, and with packed items.
import { parseArgs } from 'node:util';
import { type Output, printProgress, printResults, runCommand, wholeNumbers } from '../support/command';
import { table } from '../support/table';
import { type Layout, Packed, Rows, ShardedRows } from './layouts';
import { measureLayout } from './measure';
import { breakEven, type Cell, savedShare } from './numbers';
import { MeteredTable } from './table';

const HELP = `npm run bench:subscribers -- [--subscribers 100,1000,10000] [--json]

Stores the subscribers of a channel in the local cloud's DynamoDB, in three layouts: a row for each, with the functions' own stores, in one
list and in shards (the deployed layout); and items with a hundred subscribers, in shards. Counts the write units of joins and leaves, the
read units and pages of a strongly consistent read of all subscribers, and the CPU time of decoding. Only the list of the channel is counted:
the list of a connection's channels is the same in all layouts.

  --subscribers …  numbers of subscribers
  --json           print one JSON document instead of tables

Units, pages and bytes are exact. Exits with 1 when 10,000 rows of one list need more than one page; with 2 when the bench cannot run.`;

/** Rows of one list that a page of 1 MB must hold. */
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
      printProgress(layout.title);
      cells.push(...(await measureLayout(metered, layout, sizes)));
    } finally {
      await metered.stop();
    }
  }
  return cells;
}

function report(cells: readonly Cell[]): string {
  const head = [
    'layout',
    'subscribers',
    'WRU/join, growing',
    'WRU/join',
    'WRU/leave',
    'RRU/read',
    'pages',
    'bytes each',
    'CPU ms/read',
  ];
  const rows = cells.map(({ layout, subscribers, growing, join, leave, reads, pages, bytes, decoding }) => [
    layout,
    subscribers.toLocaleString('en'),
    ...[growing, join, leave].map((units) => units.toFixed(2)),
    String(reads),
    String(pages),
    bytes.toFixed(1),
    decoding.toFixed(1),
  ]);
  return table(head, rows);
}

/** Compares packed items with a row for each subscription, both in shards. */
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
  /** Publishes to the channel per visit (a join and a leave) from which on packed items are cheaper. */
  readonly after: number;
  /** Savings per publish, as a share of API Gateway's price of its deliveries. */
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
    [
      'subscribers',
      'packed: publishes/visit to break even',
      'messages received per visit',
      'savings, of the deliveries of a publish',
    ],
    rows,
  );
}

interface Options extends Output {
  readonly sizes: readonly number[];
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
  const sizes = [...new Set(wholeNumbers('subscribers', values.subscribers))].sort((a, b) => a - b);
  return { sizes, json: values.json };
}

async function run(options: Options): Promise<number> {
  const cells = await measure(options.sizes);
  const comparisons = compare(cells);
  printResults({ cells, comparisons }, () => `${report(cells)}\n\n${reportComparison(comparisons)}`, options);
  const isPaged = cells.some(({ layout, subscribers, pages }) => {
    return layout === 'a row each' && subscribers <= PAGE && pages > 1;
  });
  if (isPaged) console.error('10,000 rows of one list need more than one page');
  return isPaged ? 1 : 0;
}

runCommand({ help: HELP, readOptions, run });
