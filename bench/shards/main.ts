// `npm run bench:shards`: how the subscribers of channels are spread over shards, when their numbers follow Zipf's law.
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { type Output, printProgress, printResults, runCommand, wholeNumber } from '../support/command';
import { SHARD_TARGET } from '../../lambda/core/fanout/shards';
import { seededRandom } from '../../local/support/random';
import { Rig } from '../rig/cloud';
import { OURS, oursDial, oursStack, subscribes } from '../rig/ours';
import { logErrorsOnce } from '../rig/error-log';
import { table } from '../support/table';
import { atLeast, atMost, type Finding, verdicts } from '../support/findings';

const HELP = `npm run bench:shards -- [--connections 4000] [--channels 1000] [--each 5] [--exponent 1] [--seed 1] [--json]

Subscribes connections to channels by Zipf's law, then reads from the table how the subscribers of each channel are spread over its
shards. Exits with 1 when too few channels have several shards, when the largest shard of a channel has more than twice the mean, or when a
shard has far more than its target of ${SHARD_TARGET} subscribers; with 2 when the bench cannot run.

  --connections N  connections that subscribe
  --channels N     channels to choose from
  --each N         different channels of each connection
  --exponent N     exponent of Zipf's law
  --seed N         seed of the random choice
  --json           print one JSON document instead of a table`;

/** Largest shard of a channel as a multiple of the channel's mean. A shard that was just opened is nearly empty. */
const MAX_OF_MEAN = 2;
/** Subscribers of a shard as a multiple of its target: the time of a worker grows with them. Not all newcomers are counted. */
const MAX_OF_TARGET = 1.5;
/** Number of channels with several shards. */
const MIN_SHARDED_CHANNELS = 2;
/** Shards of the largest channel: of two shards, none can have more than twice the mean. */
const MIN_SHARDS = 3;
/** Channels in the table. */
const SHOWN = 10;

interface Measured {
  readonly connections: number;
  readonly channels: number;
  readonly each: number;
  readonly exponent: number;
  readonly seed: number;
}

interface Options extends Measured, Output {}

interface ChannelShards {
  readonly channel: string;
  readonly subscribers: number;
  readonly shards: number;
  /** Subscribers of the largest shard. */
  readonly largest: number;
  /** The same as a multiple of the mean. */
  readonly balance: number;
}

/** The channels of each connection: all different, and the first ones more often. */
function choose({ connections, channels, each, exponent, seed }: Measured): readonly (readonly string[])[] {
  const random = seededRandom(seed, 'zipf');
  const sums: number[] = [];
  for (let i = 0; i < channels; i++) sums.push((sums[i - 1] ?? 0) + 1 / (i + 1) ** exponent);
  const draw = (): number => {
    const at = random() * (sums.at(-1) ?? 0);
    return sums.findIndex((sum) => sum > at);
  };
  return Array.from({ length: connections }, () => {
    const chosen = new Set<number>();
    while (chosen.size < Math.min(each, channels)) chosen.add(draw());
    return [...chosen].map((channel) => `direct:zipf.${channel}`);
  });
}

/** Subscribers by channel and shard: rows with the partition key `ch#<channel>#<shard>` and the connection as sort key, or `!` for metadata. */
async function readShards(rig: Rig): Promise<readonly ChannelShards[]> {
  const functions = rig.region.services.lambda.all();
  const TableName = functions.flatMap(({ config }) => config.environment.CONNECTIONS_TABLE ?? [])[0];
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ region: rig.region.region, endpoint: rig.region.endpoint, credentials }),
  );
  const channels = new Map<string, Map<string, number>>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ProjectionExpression: 'pk, sk' })) {
    for (const { pk, sk } of Items as { pk: string; sk: string }[]) {
      const [, channel, shard] = /^ch#(.*)#([^#]*)$/.exec(pk) ?? [];
      if (channel === undefined || shard === undefined || sk === '!') continue;
      const shards = channels.get(channel) ?? new Map<string, number>();
      channels.set(channel, shards.set(shard, (shards.get(shard) ?? 0) + 1));
    }
  }
  return [...channels]
    .map(([channel, shards]) => {
      const subscribers = [...shards.values()].reduce((sum, count) => sum + count, 0);
      const largest = Math.max(...shards.values());
      return { channel, subscribers, shards: shards.size, largest, balance: largest / (subscribers / shards.size) };
    })
    .sort((a, b) => b.subscribers - a.subscribers);
}

async function measure(options: Measured): Promise<readonly ChannelShards[]> {
  const rig = await Rig.start((app) => {
    oursStack(app, OURS.stack);
  }, logErrorsOnce(printProgress));
  try {
    printProgress(`subscribing ${options.connections} connections to ${options.each} channels each`);
    const dial = await oursDial(rig, OURS.stack, []);
    const seats = Array.from({ length: options.connections }, (_, seat) => seat);
    await rig.seat({ ...dial, joins: choose(options).map(subscribes) }, seats);
    return await readShards(rig);
  } finally {
    await rig.stop();
  }
}

function judge(channels: readonly ChannelShards[]): readonly Finding[] {
  const split = channels.filter(({ shards }) => shards > 1);
  const worst = Math.max(1, ...split.map(({ balance }) => balance));
  return [
    // With fewer shards, the other findings say nothing.
    atLeast('channels with several shards', split.length, MIN_SHARDED_CHANNELS),
    atLeast('shards of the largest channel', channels[0]?.shards ?? 0, MIN_SHARDS),
    atMost('largest shard of a channel, as a multiple of its mean', worst, MAX_OF_MEAN),
    atMost(
      `subscribers of the largest shard, as a multiple of ${SHARD_TARGET}`,
      Math.max(...channels.map(({ largest }) => largest)) / SHARD_TARGET,
      MAX_OF_TARGET,
    ),
  ];
}

function report(channels: readonly ChannelShards[]): string {
  const rows = channels
    .slice(0, SHOWN)
    .map(({ channel, subscribers, shards, largest, balance }) => [
      channel,
      String(subscribers),
      String(shards),
      String(largest),
      balance.toFixed(2),
    ]);
  const head = ['channel', 'subscribers', 'shards', 'largest shard', 'x mean'];
  return `The ${SHOWN} largest of ${channels.length} channels:\n\n${table(head, rows)}`;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '4000' },
      channels: { type: 'string', default: '1000' },
      each: { type: 'string', default: '5' },
      exponent: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const read = (name: 'connections' | 'channels' | 'each' | 'seed'): number => wholeNumber(name, values[name]);
  const exponent = Number(values.exponent);
  if (!(exponent > 0)) throw new Error(`--exponent must be a number above 0, got: ${values.exponent}`);
  const [connections, channels, each] = [read('connections'), read('channels'), read('each')];
  return { connections, channels, each, exponent, seed: read('seed'), json: values.json };
}

async function run({ json, ...options }: Options): Promise<number> {
  const channels = await measure(options);
  const found = judge(channels);
  printResults({ ...options, channels, findings: found }, () => `${report(channels)}\n\n${verdicts(found)}`, { json });
  return found.every(({ holds }) => holds) ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
