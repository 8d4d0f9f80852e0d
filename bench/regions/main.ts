// `npm run bench:regions`: what a publish costs with more regions, and how long it takes to the others.
import { parseArgs } from 'node:util';
import { whole } from '../support/command';
import { roundTrip } from '../../local/network/latency';
import { table } from '../support/table';
import { type Cell, measureCell } from './cell';

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-northeast-1', 'sa-east-1', 'ap-southeast-2'];
const SIZES = [1, 2, 3, 5];

const HELP = `npm run bench:regions -- [--publishes 200] [--gap 100] [--json]

Runs networks of ${SIZES.join(', ')} regions in the local cloud, with the bundled functions and real clients. Counts the requests that a
publish makes in all regions, by how many other regions have a subscriber; and how long it takes from \`publish\` to the
subscriber, in its own region and in the others, whose distance the local cloud adds to each request between them.

  --publishes N   that count, in each cell
  --gap MS        between two publishes
  --json          one JSON document instead of tables

Counts are exact. Times are this machine's, plus the distance: the local cloud adds nothing for API Gateway, DynamoDB or SQS.`;

/**
 * What the design allows from publish to receipt in another region, at the middle, warm: written at 30, one request there and back
 * to its inbox, 16 from SQS to the function, 30 to find subscribers and post. Milliseconds. The 16 were measured
 * (https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/), the rest is arithmetic.
 */
function budget(from: string, to: string): number {
  return from === to ? 60 : 30 + roundTrip(from, to) + 16 + 30;
}

function report(cells: readonly Cell[]): string {
  const kinds = ['DynamoDB reads', 'DynamoDB writes', 'SQS sends', 'invocations', 'posts'];
  const counts = cells.map(({ regions, interest, perPublish }) => [
    ...[String(regions), String(interest)],
    ...kinds.map((kind) => (perPublish[kind] ?? 0).toFixed(2)),
  ]);
  const [largest] = cells.slice(-1);
  const times = (largest?.latencies ?? []).map(({ from, to, in: { p50, p99 } }) => [
    ...[`${from} to ${to}`, String(roundTrip(from, to)), String(budget(from, to)), p50.toFixed(0), p99.toFixed(0)],
    (p50 / budget(from, to)).toFixed(2),
  ]);
  return [
    'Requests for one publish, of all regions together; SQS sends only between regions:',
    '',
    table(['regions', 'others with interest', ...kinds], counts),
    '',
    'From publish to receipt, milliseconds:',
    '',
    table(['way', 'there and back', 'budget', 'p50', 'p99', 'p50 of budget'], times),
  ].join('\n');
}

async function main(): Promise<number> {
  const cells: Cell[] = [];
  let values: { publishes: string; gap: string; json: boolean; help: boolean };
  let many: number;
  let gap: number;
  try {
    ({ values } = parseArgs({
      options: {
        publishes: { type: 'string', default: '200' },
        gap: { type: 'string', default: '100' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
    many = whole('publishes', values.publishes);
    gap = whole('gap', values.gap);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  for (const size of SIZES) {
    for (const interest of new Set([0, Math.floor((size - 1) / 2), size - 1])) {
      console.error(`${size} regions, ${interest} others with interest`);
      cells.push(await measureCell(REGIONS.slice(0, size), interest, many, gap));
    }
  }
  console.log(values.json ? JSON.stringify(cells) : report(cells));
  return 0;
}

void main().then((code) => {
  process.exit(code);
});
