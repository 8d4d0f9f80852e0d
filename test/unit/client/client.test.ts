// RealtimeClient: sockets, timers, promises and listeners around the core. The sockets are controlled by the tests.
import { RealtimeClient, RealtimeError, type WebSocketConstructor, type WebSocketLike } from '../../../client/src';
import { Emitter } from '../../../client/src/emitter';
import { until } from '../../support/until';
import { cursorAt, message } from '../../support/client/client-harness';

class FakeSocket implements WebSocketLike {
  public static all: FakeSocket[] = [];
  public onopen: (() => void) | null = null;
  public onmessage: ((event: { data: unknown }) => void) | null = null;
  public onclose: (() => void) | null = null;
  public onerror: (() => void) | null = null;
  public readonly sent: any[] = [];
  public closedWith: number | undefined;

  public constructor(
    public readonly url: string,
    public readonly protocols: string[],
  ) {
    if (url === 'wss://bad') throw new SyntaxError('not an address');
    FakeSocket.all.push(this);
  }
  public send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  public close(code?: number): void {
    this.closedWith = code;
  }
  public get(data: unknown): void {
    this.onmessage?.({ data: typeof data === 'string' ? data : JSON.stringify(data) });
  }
}
const webSocket = FakeSocket as unknown as WebSocketConstructor;
const clients: RealtimeClient[] = [];

function connect(token: () => string | Promise<string> = () => 'abc', url = 'wss://somewhere/v1'): RealtimeClient {
  const client = new RealtimeClient({ url, token, webSocket });
  clients.push(client);
  client.connect();
  return client;
}

async function live(): Promise<{ client: RealtimeClient; socket: FakeSocket }> {
  const client = connect();
  await until(() => FakeSocket.all.length > 0, 'a socket is created');
  const [socket] = FakeSocket.all as [FakeSocket];
  client.channel('chat:room').subscribe();
  socket.onopen?.();
  socket.get({ id: 1, ok: { cursor: cursorAt(0), verdict: 'complete', messages: [], more: false } });
  return { client, socket };
}

