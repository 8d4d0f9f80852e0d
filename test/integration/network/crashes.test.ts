// Functions that die at every point of a publish, in the local cloud: what was acknowledged is there, once, and delivered.
import type { CallPhase } from '../../../local/faults/call-hooks';
import { type LocalNetwork, startNetwork, until } from '../../support/local/local-network';
import { Recorder } from '../../support/recorder';

/** What tells the queue of publishes from the queue of fan-outs: lib/queues/publish-queue.ts. */
const PUBLISH_RECEIVES = 100;

let network: LocalNetwork;
let recorder: Recorder;

beforeAll(async () => {
  network = await startNetwork();
  recorder = new Recorder(network);
});
afterAll(async () => {
  await network.stop();
});
afterEach(() => {
  network.region.services.callHooks.onCall = () => Promise.resolve(undefined);
});

/** Ends every instance of a function, with what it is doing. */
async function kill(asset: string): Promise<void> {
  const functions = network.region.services.lambda.all();
  const found = functions.filter(({ config }) => config.name.includes(`Functions${asset}`));
  expect(found).toHaveLength(1);
  await found[0]?.stop();
}

/** Kills a function at its n-th call of AWS from now on. Tells whether it came to that. */
function killAt(asset: string, nth: number, phase: CallPhase): { struck: string | undefined } {
  const result: { struck: string | undefined } = { struck: undefined };
  let calls = 0;
  network.region.services.callHooks.onCall = async ({ service, operation }, at) => {
    if (at !== phase || result.struck !== undefined) return undefined;
    calls += 1;
    if (calls !== nth) return undefined;
    result.struck = `${service} ${operation}`;
    await kill(asset);
    return 'lost';
  };
  return result;
}

/** Publishes with a death at each point in turn, until there is none left; returns the points. */
async function atEveryPoint(
  name: string,
  phase: CallPhase,
  asset: string,
  publish: (channel: string, id: string) => Promise<void>,
): Promise<string[]> {
  const channel = `${name}.${phase}`;
  const client = network.client(`reader-${asset}-${phase}`);
  const messages = recorder.listen(`reader-${asset}`, client.channel(channel));
  await until(() => client.channel(channel).state === 'live', 'the reader is live');
  const points: string[] = [];
  const ids: string[] = [];
  for (let nth = 1; ; nth++) {
    // A new instance makes every call that there is.
    await kill(asset);
    const death = killAt(asset, nth, phase);
    const id = `${asset}-${phase}-${nth}`;
    ids.push(id);
    await publish(channel, id);
    await until(() => messages.length >= ids.length, `${id} arrives, after a death at ${death.struck ?? 'no point'}`);
    // What follows is this test's own.
    network.region.services.callHooks.onCall = () => Promise.resolve(undefined);
    expect(messages.map((message) => message.id)).toEqual(ids);
    expect(recorder.stored(channel)).toEqual(ids);
    if (death.struck === undefined) break;
    points.push(death.struck);
  }
  expect(recorder.problems()).toEqual([]);
  return points;
}

/** Where the log ends, and who is subscribed; the append; a post. */
const POINTS = ['dynamodb Query', 'dynamodb PutItem', 'apigateway POST'];

describe.each(['before', 'after'] as const)('%s each call of AWS', (phase) => {
  test('the function behind frames: the client publishes again, and says so', async () => {
    const client = network.client(`writer-${phase}`);
    const points = await atEveryPoint('chat:frames', phase, 'Message', async (channel, id) => {
      const ack = await recorder.publish(`writer-${phase}`, client.channel(channel), id);
      expect(ack).toMatchObject({ id, origin: 'eu-west-1' });
    });
    expect(points).toEqual(expect.arrayContaining(POINTS));
  }, 60_000);

  test('the function behind HTTP: with an Idempotency-Key, the same request again', async () => {
    const token = await network.token('server');
    const points = await atEveryPoint('chat:http', phase, 'Publish', async (channel, id) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': id };
      const body = JSON.stringify({ messages: [{ id, data: id }] });
      recorder.begun('server', channel, id);
      let status = 0;
      for (let attempt = 0; attempt < 5 && status !== 200; attempt++) {
        const url = `${network.http}/v1/channels/${channel}/messages`;
        ({ status } = await fetch(url, { method: 'POST', headers, body }));
      }
      expect(status).toBe(200);
    });
    expect(points).toEqual(expect.arrayContaining(POINTS));
  }, 60_000);

  test('the writer of an ordered channel: the queue delivers again', async () => {
    const { sqs } = network.region.services;
    const queue = sqs.all().find(({ settings }) => settings.maxReceiveCount === PUBLISH_RECEIVES);
    if (queue === undefined) throw new Error('there is no queue');
    // Three minutes, in earnest.
    queue.settings = { ...queue.settings, visibilityTimeout: 300 };
    const points = await atEveryPoint('orders:queue', phase, 'Writer', async (channel, id) => {
      recorder.begun('server', channel, id);
      queue.send({
        ...{ groupId: channel, deduplicationId: id },
        body: JSON.stringify({ channel, from: 'server', messages: [{ id, data: id, enc: 'json' }] }),
      });
      await until(() => queue.counts().visible + queue.counts().inFlight === 0, 'the queue is empty');
    });
    expect(points).toEqual(expect.arrayContaining(POINTS));
  }, 60_000);
});
