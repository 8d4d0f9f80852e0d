// `npm run bench:shards`: how the subscribers of channels lie in the table, when few channels have many and many have few.
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { runCommand, say, whole } from '../support/command';
import { SHARD_TARGET } from '../../lambda/core/fanout/shards';
import { seededRandom } from '../../local/support/random';
import { Rig } from '../rig/cloud';
import { OURS, oursDial, oursStack, subscribes } from '../rig/ours';
import { tellOnce } from '../rig/tell';
import { table } from '../support/table';
import { atMost, type Finding, least } from './judge';
import { verdicts } from './report';

const HELP = `npm run bench:shards -- [--connections 4000] [--channels 1000] [--each 5] [--exponent 1] [--seed 1] [--json]

Subscribes connections to channels by Zipf's law, and reads from the table how the subscribers of each channel are spread over its
shards. Exits with 1 when few channels have several, the largest shard of one has more than twice its mean, or any has well above
the ${SHARD_TARGET} that are meant; with 2 when it can't be run.

  --connections N  that subscribe
  --channels N     to choose from
  --each N         channels of each connection, different ones
  --exponent N     of Zipf's law
  --seed N         of chance
  --json           one JSON document instead of a table`;

/** Largest shard of a channel, of its mean. One that has just been opened is nearly empty. */
const MOST = 2;
/** Subscribers of any shard, of what is meant: a worker's time grows with them. Not all newcomers are counted. */
const MOST_OF_TARGET = 1.5;
/** Channels with several shards. */
const LEAST_SPLIT = 2;
/** Shards of the largest: of two, none can have more than twice the mean. */
const LEAST_SHARDS = 3;
const SHOWN = 10;

interface Measured {
  readonly connections: number;
  readonly channels: number;
  readonly each: number;
  readonly exponent: number;
  readonly seed: number;
}

interface Options extends Measured {
  readonly json: boolean;
}

interface ChannelShards {
  readonly channel: string;
  readonly subscribers: number;
  readonly shards: number;
  /** Subscribers of the largest shard. */
  readonly largest: number;
  /** The same, of the mean. */
  readonly balance: number;
}

/** So many different channels for each connection, the first ones more often. */
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

/** Subscribers by channel and shard: rows `ch#<channel>#<shard>` / <connection>, where `!` is no connection. */
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
  }, tellOnce(say));
  try {
    console.error(`${options.connections} connections subscribe to ${options.each} channels each`);
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
    // Without them, nothing has been shown.
    least('channels with several shards', split.length, LEAST_SPLIT),
    least('shards of the largest channel', channels[0]?.shards ?? 0, LEAST_SHARDS),
    atMost('largest shard of a channel, of its mean', worst, MOST),
    atMost(
      `subscribers of the largest shard, of ${SHARD_TARGET}`,
      Math.max(...channels.map(({ largest }) => largest)) / SHARD_TARGET,
      MOST_OF_TARGET,
    ),
  ];
}

function report(channels: readonly ChannelShards[]): string {
  const rows = channels
    .slice(0, SHOWN)
    .map(({ channel, subscribers, shards, largest, balance }) => [
      ...[channel, String(subscribers), String(shards), String(largest), balance.toFixed(2)],
    ]);
  const head = ['channel', 'subscribers', 'shards', 'largest shard', 'of mean'];
  return `The ${SHOWN} largest of ${channels.length} channels:\n\n${table(head, rows)}`;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      ...{ connections: { type: 'string', default: '4000' }, channels: { type: 'string', default: '1000' } },
      ...{ each: { type: 'string', default: '5' }, exponent: { type: 'string', default: '1' } },
      ...{ seed: { type: 'string', default: '1' }, json: { type: 'boolean', default: false } },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const read = (name: 'connections' | 'channels' | 'each' | 'seed'): number => whole(name, values[name]);
  const exponent = Number(values.exponent);
  if (!(exponent > 0)) throw new Error(`--exponent must be a number above 0, got: ${values.exponent}`);
  const [connections, channels, each] = [read('connections'), read('channels'), read('each')];
  return { connections, channels, each, exponent, seed: read('seed'), json: values.json };
}

async function run({ json, ...options }: Options): Promise<number> {
  const channels = await measure(options);
  const found = judge(channels);
  console.log(
    json ? JSON.stringify({ ...options, channels, findings: found }) : `${report(channels)}\n\n${verdicts(found)}`,
  );
  return found.every(({ holds }) => holds) ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
