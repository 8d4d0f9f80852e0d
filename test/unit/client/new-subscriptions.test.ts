// A new subscription in a network of several regions (`syncIn`): syncs find what was replicated after the answer.
import { SYNC_INTERVAL } from '../../../client/src/core/channel/sync';
import type { SubscribeOk } from '../../../protocol';
import { CHANNEL, ClientHarness, cursorAt, message, type Sent } from '../../support/client/client-harness';

const SYNC_IN = 4_000;
/** Most that a sync is delayed, so that subscriptions share it. */
const COALESCING = 250;
/** Time of the last sync. */
const END = 4 * SYNC_IN + COALESCING;

let client: ClientHarness;

beforeEach(() => {
  client = new ClientHarness({ visible: true });
});

/** Answers the newest sync: what is not given is complete. */
function answer(channels: Readonly<Record<string, Partial<SubscribeOk>>>): void {
  const request = client.sent('sync').at(-1)! as Sent & { channels: Record<string, string> };
  const whole = Object.entries(request.channels).map(([name, cursor]) => {
    return [name, { verdict: 'complete', messages: [], more: false, cursor, ...channels[name] }];
  });
  client.reply(request, { channels: Object.fromEntries(whole) });
}

/** Subscribed at 3. */
function told({ visible = true, ...more }: Partial<SubscribeOk> & { visible?: boolean } = {}): number {
  client.core.setVisible(visible);
  const socket = client.connect();
  client.core.subscribe(CHANNEL);
  client.answer({ cursor: cursorAt(3), syncIn: SYNC_IN, ...more });
  return socket;
}

const asked = (): number => client.sent('sync').length;

test.each([true, false])('the subscription is synced after 2, 4, 6, 8 and 16 seconds (visible: %s)', (visible) => {
  told({ visible });
  const times: number[] = [];
  client.listener = (command) => {
    if (command.type === 'send' && command.text.includes('"sync"')) times.push(client.now);
  };
  client.advance(SYNC_INTERVAL / 2);
  expect(times).toEqual([0.5, 1, 1.5, 2, 4].map((step) => step * SYNC_IN + COALESCING));
  client.advance(SYNC_INTERVAL);
  expect(times.length > 5).toBe(visible);
});

test('when a sync brings a message, then it is delivered, and the subscription is not taken for lost', () => {
  told();
  client.advance(SYNC_IN);
  answer({ [CHANNEL]: { cursor: cursorAt(4), messages: [message(4)] } });
  expect([client.seqs, client.sent('subscribe').length]).toEqual([[4], 1]);
});

test('when the last of the syncs brings a message, then the channel subscribes again: the live path does not work', () => {
  told();
  client.advance(END);
  answer({ [CHANNEL]: { cursor: cursorAt(4), messages: [message(4)] } });
  expect([client.seqs, client.sent('subscribe').length]).toEqual([[4], 2]);
});

test('given a hundred channels that are answered within a second, then at most five requests ask for all of them at each step', () => {
  client.connect();
  const names = Array.from({ length: 100 }, (_, i) => `chat:room.${i}`);
  for (const name of names) client.core.subscribe(name);
  for (const request of client.sent('subscribe')) {
    client.reply(request, { cursor: cursorAt(3), verdict: 'complete', messages: [], more: false, syncIn: SYNC_IN });
    client.advance(10);
  }
  client.advance(SYNC_IN / 2 + COALESCING);
  const syncs = client.sent('sync') as (Sent & { channels: object })[];
  expect(syncs.length).toBeLessThanOrEqual(5);
  expect(syncs.flatMap(({ channels }) => Object.keys(channels)).sort()).toEqual([...names].sort());
});

test('given a channel that joins while another waits for its sync, then the sync of the other is not postponed', () => {
  told();
  client.advance(SYNC_IN / 2);
  client.core.subscribe('chat:other');
  client.answer({ cursor: cursorAt(3), syncIn: SYNC_IN });
  client.advance(COALESCING);
  expect(client.sent('sync')).toMatchObject([{ channels: { [CHANNEL]: cursorAt(3) } }]);
  client.advance(SYNC_IN / 2);
  expect(client.sent('sync')[1]).toMatchObject({ channels: { 'chat:other': cursorAt(3) } });
});

test('given a successor, then its subscriptions are synced on it, before and after it is in use', () => {
  const old = told({ visible: false });
  client.advance(END);
  client.fire('rotate');
  const before = asked();
  const successor = client.openNext();
  client.answer({ syncIn: SYNC_IN, messages: [message(4)], more: true }, successor);
  client.advance(SYNC_IN / 2 + COALESCING);
  expect(
    client
      .sent('sync')
      .slice(before)
      .map(({ socket }) => socket),
  ).toEqual([successor]);
  client.answer({ syncIn: SYNC_IN }, successor);
  client.advance(SYNC_IN / 2 + COALESCING);
  expect(client.of('close')).toContainEqual({ type: 'close', socket: old });
  expect(
    client
      .sent('sync')
      .slice(before)
      .map(({ socket }) => socket),
  ).toEqual([successor, successor]);
});

test('when the connection is replaced, then only the subscription on the new one is synced', () => {
  told({ visible: false });
  client.core.reconnect();
  client.advance(500);
  const socket = client.openNext();
  client.answer({ syncIn: SYNC_IN });
  client.advance(END);
  expect(client.sent('sync').map((one) => one.socket)).toEqual([socket, socket, socket, socket, socket]);
});

test('given a channel that subscribes again, then its syncs begin anew', () => {
  told({ visible: false });
  client.advance(SYNC_IN);
  client.push([5]);
  client.advance(500);
  client.answer({ syncIn: SYNC_IN, messages: [message(4), message(5)] });
  const before = asked();
  client.advance(END);
  expect(asked() - before).toBe(5);
});

test('while the channel is subscribing, detached or without a connection, then it is not synced', () => {
  const socket = told({ visible: false, more: true });
  client.advance(SYNC_IN);
  client.answer({ syncIn: SYNC_IN });
  client.unsubscribe();
  client.advance(SYNC_IN);
  client.core.closed(socket);
  client.advance(END);
  expect(asked()).toBe(0);
});

test('given that other regions could not be told (renew), then the last step subscribes again, and the channel stays live', () => {
  const socket = told({ renew: true });
  client.advance(END);
  expect([asked(), client.sent('subscribe').length]).toEqual([4, 2]);
  expect(client.sent('subscribe').at(-1)).toMatchObject({ channel: CHANNEL, cursor: cursorAt(3), socket });
  expect(client.channelState).toBe('live');
});

test('given a server of one region, then there is no sync but the periodic one', () => {
  client.live(3);
  client.advance(SYNC_INTERVAL / 2);
  expect([asked(), client.timers.has('new')]).toEqual([0, false]);
});

test('when the client is closed, then no timer is left', () => {
  told();
  client.core.close();
  expect(client.timers.size).toBe(0);
});
