// `npm run bench:hot`: one channel with many concurrent publishers: how many messages share a frame, the cost, and the order of delivery.
import { parseArgs } from 'node:util';
import { type Output, printProgress, printResults, runCommand, wholeNumber } from '../support/command';
import type { Publication } from '../rig/audience-messages';
import { Rig, type Usage } from '../rig/cloud';
import { CALLBACK, DYNAMODB, SQS } from '../rig/latencies';
import { DIRECT_CHANNEL, FIFO_CHANNEL, oursDial, OURS, oursPublish, oursStack } from '../rig/ours';
import { type Received, textOf } from '../rig/recorder';
import { logErrorsOnce } from '../rig/error-log';
import { table } from '../support/table';
import { atLeast, atMost, type Finding, verdicts } from '../support/findings';

const HELP = `npm run bench:hot -- [--rate 200] [--direct 20] [--seconds 5] [--subscribers 1000] [--publishers 8] [--bytes 200] [--json]

Several connections publish to one channel at a rate, with and without \`ordering: fifo\`. Counts what plain WebSocket connections
receive: frames, messages per frame, messages that API Gateway would bill, and lost, duplicated and reordered messages. Emulated latencies:
DynamoDB ${DYNAMODB} ms, SQS ${SQS} ms, a post to a connection ${CALLBACK} ms. With up to 300 subscribers, the function that appends also posts, unless
a writer has full batches.

  --rate N         publishes per second with ordering: fifo
  --direct N       publishes per second without it. With more, some would be refused (docs/experiments/performance.md)
  --seconds N      duration of the publishes, after a warm-up of the same length. Then the bench waits for missing messages
  --subscribers N  subscribers of the channel
  --publishers N   connections that publish in turn
  --bytes N        size of a message
  --json           print one JSON document instead of a table

Exits with 1 when a FIFO channel does not put several messages into a frame, or loses or reorders an acknowledged message; with 2 when the
bench cannot run. Without FIFO, every publish is a fan-out of its own. On a machine that is too slow for all posts, clients fetch late messages
with their cursors.`;

/** Longer than a function may run, since late messages arrive by then. Milliseconds. */
const LOST_AFTER = 30_000;

interface Measured {
  readonly rate: number;
  readonly direct: number;
  readonly seconds: number;
  readonly subscribers: number;
  readonly publishers: number;
  readonly bytes: number;
}

interface Options extends Measured, Output {}

/** The result for one ordering. */
interface HotChannel {
  readonly ordering: 'fifo' | 'direct';
  readonly rate: number;
  readonly publishes: number;
  readonly received: Received;
  readonly usage: Usage;
}

async function measure(options: Measured): Promise<readonly HotChannel[]> {
  const { seconds, subscribers, publishers, bytes } = options;
  const rig = await Rig.start((app) => {
    oursStack(app, OURS.stack);
  }, logErrorsOnce(printProgress));
  try {
    const seats = Array.from({ length: subscribers }, (_, seat) => seat);
    const publisherSeats = Array.from({ length: publishers }, (_, i) => -1 - i);
    await rig.seat(await oursDial(rig, OURS.stack, []), publisherSeats);
    printProgress(`connecting ${subscribers} subscribers`);
    await rig.seat(await oursDial(rig, OURS.stack, [FIFO_CHANNEL, DIRECT_CHANNEL]), seats);
    rig.emulateLatencies(CALLBACK);
    let message = 0;
    const results: HotChannel[] = [];
    for (const [ordering, channel, rate] of [
      ['fifo', FIFO_CHANNEL, options.rate],
      ['direct', DIRECT_CHANNEL, options.direct],
    ] as const) {
      const publishes = rate * seconds;
      const play = (): Promise<Received> =>
        rig.audience.round({
          publishers: publisherSeats,
          publications: Array.from({ length: publishes }, (): Publication => {
            message += 1;
            return { message, frame: oursPublish(channel, textOf(message, bytes), message) };
          }),
          seats,
          rate,
          between: 0,
          lostAfter: LOST_AFTER,
        });
      printProgress(`ordering: ${ordering}`);
      // The warm-up starts as many function instances as the load needs.
      await play();
      const { result, usage } = await rig.using(OURS.stack, play);
      results.push({ ordering, rate, publishes, received: result, usage });
    }
    return results;
  } finally {
    await rig.stop();
  }
}

const perFrame = ({ received }: HotChannel): number => received.delivered / received.frames;

function judge(results: readonly HotChannel[]): readonly Finding[] {
  return results
    .filter(({ ordering }) => ordering === 'fifo')
    .flatMap((hot) => [
      atLeast('fifo: messages per frame', perFrame(hot), 2),
      atMost('fifo: lost deliveries of acknowledged messages', hot.received.lostAcknowledged, 0),
      atMost('fifo: reordered deliveries', hot.received.reordered, 0),
    ]);
}

function report(results: readonly HotChannel[]): string {
  const head = [
    'ordering',
    'publishes/s',
    'publishes',
    'acknowledged',
    'messages/frame',
    'billed/message',
    'lost',
    'lost of acknowledged',
    'duplicated',
    'reordered',
    'p50 ms',
    'p99 ms',
    'CPU ms/1,000',
  ];
  const rows = results.map((hot) => {
    const { ordering, rate, publishes, received, usage } = hot;
    const { delivered, lost, lostAcknowledged, duplicated, reordered, billed, latency, acknowledged } = received;
    return [
      ordering,
      ...[rate, publishes, acknowledged].map(String),
      perFrame(hot).toFixed(1),
      (billed / delivered).toFixed(3),
      ...[lost, lostAcknowledged, duplicated, reordered].map(String),
      latency?.p50.toFixed(0) ?? '-',
      latency?.p99.toFixed(0) ?? '-',
      ((1_000 * usage.cpu.warm) / delivered).toFixed(0),
    ];
  });
  return table(head, rows);
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '200' },
      direct: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '5' },
      subscribers: { type: 'string', default: '1000' },
      publishers: { type: 'string', default: '8' },
      bytes: { type: 'string', default: '200' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const read = (name: keyof Measured): number => wholeNumber(name, values[name]);
  return {
    rate: read('rate'),
    direct: read('direct'),
    seconds: read('seconds'),
    subscribers: read('subscribers'),
    publishers: read('publishers'),
    bytes: read('bytes'),
    json: values.json,
  };
}

async function run({ json, ...options }: Options): Promise<number> {
  const results = await measure(options);
  const found = judge(results);
  printResults({ ...options, results, findings: found }, () => `${report(results)}\n\n${verdicts(found)}`, { json });
  return found.every(({ holds }) => holds) ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
