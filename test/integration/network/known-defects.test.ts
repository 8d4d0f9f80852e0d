// Defects of published samples and packages of this field, each as a test of the synthesized stack with its bundled handlers.
// test/mutants/mutants.json plants every defect, to prove that its test fails.
import { type LocalNetwork, startNetwork } from '../../support/local/local-network';
import { ShiftedClock } from '../../support/shifted-clock';
import { until } from '../../support/until';

let network: LocalNetwork;
const clock = new ShiftedClock();

beforeAll(async () => {
  network = await startNetwork({ clock });
});

afterAll(async () => {
  await network.stop();
});

/** Subscribes a client to a channel. Returns its connection id and the data that it receives. */
async function subscriber(
  channel: string,
): Promise<{ connectionId: string; seen: unknown[]; client: ReturnType<LocalNetwork['client']> }> {
  const { apigateway } = network.region.services;
  const before = new Set(apigateway.connectionIds);
  const client = network.client('subscriber');
  const seen: unknown[] = [];
  client.channel(channel).subscribe(({ data }) => seen.push(data));
  await until(() => client.channel(channel).state === 'live', 'the subscriber is live');
  const connectionId = apigateway.connectionIds.find((id) => !before.has(id)) ?? '';
  return { connectionId, seen, client };
}

/** Connection ids of a channel's subscriber rows. */
async function rowsOf(channel: string): Promise<readonly string[]> {
  const { body } = await network.region.services.dynamodb.call('Query', {
    TableName: network.tables.connections,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: `ch#${channel}#0` } },
    ConsistentRead: true,
  });
  const { Items: items } = JSON.parse(body) as { Items: { sk: { S: string } }[] };
  // `!` is the sort key of the shard's counter row, not of a subscriber.
  return items.map(({ sk }) => sk.S).filter((sk) => sk !== '!');
}

async function putRow(channel: string, connectionId: string, fields: Record<string, unknown>): Promise<void> {
  const item = { pk: { S: `ch#${channel}#0` }, sk: { S: connectionId }, ...fields };
  const { status } = await network.region.services.dynamodb.call('PutItem', {
    TableName: network.tables.connections,
    Item: item,
  });
  expect(status).toBe(200);
}

const inAnHour = (): { a: { N: string }; x: { N: string } } => ({
  a: { N: String(Date.now()) },
  x: { N: String(Math.floor(Date.now() / 1000) + 3_600) },
});

test('given a connection that answers 410, when a message is posted, then only its row is deleted and the others receive the message', async () => {
  const one = await subscriber('chat:gone');
  const two = await subscriber('chat:gone');
  await putRow('chat:gone', 'DeadConnection00', inAnHour());
  await one.client.channel('chat:gone').publish('still here');
  await until(() => one.seen.length === 1 && two.seen.length === 1, 'both get the message');
  expect(await rowsOf('chat:gone')).toEqual([one.connectionId, two.connectionId].sort());
});

test('given throttled and stuck connections, when a message is posted, then the others receive it without delay', async () => {
  const healthy = await subscriber('chat:slow');
  const { callbacks } = network.region.services.apigateway.faults;
  // More throttled connections than the pool has slots, all before the healthy one in key order.
  const slow = Array.from({ length: 70 }, (_, i) => `!Throttled${String(i).padStart(6, '0')}`);
  for (const id of slow) {
    callbacks.set(id, 'throttled');
    await putRow('chat:slow', id, inAnHour());
  }
  callbacks.set('!Stuck0000000000', 'stuck');
  await putRow('chat:slow', '!Stuck0000000000', inAnHour());
  const acknowledged = network.client('publisher').channel('chat:slow').publish('now');
  let isAcknowledged = false;
  void acknowledged.then(() => (isAcknowledged = true));
  await until(() => healthy.seen.length === 1, 'the healthy connection receives the message');
  // The fan-out still waits for the stuck connection when the healthy one has received the message.
  expect(isAcknowledged).toBe(false);
  // The wait is limited to half a second, more on a busy machine.
  const patience = new Promise((resolve) => setTimeout(resolve, 2_500, 'waits'));
  expect(await Promise.race([acknowledged.then(() => 'acknowledged'), patience])).toBe('acknowledged');
  expect(await rowsOf('chat:slow')).toContain(slow[0]);
});

test('given subscribers beyond the first page of 1 MB, when a message is posted, then they receive it', async () => {
  const last = await subscriber('chat:pages');
  // Expired rows that fill more than the first page, all before the subscriber's row in key order.
  for (let i = 0; i < 6; i++) {
    const filler = { a: { N: '1' }, x: { N: '1' }, filler: { S: 'x'.repeat(300_000) } };
    await putRow('chat:pages', `!${i}`, filler);
  }
  await network.client('publisher').channel('chat:pages').publish('found');
  await until(() => last.seen.length === 1, 'the message arrives');
});

describe('eventually consistent reads', () => {
  afterEach(() => {
    for (const table of Object.values(network.tables)) network.region.services.dynamodb.stale.set(table, 0);
  });

  test('given stale reads of subscribers, when a client subscribes just before a publish, then it receives the message', async () => {
    network.region.services.dynamodb.stale.set(network.tables.connections, 1_000);
    const publisher = network.client('publisher').channel('chat:stale-rows');
    const { seen } = await subscriber('chat:stale-rows');
    await publisher.publish('just in time');
    await until(() => seen.length === 1, 'the message arrives');
  });

  test('given stale reads of the log, when a client resumes just after a publish, then the answer has the message', async () => {
    const { client } = await subscriber('chat:stale-log');
    const cursor = client.channel('chat:stale-log').cursor ?? '';
    network.region.services.dynamodb.stale.set(network.tables.messages, 1_000);
    await network.client('publisher').channel('chat:stale-log').publish('just before');
    const resumed: unknown[] = [];
    const verdicts: string[] = [];
    const channel = network.client('resuming').channel('chat:stale-log', { cursor });
    channel.on('verdict', ({ verdict }) => verdicts.push(verdict));
    channel.subscribe(({ data }) => resumed.push(data));
    await until(() => channel.state === 'live', 'the resume is answered');
    expect([resumed, verdicts]).toEqual([['just before'], ['complete']]);
  });
});

test('given no $disconnect, when the longest connection time has passed, then the rows of the connection are deleted', async () => {
  const { apigateway, dynamodb } = network.region.services;
  apigateway.faults.dropDisconnects = true;
  const { client } = await subscriber('chat:vanished');
  client.close();
  await until(() => apigateway.connectionIds.length === 0 || client.state === 'closed', 'the connection is closed');
  expect(await rowsOf('chat:vanished')).toHaveLength(1);
  // At most 2 hours of a connection, 10 minutes of grace (lambda/adapters/api-gateway/limits.ts), and one minute more.
  clock.shift += (120 + 11) * 60_000;
  await dynamodb.timeToLive.sweep();
  apigateway.faults.dropDisconnects = false;
  expect(await rowsOf('chat:vanished')).toEqual([]);
});
