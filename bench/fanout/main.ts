// `npm run bench:fanout`: what it takes to tell everybody, ours beside others, on one machine in one run.
import { availableParallelism, loadavg } from 'node:os';
import { runCommand, say, tell } from '../support/command';
import { Rig } from '../rig/cloud';
import type { Contender } from '../rig/contender';
import { DYNAMODB, SQS } from '../rig/latencies';
import { OURS, OURS_SDK } from '../rig/ours';
import { tellOnce } from '../rig/tell';
import { findings } from './judge';
import { cpuPerThousand } from './numbers';
import { CONTENDER_NAMES, type ContenderName, type Options, readOptions } from './options';
import { CHAT_APP } from '../competitors/chat-app';
import { GRAPHQL } from '../competitors/graphql';
import { MULTI_REGION } from '../competitors/multi-region';
import { report, type Results, verdicts } from './report';
import { type Cell, type Setting, Stand } from './stand';

const HELP = `npm run bench:fanout -- [--subscribers 1,10,100,1000,10000] [--bytes 200,4096] [--callbacks 20,5]
                       [--contenders ${CONTENDER_NAMES.join(',')}]
                       [--full] [--out results.json] [--json]

Publishes to channels with ever more subscribers, on ours and on other backends in the local cloud, with the same emulated latencies:
${DYNAMODB} ms for DynamoDB, ${SQS} for SQS, and what --callbacks says for a post to a connection. Quotas of AWS are out of the way for all, but ours
keeps to those it is deployed for: 8,000 posts a second of 10,000. With the most subscribers also with one of a hundred
connections gone, and with one of a hundred stuck, which is a post that is never answered. Counts the CPU time of the functions
alone, their requests, and what thousands of real connections received, and when.

  --subscribers …  how many
  --bytes …        of a message; those after the first only with 100 subscribers
  --callbacks …    milliseconds that a post takes; those after the first only with 100 subscribers
  --contenders …   which backends; ours-sdk is ours with the SDK's client for posts, with the most subscribers only
  --full           all sizes and latencies with all numbers of subscribers
  --out FILE       writes what --json prints to a file, for npm run bench:charts
  --json           one JSON document instead of tables

Needs Linux, and some 25,000 open files (ulimit -n) for 10,000 subscribers. With the defaults it takes some 35 minutes. Exits with 1 when
something does not show that has to, beside others and stuck ones only with 10,000 subscribers; with 2 when it can't be run.`;

const CONTENDERS: Readonly<Record<ContenderName, Contender>> = {
  ours: OURS,
  'ours-sdk': OURS_SDK,
  'chat-app': CHAT_APP,
  'multi-region': MULTI_REGION,
  graphql: GRAPHQL,
};
const MIDDLE = 100;

/** What is measured of one contender, in order: subscribers only come. */
function plan({ subscribers, bytes, callbacks, full }: Options): readonly Setting[] {
  return subscribers.flatMap((many, i) => {
    const isAll = full || many === MIDDLE;
    const clean = bytes.flatMap((size, j) =>
      callbacks.flatMap((callback, k) =>
        isAll || (j === 0 && k === 0) ? [{ subscribers: many, bytes: size, callback }] : [],
      ),
    );
    const [base] = clean;
    const isMost = i === subscribers.length - 1 && many >= MIDDLE;
    if (!isMost || base === undefined) return clean;
    return [...clean, { ...base, fault: 'gone' as const }, { ...base, fault: 'stuck' as const }];
  });
}

async function measure(options: Options): Promise<readonly Cell[]> {
  const chosen = options.contenders.map((name) => CONTENDERS[name]);
  const rig = await Rig.start((app, folder) => {
    for (const one of chosen) if (one.environment === undefined) one.build(app, folder);
  }, tellOnce(say));
  const cells: Cell[] = [];
  const add = async (stand: Stand, setting: Setting): Promise<void> => {
    const cell = await stand.measure(setting);
    cells.push(cell);
    const { contender, subscribers, fault = '', bytes, callback, received } = cell;
    const cpu = `${cpuPerThousand(cell).toFixed(0)} CPU ms/1,000`;
    say(`${contender} ${subscribers} ${fault} ${bytes} B, ${callback} ms: ${cpu}, ${received.lost} lost`);
  };
  try {
    const settings = plan(options);
    const last = settings.findLast(({ fault }) => fault === undefined);
    for (const contender of chosen) {
      if (contender.environment !== undefined) continue;
      let stand = new Stand(rig, contender);
      for (const setting of settings) await add(stand, setting);
      for (const other of chosen.filter((one) => one !== contender && one.stack === contender.stack)) {
        stand = await stand.handOver(other);
        if (last !== undefined) await add(stand, last);
      }
      await stand.leave();
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
  tell(results, () => `${machine}\n\n${report(cells, new Map(Object.entries(titles)))}\n\n${verdicts(found)}`, options);
  return found.every(({ holds }) => holds) ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
