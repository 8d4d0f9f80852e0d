// Connections that break at every frame of an exchange, and a queue that delivers every message twice, in the local cloud.
import WebSocket from 'ws';
import type { WebSocketConstructor } from '../../../client/src';
import type { Queue, QueuedMessage } from '../../../local/services/sqs';
import { type LocalNetwork, startNetwork } from '../../support/local/local-network';
import { until } from '../../support/until';
import { Recorder } from '../../support/recorder';
import { TestClient } from '../recovery/rig';

/** The publish queue's maximum receive count, which the fan-out queue does not share: lib/queues/publish-queue.ts. */
const PUBLISH_RECEIVES = 100;

let network: LocalNetwork;
let recorder: Recorder;

beforeAll(async () => {
  network = await startNetwork();
});
beforeEach(() => {
  recorder = new Recorder(network);
});
afterAll(async () => {
  await network.stop();
});

type Phase = 'before' | 'after';
interface Drop {
  /** Name of the frame at which the connection broke. */
  struck: string | undefined;
}

/** A WebSocket class whose connections break, without a close frame, before or after the n-th frame in either direction. */
function dropping(nth: number, phase: Phase): { drop: Drop; webSocket: WebSocketConstructor } {
  const drop: Drop = { struck: undefined };
  const asked = new Map<unknown, string>();
  let frames = 0;
  /** Counts a frame, and decides whether the connection breaks at it. */
  const meets = (name: string): boolean => {
    frames += 1;
    if (frames !== nth) return false;
    drop.struck = name;
    return true;
  };
  class DroppingSocket extends WebSocket {
    public override send(data: string): void {
      const { action, id } = JSON.parse(data) as { action: string; id?: number };
      if (id !== undefined) asked.set(id, action);
      if (!meets(action)) super.send(data);
      else if (phase === 'before') this.terminate();
      else
        super.send(data, () => {
          this.terminate();
        });
    }

    public override emit(event: string | symbol, ...args: unknown[]): boolean {
      if (event !== 'message') return super.emit(event, ...args);
      // Frames that arrive after the break are not read.
      if (this.readyState !== WebSocket.OPEN) return false;
      const frame = JSON.parse(String(args[0])) as { push?: string; id?: number };
      const isMet = meets(frame.push === undefined ? `reply to ${asked.get(frame.id)}` : 'push');
      if (isMet) this.terminate();
      return isMet && phase === 'before' ? false : super.emit(event, ...args);
    }
  }
  return { drop, webSocket: DroppingSocket };
}

/** Two clients exchange messages, and the connection of one breaks once. */
async function exchange(name: string, nth: number, phase: Phase): Promise<string | undefined> {
  const { drop, webSocket } = dropping(nth, phase);
  const client = new TestClient({ url: network.ws, token: () => network.token(name), webSocket });
  // Reconnect without the backoff.
  client.client.on('state', (state) => {
    if (state === 'disconnected') setImmediate(() => client.fireTimers('reconnect'));
  });
  const ours = client.client.channel(`chat:${name}`);
  const theirs = network.client('other').channel(ours.name);
  const messages = recorder.listen(name, ours);
  const ids = ['m1', 'm2', 'm3'].map((id) => `${name}.${id}`);
  const at = (): string => `at frame ${nth}, ${drop.struck ?? 'none'}`;
  await until(() => ours.state === 'live', `it is live, dropped ${at()}`);
  await recorder.publish('other', theirs, ids[0]!);
  expect(await recorder.publish(name, ours, ids[1]!)).toMatchObject({ id: ids[1], origin: 'eu-west-1' });
  await recorder.publish('other', theirs, ids[2]!);
  await until(() => messages.length >= ids.length, `all messages have come, dropped ${at()}`);
  expect(messages.map(({ id }) => id)).toEqual(ids);
  expect(recorder.stored(ours.name)).toEqual(ids);
  client.client.close();
  return drop.struck;
}

test.each<[Phase]>([['before'], ['after']])(
  'when a connection breaks %s each frame of an exchange, then every message is stored and delivered once, in order',
  async (phase) => {
    const points: string[] = [];
    for (let nth = 1; ; nth++) {
      const struck = await exchange(`drops-${phase}-${nth}`, nth, phase);
      if (struck === undefined) break;
      points.push(struck);
    }
    expect(new Set(points)).toEqual(
      new Set(['subscribe', 'reply to subscribe', 'publish', 'reply to publish', 'push']),
    );
    expect(recorder.problems()).toEqual([]);
  },
  60_000,
);

/** Ignores the first delete of each message, so that the queue delivers it again at once. Returns the ids of those messages. */
function deliverTwice(queue: Queue): ReadonlySet<string> {
  const again = new Set<string>();
  const remove = queue.delete.bind(queue);
  queue.delete = (receipt) => {
    const { messages } = queue as unknown as { readonly messages: readonly QueuedMessage[] };
    const message = messages.find((one) => one.receipt === receipt);
    if (message === undefined || again.has(message.id)) remove(receipt);
    else {
      again.add(message.id);
      queue.changeVisibility(receipt, 0);
    }
  };
  return again;
}

test('when the publish queue delivers every message twice, then each is stored and delivered once, in the order of the log', async () => {
  const queue = network.region.services.sqs.all().find(({ settings }) => settings.maxReceiveCount === PUBLISH_RECEIVES);
  if (queue === undefined) throw new Error('the publish queue was not found');
  const again = deliverTwice(queue);
  const channels = ['ada', 'grace'].map((name) => network.client(name).channel('orders:twice'));
  const seen = channels.map((channel, i) => recorder.listen(`subscriber-${i}`, channel));
  await until(() => channels.every(({ state }) => state === 'live'), 'both are live');
  // Each publisher awaits its acknowledgement: publishes that are not awaited share one message of the queue.
  const publishTen = async (name: string, at: number): Promise<void> => {
    for (let i = at; i < 20; i += 2) await recorder.publish(name, channels[at]!, `twice-${i}`);
  };
  await Promise.all([publishTen('ada', 0), publishTen('grace', 1)]);
  await until(() => queue.counts().visible + queue.counts().inFlight === 0, 'the queue is empty');
  await until(() => seen.every(({ length }) => length >= 20), 'all messages have come');
  expect(again.size).toBe(20);
  const stored = recorder.stored('orders:twice');
  expect([...stored].sort()).toEqual(Array.from({ length: 20 }, (_, i) => `twice-${i}`).sort());
  for (const messages of seen) expect(messages.map(({ id }) => id)).toEqual(stored);
  expect(recorder.problems()).toEqual([]);
}, 30_000);
