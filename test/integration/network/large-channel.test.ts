// A channel with so many subscribers that fan-out workers post its messages: queue, workers and shards in the local cloud.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ChannelMessage } from '../../../client/src';
import { type LocalNetwork, startNetwork } from '../../support/local/local-network';
import { until } from '../../support/until';

const CHANNEL = 'chat:large';
const SHARDS = 3;

let network: LocalNetwork;
let database: DynamoDBDocumentClient;

beforeAll(async () => {
  network = await startNetwork();
  const { endpoint, region } = network.region;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  database = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
  // The counters of a channel with thousands of subscribers: new ones are spread over shards, and publishers post to none directly.
  const head = { n: SHARDS, k0: 700, k1: 500, k2: 500, x: Math.floor(Date.now() / 1000) + 86_400 };
  const key = { pk: `ch#${CHANNEL}#0`, sk: '!' };
  await database.send(new PutCommand({ TableName: network.tables.connections, Item: { ...key, ...head } }));
});

afterAll(async () => {
  database.destroy();
  await network.stop();
});

async function rows(shard: number): Promise<number> {
  const { Count = 0 } = await database.send(
    new QueryCommand({
      TableName: network.tables.connections,
      KeyConditionExpression: 'pk = :pk AND sk > :head',
      ExpressionAttributeValues: { ':pk': `ch#${CHANNEL}#${shard}`, ':head': '!' },
      ConsistentRead: true,
    }),
  );
  return Count;
}

test('given subscribers of several shards, when messages are published, then all receive each once and in order, and closing deletes every row', async () => {
  const clients = Array.from({ length: 24 }, (_, i) => network.client(`user-${i}`));
  const received = clients.map((client) => {
    const messages: ChannelMessage[] = [];
    client.channel(CHANNEL).subscribe((message) => messages.push(message));
    return messages;
  });
  await until(() => clients.every((one) => one.channel(CHANNEL).state === 'live'), 'all are live');
  const loads = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => rows(shard)));
  expect(loads.reduce((sum, load) => sum + load, 0)).toBe(24);
  expect(loads.filter((load) => load > 0).length).toBeGreaterThan(1);

  const [publisher] = clients;
  const published = Array.from({ length: 40 }, (_, i) => i);
  await Promise.all(published.map((i) => publisher!.channel(CHANNEL).publish(i)));
  await until(
    () => received.every((messages) => messages.length >= published.length),
    'every client has every message',
  );
  for (const messages of received) {
    expect(messages.map(({ data }) => data).sort((a, b) => Number(a) - Number(b))).toEqual(published);
    const seqs = messages.map(({ seq }) => seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  }
  const reports = network.logs.filter(({ message, source }) => source.includes('Fanout') && message.includes('REPORT'));
  expect(reports.length).toBeGreaterThan(0);

  for (const client of clients) client.close();
  const left = async (): Promise<number> => {
    const all = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => rows(shard)));
    return all.reduce((sum, load) => sum + load, 0);
  };
  for (let tries = 0; (await left()) > 0 && tries < 100; tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await left()).toBe(0);
}, 60_000);
