// `npm run bench:latency`: the duration of each stage of a publish, and the effect of a function's memory on duration and price.
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Output, printProgress, printResults, runCommand, wholeNumber, wholeNumbers } from '../support/command';
import { Rig } from '../rig/cloud';
import { OURS } from '../rig/ours';
import { logErrorsOnce } from '../rig/error-log';
import { CALLBACK, DYNAMODB, SQS } from '../rig/latencies';
import { measure } from './measure';
import { report, summary } from './report';

const HELP = `npm run bench:latency -- [--subscribers 1,100,300,1000] [--publishes 50] [--out latency.json] [--json]

Publishes one message after another to a channel with growing numbers of subscribers, in the local cloud. Emulated latencies: ${DYNAMODB} ms for a request
to DynamoDB, ${SQS} ms to SQS, ${CALLBACK} ms for a post to a connection. Up to 300 subscribers, the publisher's function posts; above, workers do. Prints the
duration of each stage from the publisher's frame to the acknowledgement and to the last subscriber; the share of CPU time in a function's
duration; and, by Lambda's proportion of CPU to memory, the duration and price of functions with other memory sizes.

  --subscribers …  numbers of subscribers
  --publishes N    publishes that count, for each number
  --out FILE       also write the JSON document to a file, for npm run bench:charts
  --json           print one JSON document instead of tables

Stages begin and end with requests and responses at the local cloud, so the time between two of them includes the SDK and the network. CPU time
is that of the functions' threads, without the garbage collector's threads, and posts use HTTP instead of TLS: with less than one vCPU, real
functions take longer than printed. Needs Linux. Times depend on the machine, which should do nothing else. Exits with 1 when a message was lost
or not acknowledged; with 2 when the bench cannot run.`;

interface Options extends Output {
  readonly sizes: readonly number[];
  readonly publishes: number;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      subscribers: { type: 'string', default: '1,100,300,1000' },
      publishes: { type: 'string', default: '50' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const sizes = [...new Set(wholeNumbers('subscribers', values.subscribers))].sort((a, b) => a - b);
  return { sizes, publishes: wholeNumber('publishes', values.publishes), json: values.json, out: values.out };
}

async function run(options: Options): Promise<number> {
  const load = loadavg()[0] ?? 0;
  const rig = await Rig.start(OURS.build.bind(OURS), logErrorsOnce(printProgress));
  try {
    const latencies = await measure(rig, options.sizes, options.publishes);
    const machine = `Node ${process.version}, ${availableParallelism()} cores, load ${load.toFixed(1)} before`;
    printResults({ machine, ...summary(latencies) }, () => `${machine}\n\n${report(latencies)}`, options);
    const isComplete = latencies.cells.every(
      ({ lost, journeys }) => lost === 0 && journeys.length === options.publishes,
    );
    return isComplete ? 0 : 1;
  } finally {
    await rig.stop();
  }
}

runCommand({ help: HELP, readOptions, run });
