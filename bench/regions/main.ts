// `npm run bench:regions`: the requests of a publish by the number of regions, and its delivery times between regions.
import { parseArgs } from 'node:util';
import { roundTrip } from '../../local/network/latency';
import { type Output, printProgress, printResults, runCommand, wholeNumber } from '../support/command';
import { table } from '../support/table';
import { type Cell, measureCell } from './cell';

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-northeast-1', 'sa-east-1', 'ap-southeast-2'];
const SIZES = [1, 2, 3, 5];

const HELP = `npm run bench:regions -- [--publishes 200] [--gap 100] [--json]

Runs networks of ${SIZES.join(', ')} regions in the local cloud, with the bundled functions and real clients. Counts the requests of a
publish in all regions, by the number of other regions with a subscriber. Measures the time from \`publish\` to the subscriber, in the
same region and in others. The local cloud delays each request between regions by their distance.

  --publishes N   publishes that count, in each cell
  --gap MS        pause between publishes
  --json          print one JSON document instead of tables

Counts are exact. Times are those of this machine plus the distance: the local cloud adds no latency for API Gateway, DynamoDB or SQS.`;

interface Options extends Output {
  readonly publishes: number;
  readonly gap: number;
}

/**
 * The design's budget from publish to receipt, as a median with warm functions: 30 ms to write, one round trip to the other region's
 * inbox, 16 ms from SQS to the function, and 30 ms to find subscribers and post. Milliseconds. The 16 ms were measured
 * (https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/); the rest is arithmetic.
 */
function budget(from: string, to: string): number {
  return from === to ? 60 : 30 + roundTrip(from, to) + 16 + 30;
}

function report(cells: readonly Cell[]): string {
  const kinds = ['DynamoDB reads', 'DynamoDB writes', 'SQS sends', 'invocations', 'posts'];
  const counts = cells.map(({ regions, interest, perPublish }) => [
    String(regions),
    String(interest),
    ...kinds.map((kind) => (perPublish[kind] ?? 0).toFixed(2)),
  ]);
  const largest = cells.at(-1);
  const times = (largest?.latencies ?? []).map(({ from, to, in: { p50, p99 } }) => [
    `${from} to ${to}`,
    String(roundTrip(from, to)),
    String(budget(from, to)),
    p50.toFixed(0),
    p99.toFixed(0),
    (p50 / budget(from, to)).toFixed(2),
  ]);
  return [
    'Requests per publish, of all regions together. SQS sends are those between regions:',
    '',
    table(['regions', 'others with interest', ...kinds], counts),
    '',
    'From publish to receipt, milliseconds:',
    '',
    table(['path', 'round trip', 'budget', 'p50', 'p99', 'p50 / budget'], times),
  ].join('\n');
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      publishes: { type: 'string', default: '200' },
      gap: { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    publishes: wholeNumber('publishes', values.publishes),
    gap: wholeNumber('gap', values.gap),
    json: values.json,
  };
}

async function run({ publishes, gap, json }: Options): Promise<number> {
  const cells: Cell[] = [];
  for (const size of SIZES) {
    for (const interest of new Set([0, Math.floor((size - 1) / 2), size - 1])) {
      printProgress(`${size} regions, ${interest} others with interest`);
      cells.push(await measureCell({ regions: REGIONS.slice(0, size), interest, publishes, gap }));
    }
  }
  printResults(cells, () => report(cells), { json });
  return 0;
}

runCommand({ help: HELP, readOptions, run });
