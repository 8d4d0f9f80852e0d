// `npm run bench:cost`: the metered price of operations, compared with the design's first estimate.
import { parseArgs } from 'node:util';
import { type Output, printProgress, printResults, runCommand, wholeNumbers } from '../support/command';
import { CALLBACK, DYNAMODB, SQS } from '../rig/latencies';
import { sumOf } from './bill';
import { measureOperations, type Operation } from './operations';
import { measurePublishes } from './publishes';
import {
  type Costs,
  isWithinBudget,
  OWN_SHARE,
  OWN_SHARE_FROM,
  publishCost,
  type PublishCost,
  reportOf,
} from './report';

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-northeast-1'];

const HELP = `npm run bench:cost -- [--regions 1,2,3] [--subscribers 1,10,100,1000,10000] [--publishes 5] [--bytes 500]
                     [--out cost.json] [--json]

Runs networks in the local cloud, with the bundled functions, and meters what AWS would bill for a connect, a join, a resume, a
disconnect, an idle hour, and publishes by the number of subscribers, which are spread evenly over the regions. Prints units, and
dollars at the prices of us-east-1 (bench/cost/prices.ts).

  --regions LIST      numbers of regions, each in a network of its own
  --subscribers LIST  numbers of subscribers that a publish reaches
  --publishes N       publishes of each kind, and runs of each other operation; medians count
  --bytes N           size of a message
  --out FILE          also write the JSON document to a file, for npm run bench:charts
  --json              print one JSON document instead of tables

Everything is counted except Lambda's duration, which is measured and has its own column: DynamoDB takes ${DYNAMODB} ms, SQS ${SQS} ms, a post ${CALLBACK} ms, and
everything else depends on the machine and its load. Connecting ten thousand subscribers takes minutes.

Exits with 1 when in one region, from ${OWN_SHARE_FROM} subscribers on, everything except API Gateway's messages and data transfer to the internet costs
more than ${100 * OWN_SHARE} % of those messages.`;

interface Options extends Output {
  readonly regions: readonly number[];
  readonly subscribers: readonly number[];
  readonly publishes: number;
  readonly bytes: number;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      regions: { type: 'string', default: '1,2,3' },
      subscribers: { type: 'string', default: '1,10,100,1000,10000' },
      publishes: { type: 'string', default: '5' },
      bytes: { type: 'string', default: '500' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const read = (name: 'regions' | 'subscribers' | 'publishes' | 'bytes', max: number): readonly number[] =>
    wholeNumbers(name, values[name], max);
  const [publishes = 1] = read('publishes', 1_000);
  const [bytes = 2] = read('bytes', 20_000);
  return {
    regions: read('regions', REGIONS.length),
    subscribers: read('subscribers', 100_000),
    publishes,
    bytes,
    json: values.json,
    out: values.out,
  };
}

async function run(options: Options): Promise<number> {
  const { subscribers, publishes, bytes } = options;
  const operations: Operation[] = [];
  const costs: PublishCost[] = [];
  for (const count of options.regions) {
    const regions = REGIONS.slice(0, count);
    printProgress(`${count} regions: single operations`);
    const counted = await measureOperations(regions, { runs: publishes, bytes });
    operations.push(...counted.operations);
    for (const cell of await measurePublishes(regions, { subscribers, publishes, bytes }))
      costs.push(publishCost({ ...cell, bill: sumOf(cell.bill, counted.expiry) }));
  }
  const results: Costs = { operations, publishes: costs };
  printResults(results, () => reportOf(operations, costs), options);
  return costs.every(isWithinBudget) ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
