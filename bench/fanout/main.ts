// `npm run bench:fanout`: the cost of a fan-out, for our backend and its competitors, on one machine in one run.
import { availableParallelism, loadavg } from 'node:os';
import { printProgress, printResults, runCommand } from '../support/command';
import { verdicts } from '../support/findings';
import { Rig } from '../rig/cloud';
import type { Contender } from '../rig/contender';
import { DYNAMODB, SQS } from '../rig/latencies';
import { OURS, OURS_SDK } from '../rig/ours';
import { logErrorsOnce } from '../rig/error-log';
import { findings } from './judge';
import { cpuPerThousand } from './numbers';
import { CONTENDER_NAMES, type ContenderName, type Options, readOptions } from './options';
import { CHAT_APP } from '../competitors/chat-app';
import { GRAPHQL } from '../competitors/graphql';
import { MULTI_REGION } from '../competitors/multi-region';
import { report, type Results } from './report';
import { type Cell, type Setting, Trial } from './trial';

const HELP = `npm run bench:fanout -- [--subscribers 1,10,100,1000,10000] [--bytes 200,4096] [--callbacks 20,5]
                       [--contenders ${CONTENDER_NAMES.join(',')}]
                       [--full] [--out results.json] [--json]

Publishes to channels with growing numbers of subscribers, on our backend and its competitors in the local cloud, with the same emulated
latencies: ${DYNAMODB} ms for DynamoDB, ${SQS} ms for SQS, and --callbacks for a post to a connection. The quotas of AWS are lifted for all contenders;
our backend still limits itself to 8,000 posts per second of a quota of 10,000. With the most subscribers, the bench also measures with 1 % of
the connections gone, and with 1 % stuck, which means that posts to them are never answered. Counts the CPU time of the functions, their
requests, and the messages that real connections receive.

  --subscribers …  numbers of subscribers
  --bytes …        message sizes; those after the first only with 100 subscribers
  --callbacks …    milliseconds of a post to a connection; those after the first only with 100 subscribers
  --contenders …   backends to measure; ours-sdk is ours with the SDK's client for posts, with the most subscribers only
  --full           measure all sizes and latencies with all numbers of subscribers
  --out FILE       also write the JSON document to a file, for npm run bench:charts
  --json           print one JSON document instead of tables

Needs Linux, and about 25,000 open files (ulimit -n) for 10,000 subscribers. Takes about 35 minutes with the defaults. Exits with 1 when a
requirement is not met (those on competitors and stuck connections apply from 10,000 subscribers on); with 2 when the bench cannot run.`;

const CONTENDERS: Readonly<Record<ContenderName, Contender>> = {
  ours: OURS,
  'ours-sdk': OURS_SDK,
  'chat-app': CHAT_APP,
  'multi-region': MULTI_REGION,
  graphql: GRAPHQL,
};
/** Number of subscribers with which all sizes and latencies are measured. */
const MIDDLE = 100;

/** The settings of a contender in order. The number of subscribers never decreases. */
function plan({ subscribers, bytes, callbacks, full }: Options): readonly Setting[] {
  return subscribers.flatMap((count, i) => {
    const isAll = full || count === MIDDLE;
    const clean = bytes.flatMap((size, j) =>
      callbacks.flatMap((callback, k) =>
        isAll || (j === 0 && k === 0) ? [{ subscribers: count, bytes: size, callback }] : [],
      ),
    );
    const [base] = clean;
    const isMost = i === subscribers.length - 1 && count >= MIDDLE;
    if (!isMost || base === undefined) return clean;
    return [...clean, { ...base, fault: 'gone' as const }, { ...base, fault: 'stuck' as const }];
  });
}

async function measure(options: Options): Promise<readonly Cell[]> {
  const chosen = options.contenders.map((name) => CONTENDERS[name]);
  const rig = await Rig.start((app, folder) => {
    for (const one of chosen) if (one.environment === undefined) one.build(app, folder);
  }, logErrorsOnce(printProgress));
  const cells: Cell[] = [];
  const add = async (trial: Trial, setting: Setting): Promise<void> => {
    const cell = await trial.measure(setting);
    cells.push(cell);
    const { contender, subscribers, fault = '', bytes, callback, received } = cell;
    const cpu = `${cpuPerThousand(cell).toFixed(0)} CPU ms/1,000`;
    printProgress(`${contender} ${subscribers} ${fault} ${bytes} B, ${callback} ms: ${cpu}, ${received.lost} lost`);
  };
  try {
    const settings = plan(options);
    const last = settings.findLast(({ fault }) => fault === undefined);
    for (const contender of chosen) {
      if (contender.environment !== undefined) continue;
      let trial = new Trial(rig, contender);
      for (const setting of settings) await add(trial, setting);
      for (const other of chosen.filter((one) => one !== contender && one.stack === contender.stack)) {
        trial = await trial.handOver(other);
        if (last !== undefined) await add(trial, last);
      }
      await trial.leave();
    }
    return cells;
  } finally {
    await rig.stop();
  }
}

async function run(options: Options): Promise<number> {
  const [started, load] = [Date.now(), loadavg()[0] ?? 0];
  const cells = await measure(options);
  const [bytes, callback] = [options.bytes[0], options.callbacks[0]];
  const found = findings(cells.filter((cell) => cell.bytes === bytes && cell.callback === callback));
  const titles = Object.fromEntries(options.contenders.map((name) => [name, CONTENDERS[name].title]));
  const results: Results = { node: process.version, cores: availableParallelism(), titles, cells, findings: found };
  const took = ((Date.now() - started) / 60_000).toFixed(0);
  const machine = `Node ${results.node}, ${results.cores} cores, load ${load.toFixed(1)} before, ${took} minutes`;
  printResults(
    results,
    () => `${machine}\n\n${report(cells, new Map(Object.entries(titles)))}\n\n${verdicts(found)}`,
    options,
  );
  return found.every(({ holds }) => holds) ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