beforeEach(() => {
  FakeSocket.all = [];
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

test.each([
  [undefined, 'url'],
  [{ url: 'localhost:4101', token: 'abc' }, 'got: "localhost:4101"'],
  [{ url: 'https://somewhere/v1', token: 'abc' }, 'wss://'],
  [{ url: 'wss://somewhere/v1' }, 'token'],
  [{ url: 'wss://somewhere/v1', fallbackUrls: 'wss://a', token: 'abc' }, '`fallbackUrls` must be an array'],
  [{ url: 'wss://somewhere/v1', fallbackUrls: ['wss://a', 'a'], token: 'abc' }, 'fallbackUrls` must be wss://'],
])('when the options are %j, then the constructor throws', (options, said) => {
  expect(() => new RealtimeClient(options as never)).toThrow(said);
});

test('when it connects, then it offers the subprotocol, and the token as another one', async () => {
  const { client, socket } = await live();
  expect(socket.protocols).toEqual(['cdk-realtime.v1', 'cdk-realtime.token.abc']);
  expect([client.state, client.channel('chat:room').state]).toEqual(['connected', 'live']);
  expect(client.latency).toBeGreaterThanOrEqual(0);
});

test('when a batch is acknowledged, then publishAll resolves with an id and a position for each message', async () => {
  const { client, socket } = await live();
  const channel = client.channel('chat:room');
  const both = channel.publishAll([{ data: 1, id: 'a' }, { data: 2 }]);
  const { id, messages } = socket.sent.at(-1);
  expect(messages).toEqual([
    { id: 'a', data: 1 },
    { id: expect.stringMatching(/^[0-9a-f-]{36}$/), data: 2 },
  ]);
  socket.get({ id, ok: { origin: 'eu-west-1', epoch: 'e', seqs: [4, 5], ids: messages.map((one: any) => one.id) } });
  expect(await both).toEqual([
    { id: 'a', origin: 'eu-west-1', epoch: 'e', seq: 4 },
    { id: messages[1].id, origin: 'eu-west-1', epoch: 'e', seq: 5 },
  ]);
});

test('given the option retry, when a message is published, then the request has the field retry', async () => {
  const { client, socket } = await live();
  client
    .channel('chat:room')
    .publish(1, { id: 'a', retry: true })
    .catch(() => undefined);
  client
    .channel('chat:other')
    .publishAll([{ data: 1 }], { retry: true })
    .catch(() => undefined);
  expect(socket.sent.slice(-2)).toMatchObject([{ messages: [{ id: 'a', data: 1 }], retry: true }, { retry: true }]);
});

test('given a call without an answer, when the client is closed, then the call rejects and the socket is closed', async () => {
  const { client, socket } = await live();
  const call = client.channel('chat:room').publish(1);
  client.close();
  await expect(call).rejects.toMatchObject({ error: 'client_closed' });
  await expect(client.channel('chat:room').history()).rejects.toMatchObject({ error: 'client_closed' });
  expect([socket.closedWith, client.state]).toEqual([1_000, 'closed']);
});

test('when data that JSON can not hold is published, then the call rejects, and the client still reconnects', async () => {
  const { client, socket } = await live();
  await expect(client.channel('chat:room').publish(1n)).rejects.toMatchObject({ error: 'message_invalid' });
  client.reconnect();
  await until(() => FakeSocket.all.length > 1, 'another socket is created');
  FakeSocket.all[1]!.onopen?.();
  expect([socket.closedWith, client.state]).toEqual([1_000, 'connected']);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('no session');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no session'))],
  ['resolves without one', () => Promise.resolve(undefined as unknown as string)],
])('when the token provider %s, then the state is disconnected, with the reason', async (_, provider) => {
  const client = new RealtimeClient({ url: 'wss://somewhere', token: provider, webSocket });
  clients.push(client);
  const reasons: (Error | undefined)[] = [];
  client.on('state', (state, reason) => {
    if (state === 'disconnected') reasons.push(reason);
  });
  client.connect();
  await until(() => reasons.length > 0, 'it fails');
  expect(reasons[0]).toMatchObject({ error: 'token_provider_failed', cause: expect.any(Error) });
});

test('when the WebSocket refuses the address, then the state is disconnected with connect_failed', async () => {
  const client = new RealtimeClient({ url: 'wss://bad', token: 'abc', webSocket });
  clients.push(client);
  const reasons: (Error | undefined)[] = [];
  client.on('state', (state, reason) => {
    if (state === 'disconnected') reasons.push(reason);
  });
  client.connect();
  await until(() => reasons.length > 0, 'it fails');
  expect(reasons[0]).toMatchObject({ error: 'connect_failed', message: expect.stringContaining('not an address') });
});

test('when the main address has failed twice, then a fallback is used, and the client reports its region', async () => {
  const fallbackUrls = ['wss://bad', 'wss://b/v1?stage=1'];
  const client = new RealtimeClient({ url: 'wss://a/v1', fallbackUrls, token: 'abc', webSocket });
  clients.push(client);
  const regions: string[] = [];
  client.on('region', (region) => regions.push(region));
  client.channel('chat:room').subscribe();
  for (const count of [1, 2]) {
    await until(() => FakeSocket.all.length === count, 'the main address is tried');
    FakeSocket.all[count - 1]!.onclose!();
    client.reconnect();
  }
  await until(() => FakeSocket.all.length === 3, 'the main address is tried again');
  // The address that the WebSocket refuses is skipped at once.
  FakeSocket.all[2]!.onclose!();
  const [, , , socket] = FakeSocket.all;
  socket!.onopen!();
  const { id } = socket!.sent[0];
  socket!.get({ id, ok: { cursor: cursorAt(0), verdict: 'complete', messages: [], more: false, region: 'us-east-1' } });
  expect(FakeSocket.all.map(({ url }) => url)).toEqual([
    'wss://a/v1',
    'wss://a/v1',
    'wss://a/v1',
    'wss://b/v1?stage=1',
  ]);
  expect([client.state, client.region, regions]).toEqual(['connected', 'us-east-1', ['us-east-1']]);
});

test('given a socket that is connecting, when the client is closed, then the socket is closed too', async () => {
  const client = connect();
  await until(() => FakeSocket.all.length > 0, 'a socket is created');
  client.close();
  FakeSocket.all[0]!.onopen?.();
  expect([FakeSocket.all[0]!.closedWith, client.state]).toEqual([1_000, 'closed']);
});

test('when a binary frame arrives, then it is ignored', async () => {
  const { client, socket } = await live();
  socket.onmessage?.({ data: new ArrayBuffer(3) });
  expect(client.state).toBe('connected');
});

test('channel(): the same name returns the same object; an invalid name or cursor throws', () => {
  const client = connect();
  expect(client.channel('chat:a')).toBe(client.channel('chat:a'));
  expect(() => client.channel('chat')).toThrow(RealtimeError);
  expect(() => client.channel('chat:b', { cursor: 'x' })).toThrow(expect.objectContaining({ error: 'cursor_invalid' }));
});

test('given no global WebSocket, then the constructor throws, and names the option', () => {
  const { WebSocket: global } = globalThis as { WebSocket?: unknown };
  delete (globalThis as { WebSocket?: unknown }).WebSocket;
  try {
    expect(() => new RealtimeClient({ url: 'wss://x', token: 'abc' })).toThrow(/webSocket/);
  } finally {
    if (global !== undefined) Object.assign(globalThis, { WebSocket: global });
  }
});

describe('in a browser', () => {
  const listeners = new Set<() => void>();
  const page = {
    visibilityState: 'visible',
    addEventListener: (_: string, listener: () => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => listeners.delete(listener),
  };
  beforeEach(() => {
    page.visibilityState = 'visible';
    Object.assign(globalThis, { document: page });
  });
  afterEach(() => {
    delete (globalThis as { document?: unknown }).document;
  });

  test('when the client is closed, then its listener of the page is removed', () => {
    const client = connect();
    expect(listeners.size).toBe(1);
    client.close();
    expect(listeners.size).toBe(0);
  });

  test('given a page that was opened in the background, when it becomes visible, then there is one sync at once', async () => {
    page.visibilityState = 'hidden';
    const { socket } = await live();
    const asked = (): number => socket.sent.filter(({ action }) => action === 'sync').length;
    page.visibilityState = 'visible';
    for (const listener of listeners) listener();
    expect(asked()).toBe(1);
  });
});

describe('listeners', () => {
  test('when a listener throws, then other listeners and the cursor are not affected, and the error surfaces', async () => {
    const { client, socket } = await live();
    const surfaced: unknown[] = [];
    const { queueMicrotask: original } = globalThis;
    globalThis.queueMicrotask = (task) => {
      try {
        task();
      } catch (error) {
        surfaced.push(error);
      }
    };
    const seen: number[] = [];
    const channel = client.channel('chat:room');
    channel.on('message', () => {
      throw new Error('mine');
    });
    channel.on('message', ({ seq }) => seen.push(seq));
    const { origin, epoch } = message(1);
    socket.get({ push: 'messages', channel: 'chat:room', origin, epoch, messages: [message(1), message(2)] });
    globalThis.queueMicrotask = original;
    expect([seen, channel.cursor]).toEqual([[1, 2], cursorAt(2)]);
    expect(surfaced).toEqual([new Error('mine'), new Error('mine')]);
  });

  test('when a listener removes another one during an event, then that one is not called', () => {
    const emitter = new Emitter<{ event: readonly [number] }>();
    const seen: string[] = [];
    emitter.on('event', () => {
      seen.push('first');
      off();
    });
    const off = emitter.on('event', () => seen.push('second'));
    emitter.emit('event', 1);
    expect(seen).toEqual(['first']);
  });
});
