// `npm run bench:cost`: what operations cost, counted, beside the estimate that the design began with.
import { parseArgs } from 'node:util';
import { type Output, runCommand, say, tell, wholes } from '../support/command';
import { CALLBACK, DYNAMODB, SQS } from '../rig/latencies';
import { sumOf } from './bill';
import { measureOperations, type Operation } from './operations';
import { measurePublishes } from './publishes';
import { type Costs, keepsPromise, OWN_SHARE, OWN_SHARE_FROM, publishCost, type PublishCost, reportOf } from './report';

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-northeast-1'];

const HELP = `npm run bench:cost -- [--regions 1,2,3] [--subscribers 1,10,100,1000,10000] [--publishes 5] [--bytes 500]
                     [--out cost.json] [--json]

Runs networks in the local cloud, with the bundled functions, and meters what AWS would bill for a connect, a join, a resume, a
disconnect, an idle hour, and a publish, by how many subscribers there are, spread evenly over so many regions. Prints units, and
dollars at the prices of us-east-1 (bench/cost/prices.ts).

  --regions LIST      how many regions, each in a network of its own
  --subscribers LIST  how many subscribers a publish reaches
  --publishes N       of each kind, and runs of each other operation; what is in the middle counts
  --bytes N           of a message
  --out FILE          writes what --json prints to a file, for npm run bench:charts
  --json              one JSON document instead of tables

Everything is counted but Lambda's time, which is measured: DynamoDB takes ${DYNAMODB} ms, SQS ${SQS}, a post ${CALLBACK}, everything else what this machine
takes, and longer if it has other work. It stands by itself. Ten thousand subscribers take their time to connect.

Exits with 1 when in one region, from ${OWN_SHARE_FROM} subscribers on, anything but API Gateway's messages and bytes to the internet costs more than
${100 * OWN_SHARE} % of those messages.`;

interface Options extends Output {
  readonly regions: readonly number[];
  readonly subscribers: readonly number[];
  readonly publishes: number;
  readonly bytes: number;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      ...{ regions: { type: 'string', default: '1,2,3' }, publishes: { type: 'string', default: '5' } },
      ...{ subscribers: { type: 'string', default: '1,10,100,1000,10000' }, bytes: { type: 'string', default: '500' } },
      out: { type: 'string' },
      ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    },
  });
  if (values.help) return 'help';
  const read = (name: 'regions' | 'subscribers' | 'publishes' | 'bytes', most: number): readonly number[] =>
    wholes(name, values[name], most);
  const [publishes = 1] = read('publishes', 1_000);
  const [bytes = 2] = read('bytes', 20_000);
  return {
    ...{ regions: read('regions', REGIONS.length), subscribers: read('subscribers', 100_000) },
    ...{ publishes, bytes, json: values.json, out: values.out },
  };
}

async function run(options: Options): Promise<number> {
  const { subscribers, publishes, bytes } = options;
  const operations: Operation[] = [];
  const costs: PublishCost[] = [];
  for (const count of options.regions) {
    const regions = REGIONS.slice(0, count);
    console.error(`${count} regions: single operations`);
    const counted = await measureOperations(regions, { runs: publishes, bytes });
    operations.push(...counted.operations);
    for (const cell of await measurePublishes(regions, { subscribers, publishes, bytes, say }))
      costs.push(publishCost({ ...cell, bill: sumOf(cell.bill, counted.expiry) }));
  }
  const results: Costs = { operations, publishes: costs };
  tell(results, () => reportOf(operations, costs), options);
  return costs.every(keepsPromise) ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
