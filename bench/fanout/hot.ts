// `npm run bench:hot`: one channel to which many publish at once: what is merged, what it costs, and whether all comes in order.
import { parseArgs } from 'node:util';
import { runCommand, say, whole } from '../support/command';
import type { Publication } from '../rig/audience-messages';
import { Rig, type Usage } from '../rig/cloud';
import { CALLBACK, DYNAMODB, SQS } from '../rig/latencies';
import { DIRECT_CHANNEL, FIFO_CHANNEL, oursDial, OURS, oursPublish, oursStack } from '../rig/ours';
import { type Received, textOf } from '../rig/recorder';
import { tellOnce } from '../rig/tell';
import { table } from '../support/table';
import { atMost, type Finding, least } from './judge';
import { verdicts } from './report';

const HELP = `npm run bench:hot -- [--rate 200] [--direct 20] [--seconds 5] [--subscribers 1000] [--publishers 8] [--bytes 200] [--json]

Publishes to one channel by several connections at a rate, with ordering: fifo and without, and counts what bare connections get:
frames, messages in a frame, what API Gateway would bill for those frames, and what is lost, twice, or out of order. DynamoDB takes
${DYNAMODB} ms, SQS ${SQS}, a post ${CALLBACK}. Up to 300 subscribers, functions post by themselves, unless a writer has full batches.

  --rate N         publishes a second with ordering: fifo
  --direct N       publishes a second without it: of more, some would be refused (docs/experiments/performance.md)
  --seconds N      of publishing, after as many to warm up; then it waits until all has come, or nothing comes any more
  --subscribers N  of the channel
  --publishers N   connections that take turns
  --bytes N        of a message
  --json           one JSON document instead of a table

Exits with 1 when frames are not merged with ordering: fifo, or when something acknowledged is lost there, or out of order; with 2 when
it can't be run. Without it, each publish is a fan-out, or a job for one: on a machine that can't post so much in time, what is late is
left to cursors.`;

/** Longer than a function may take, for what is late comes then. Milliseconds. */
const PATIENCE = 30_000;

interface Measured {
  readonly rate: number;
  readonly direct: number;
  readonly seconds: number;
  readonly subscribers: number;
  readonly publishers: number;
  readonly bytes: number;
}

interface Options extends Measured {
  readonly json: boolean;
}

interface Hot {
  readonly ordering: 'fifo' | 'direct';
  readonly rate: number;
  readonly publishes: number;
  readonly received: Received;
  readonly usage: Usage;
}

async function measure(options: Measured): Promise<readonly Hot[]> {
  const { seconds, subscribers, publishers, bytes } = options;
  const rig = await Rig.start((app) => {
    oursStack(app, OURS.stack);
  }, tellOnce(say));
  try {
    const seats = Array.from({ length: subscribers }, (_, seat) => seat);
    const talkers = Array.from({ length: publishers }, (_, i) => -1 - i);
    await rig.seat(await oursDial(rig, OURS.stack, []), talkers);
    console.error(`${subscribers} subscribers take their seats`);
    await rig.seat(await oursDial(rig, OURS.stack, [FIFO_CHANNEL, DIRECT_CHANNEL]), seats);
    rig.emulateLatencies(CALLBACK);
    let message = 0;
    const results: Hot[] = [];
    for (const [ordering, channel, rate] of [
      ['fifo', FIFO_CHANNEL, options.rate],
      ['direct', DIRECT_CHANNEL, options.direct],
    ] as const) {
      const publishes = rate * seconds;
      const play = (): Promise<Received> =>
        rig.audience.round({
          publishers: talkers,
          publications: Array.from({ length: publishes }, (): Publication => {
            message += 1;
            return { message, frame: oursPublish(channel, textOf(message, bytes), message) };
          }),
          seats,
          rate,
          between: 0,
          patience: PATIENCE,
        });
      console.error(`ordering: ${ordering}`);
      // As many functions start as it takes.
      await play();
      const { result, usage } = await rig.using(OURS.stack, play);
      results.push({ ordering, rate, publishes, received: result, usage });
    }
    return results;
  } finally {
    await rig.stop();
  }
}

const perFrame = ({ received }: Hot): number => received.delivered / received.frames;

function judge(results: readonly Hot[]): readonly Finding[] {
  return results
    .filter(({ ordering }) => ordering === 'fifo')
    .flatMap((hot) => [
      least('fifo: messages in a frame', perFrame(hot), 2),
      atMost('fifo: lost of what was acknowledged', hot.received.lostAcknowledged, 0),
      atMost('fifo: out of order', hot.received.reordered, 0),
    ]);
}

function report(results: readonly Hot[]): string {
  const head = [
    ...['ordering', 'publishes/s', 'publishes', 'acknowledged', 'messages/frame', 'billed/message', 'lost'],
    ...['of acknowledged', 'twice', 'out of order', 'p50 ms', 'p99 ms', 'CPU ms/1,000'],
  ];
  const rows = results.map((hot) => {
    const { ordering, rate, publishes, received, usage } = hot;
    const { delivered, lost, lostAcknowledged, duplicated, reordered, billed, latency, acknowledged } = received;
    return [
      ...[ordering, ...[rate, publishes, acknowledged].map(String), perFrame(hot).toFixed(1)],
      (billed / delivered).toFixed(3),
      ...[lost, lostAcknowledged, duplicated, reordered].map(String),
      ...[latency?.p50.toFixed(0) ?? '-', latency?.p99.toFixed(0) ?? '-'],
      ((1_000 * usage.cpu.warm) / delivered).toFixed(0),
    ];
  });
  return table(head, rows);
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      ...{ rate: { type: 'string', default: '200' }, direct: { type: 'string', default: '20' } },
      ...{ seconds: { type: 'string', default: '5' }, subscribers: { type: 'string', default: '1000' } },
      ...{ publishers: { type: 'string', default: '8' }, bytes: { type: 'string', default: '200' } },
      ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    },
  });
  if (values.help) return 'help';
  const read = (name: keyof Measured): number => whole(name, values[name]);
  return {
    ...{ rate: read('rate'), direct: read('direct'), seconds: read('seconds'), subscribers: read('subscribers') },
    ...{ publishers: read('publishers'), bytes: read('bytes'), json: values.json },
  };
}

async function run({ json, ...options }: Options): Promise<number> {
  const results = await measure(options);
  const found = judge(results);
  console.log(
    json ? JSON.stringify({ ...options, results, findings: found }) : `${report(results)}\n\n${verdicts(found)}`,
  );
  return found.every(({ holds }) => holds) ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
