// `npm run bench:latency`: where the time of a publish goes, stage by stage, and what memory would make of it.
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Output, runCommand, say, tell, whole, wholes } from '../support/command';
import { Rig } from '../rig/cloud';
import { OURS } from '../rig/ours';
import { tellOnce } from '../rig/tell';
import { CALLBACK, DYNAMODB, SQS } from '../rig/latencies';
import { measure } from './measure';
import { report, summary } from './report';

const HELP = `npm run bench:latency -- [--subscribers 1,100,300,1000] [--publishes 50] [--out latency.json] [--json]

Publishes, one after another, to ever more subscribers of a channel in the local cloud, with ${DYNAMODB} ms for each request to DynamoDB, ${SQS} to SQS,
and ${CALLBACK} ms for a post; up to 300 by the publisher's function, above by workers. Tells how long each stage takes, from the publisher's frame
to the acknowledgement and to the last subscriber; how much of a function's time is CPU; and, by Lambda's proportion of CPU to
memory, what functions would take and cost with more and less of it.

  --subscribers …  how many
  --publishes N    that count, for each
  --out FILE       writes what --json prints to a file, for npm run bench:charts
  --json           one JSON document instead of tables

Stages are seen from outside: requests as they come to the local cloud and answers as they leave it, so what lies between two includes
the SDK and the way there. CPU time is that of the functions' threads, without the garbage collector's own; and posts go by HTTP, not TLS:
below one vCPU, functions take longer than this tells. Needs Linux. Times are this machine's: read them where it does nothing else. Exits with 1 when something was
lost or not acknowledged; with 2 when it can't be run.`;

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
  const sizes = [...new Set(wholes('subscribers', values.subscribers))].sort((a, b) => a - b);
  return { sizes, publishes: whole('publishes', values.publishes), json: values.json, out: values.out };
}

async function run(options: Options): Promise<number> {
  const load = loadavg()[0] ?? 0;
  const rig = await Rig.start(OURS.build.bind(OURS), tellOnce(say));
  try {
    const latencies = await measure(rig, options.sizes, options.publishes, say);
    const machine = `Node ${process.version}, ${availableParallelism()} cores, load ${load.toFixed(1)} before`;
    tell({ machine, ...summary(latencies) }, () => `${machine}\n\n${report(latencies)}`, options);
    const isWhole = latencies.cells.every(({ lost, journeys }) => lost === 0 && journeys.length === options.publishes);
    return isWhole ? 0 : 1;
  } finally {
    await rig.stop();
  }
}

runCommand({ help: HELP, readOptions, run });
