// Functions crash at every AWS call of a publish, in the local cloud. Acknowledged messages must be stored once and delivered.
import type { CallPhase } from '../../../local/faults/call-hooks';
import { type LocalNetwork, startNetwork } from '../../support/local/local-network';
import { until } from '../../support/until';
import { Recorder } from '../../support/recorder';

/** The publish queue's maximum receive count, which the fan-out queue does not share: lib/queues/publish-queue.ts. */
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

/** Ends every instance of a function, running invocations included. */
async function kill(asset: string): Promise<void> {
  const functions = network.region.services.lambda.all();
  const found = functions.filter(({ config }) => config.name.includes(`Functions${asset}`));
  expect(found).toHaveLength(1);
  await found[0]?.stop();
}

/** Kills a function at its n-th AWS call from now on. `struck` is the call, once it has happened. */
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

/** Publishes once for each AWS call of a function, with a crash at that call. Returns the calls. */
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
    // A new instance makes every call, those at its start included.
    await kill(asset);
    const death = killAt(asset, nth, phase);
    const id = `${asset}-${phase}-${nth}`;
    ids.push(id);
    await publish(channel, id);
    await until(() => messages.length >= ids.length, `${id} arrives, after a crash at ${death.struck ?? 'no point'}`);
    // The calls below are those of the test itself.
    network.region.services.callHooks.onCall = () => Promise.resolve(undefined);
    expect(messages.map((message) => message.id)).toEqual(ids);
    expect(recorder.stored(channel)).toEqual(ids);
    if (death.struck === undefined) break;
    points.push(death.struck);
  }
  expect(recorder.problems()).toEqual([]);
  return points;
}

/** Reads of the log's end and of the subscribers; the append; a post. */
const POINTS = ['dynamodb Query', 'dynamodb PutItem', 'apigateway POST'];

describe.each(['before', 'after'] as const)('a crash %s each AWS call of a publish', (phase) => {
  test('given the message function, when the client repeats its publish, then the message is stored and delivered once', async () => {
    const client = network.client(`writer-${phase}`);
    const points = await atEveryPoint('chat:frames', phase, 'Message', async (channel, id) => {
      const ack = await recorder.publish(`writer-${phase}`, client.channel(channel), id);
      expect(ack).toMatchObject({ id, origin: 'eu-west-1' });
    });
    expect(points).toEqual(expect.arrayContaining(POINTS));
  }, 60_000);

  test('given the HTTP function, when a request is repeated with its Idempotency-Key, then the message is stored and delivered once', async () => {
    const token = await network.token('server');
    const points = await atEveryPoint('chat:http', phase, 'Publish', async (channel, id) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': id };
      const body = JSON.stringify({ messages: [{ id, data: id }] });
      recorder.publishStarted('server', channel, id);
      let status = 0;
      for (let attempt = 0; attempt < 5 && status !== 200; attempt++) {
        const url = `${network.http}/v1/channels/${channel}/messages`;
        ({ status } = await fetch(url, { method: 'POST', headers, body }));
      }
      expect(status).toBe(200);
    });
    expect(points).toEqual(expect.arrayContaining(POINTS));
  }, 60_000);

  test('given the writer of a fifo channel, when the queue delivers again, then the message is stored and delivered once', async () => {
    const { sqs } = network.region.services;
    const queue = sqs.all().find(({ settings }) => settings.maxReceiveCount === PUBLISH_RECEIVES);
    if (queue === undefined) throw new Error('the publish queue was not found');
    // Deployed: three minutes.
    queue.settings = { ...queue.settings, visibilityTimeout: 300 };
    const points = await atEveryPoint('orders:queue', phase, 'Writer', async (channel, id) => {
      recorder.publishStarted('server', channel, id);
      queue.send({
        groupId: channel,
        deduplicationId: id,
        body: JSON.stringify({ channel, from: 'server', messages: [{ id, data: id, enc: 'json' }] }),
      });
      await until(() => queue.counts().visible + queue.counts().inFlight === 0, 'the queue is empty');
    });
    expect(points).toEqual(expect.arrayContaining(POINTS));
  }, 60_000);
});
