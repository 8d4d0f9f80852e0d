import type { Finding } from '../support/findings';
import { table } from '../support/table';
import { cpuPerThousand, perCpuSecond, perPublish, unitsPerThousand } from './numbers';
import type { Cell } from './trial';

/** The results of a run, as written to the file. */
export interface Results {
  readonly node: string;
  readonly cores: number;
  readonly titles: Readonly<Record<string, string>>;
  readonly cells: readonly Cell[];
  readonly findings: readonly Finding[];
}

const HEAD = [
  'backend',
  'subscribers',
  '1 % are',
  'deliveries/CPU s',
  'CPU ms/1,000',
  'p50 ms',
  'p99 ms',
  'to last ms',
  'lost %',
  'DynamoDB',
  'reads/1,000',
  'writes/1,000',
  'SQS',
  'invocations',
  'posts',
];

function row(cell: Cell, titles: ReadonlyMap<string, string>): readonly string[] {
  const { contender, subscribers, fault, received, hangs } = cell;
  const ms = (value: number | undefined): string => value?.toFixed(0) ?? '-';
  return [
    titles.get(contender) ?? contender,
    subscribers.toLocaleString('en'),
    fault === undefined ? '' : `${fault}${hangs ? ' *' : ''}`,
    perCpuSecond(cell).toFixed(0),
    cpuPerThousand(cell).toFixed(0),
    ms(received.latency?.p50),
    ms(received.latency?.p99),
    ms(received.toLast?.p50),
    ((100 * received.lost) / received.expected).toFixed(received.lost === 0 ? 0 : 2),
    perPublish(cell, 'dynamodb').toFixed(1),
    ...(['read', 'write'] as const).map((unit) => unitsPerThousand(cell, unit).toFixed(1)),
    (cell.usage.sqs / cell.publishes).toFixed(1),
    perPublish(cell, 'invocations').toFixed(1),
    perPublish(cell, 'apigateway').toFixed(0),
  ];
}

/** One table for each message size and latency. */
export function report(cells: readonly Cell[], titles: ReadonlyMap<string, string>): string {
  const kinds = new Map<string, Cell[]>();
  for (const cell of cells) {
    const kind = `Messages of ${cell.bytes} bytes, a post takes ${cell.callback} ms`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), cell]);
  }
  const tables = [...kinds].map(([kind, some]) => {
    const sorted = [...some].sort((a, b) => a.subscribers - b.subscribers || rank(a) - rank(b));
    const rows = sorted.map((cell) => row(cell, titles));
    return `${kind}. Requests are per publish, those to SQS with Lambda’s pollers; units are per 1,000 deliveries:\n\n${table(HEAD, rows)}`;
  });
  const hung = cells.some(({ hangs }) => hangs) ? ['* functions were still running long after the last delivery'] : [];
  return [...tables, ...hung].join('\n\n');
}

function rank({ fault }: Cell): number {
  return fault === undefined ? 0 : fault === 'gone' ? 1 : 2;
}
