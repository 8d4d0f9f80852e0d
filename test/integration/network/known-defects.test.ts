// What published samples and packages of this field get wrong, each as a test on the synthesized stack with its bundled
// handlers. test/mutants/mutants.json puts every cause back, to show that its test goes red.
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

/** Somebody live on a channel, and the id of the connection. */
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

/** Connection ids of the rows that a channel has. */
async function rowsOf(channel: string): Promise<readonly string[]> {
  const { body } = await network.region.services.dynamodb.call('Query', {
    TableName: network.tables.connections,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: `ch#${channel}#0` } },
    ConsistentRead: true,
  });
  const { Items: items } = JSON.parse(body) as { Items: { sk: { S: string } }[] };
  // The head of the list is nobody's row; one newcomer in eight writes it.
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

test('F9-1: 410 removes exactly the dead row, and the others still get the message', async () => {
  const one = await subscriber('chat:gone');
  const two = await subscriber('chat:gone');
  await putRow('chat:gone', 'DeadConnection00', inAnHour());
  await one.client.channel('chat:gone').publish('still here');
  await until(() => one.seen.length === 1 && two.seen.length === 1, 'both get the message');
  expect(await rowsOf('chat:gone')).toEqual([one.connectionId, two.connectionId].sort());
});

test('F9-2: connections that are throttled or stuck do not delay the others', async () => {
  const healthy = await subscriber('chat:slow');
  const { callbacks } = network.region.services.apigateway.faults;
  // More of them than the pool has places, all before the healthy one in key order.
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
  await until(() => healthy.seen.length === 1, 'the healthy one gets the message');
  // The stuck one is still being waited for: the fan-out as a whole was not through when the healthy one had it.
  expect(isAcknowledged).toBe(false);
  // And is not for ever: half a second, or what a busy machine makes of it.
  const patience = new Promise((resolve) => setTimeout(resolve, 2_500, 'waits'));
  expect(await Promise.race([acknowledged.then(() => 'acknowledged'), patience])).toBe('acknowledged');
  expect(await rowsOf('chat:slow')).toContain(slow[0]);
});

test('F9-3: subscribers beyond the first page of 1 MB get the message', async () => {
  const last = await subscriber('chat:pages');
  // Rows that fill more than the first page, all before the subscriber's in key order, all long expired.
  for (let i = 0; i < 6; i++) {
    const filler = { a: { N: '1' }, x: { N: '1' }, filler: { S: 'x'.repeat(300_000) } };
    await putRow('chat:pages', `!${i}`, filler);
  }
  await network.client('publisher').channel('chat:pages').publish('found');
  await until(() => last.seen.length === 1, 'the message arrives');
});

describe('F9-4: reads that lag lose nothing', () => {
  afterEach(() => {
    for (const table of Object.values(network.tables)) network.region.services.dynamodb.stale.set(table, 0);
  });

  test('of the subscribers: who subscribed just before a publish gets the message', async () => {
    network.region.services.dynamodb.stale.set(network.tables.connections, 1_000);
    const publisher = network.client('publisher').channel('chat:stale-rows');
    const { seen } = await subscriber('chat:stale-rows');
    await publisher.publish('just in time');
    await until(() => seen.length === 1, 'the message arrives');
  });

  test('of the log: what was published just before a resume is in its answer', async () => {
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

test('F9-8: without any $disconnect, the rows of a connection are gone once it can no longer be open', async () => {
  const { apigateway, dynamodb } = network.region.services;
  apigateway.faults.dropDisconnects = true;
  const { client } = await subscriber('chat:vanished');
  client.close();
  await until(() => apigateway.connectionIds.length === 0 || client.state === 'closed', 'the connection is closed');
  expect(await rowsOf('chat:vanished')).toHaveLength(1);
  // 2 hours of a connection at most, 10 minutes of grace (lambda/adapters/callbacks/limits.ts), and a minute.
  clock.shift += (120 + 11) * 60_000;
  await dynamodb.timeToLive.sweep();
  apigateway.faults.dropDisconnects = false;
  expect(await rowsOf('chat:vanished')).toEqual([]);
});
