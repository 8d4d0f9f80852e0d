// The shell around the core: sockets, timers, promises and listeners of a real client, with sockets that a test controls.
import { RealtimeClient, RealtimeError, type WebSocketConstructor, type WebSocketLike } from '../../../client/src';
import { Emitter } from '../../../client/src/emitter';
import { until } from '../../support/local/local-network';
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
  await until(() => FakeSocket.all.length > 0, 'a socket is made');
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
])('refuses the options %j at once', (options, said) => {
  expect(() => new RealtimeClient(options as never)).toThrow(said);
});

test('offers our subprotocol, and the token as another', async () => {
  const { client, socket } = await live();
  expect(socket.protocols).toEqual(['cdk-realtime.v1', 'cdk-realtime.token.abc']);
  expect([client.state, client.channel('chat:room').state]).toEqual(['connected', 'live']);
  expect(client.latency).toBeGreaterThanOrEqual(0);
});

test('publish resolves with ids and places; a batch with one for each', async () => {
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

test('publish says that it may have been published before, when the application does', async () => {
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

test('close() rejects what is under way, and closes the socket', async () => {
  const { client, socket } = await live();
  const call = client.channel('chat:room').publish(1);
  client.close();
  await expect(call).rejects.toMatchObject({ error: 'client_closed' });
  await expect(client.channel('chat:room').history()).rejects.toMatchObject({ error: 'client_closed' });
  expect([socket.closedWith, client.state]).toEqual([1_000, 'closed']);
});

test('data that can not be written rejects, and leaves the client whole', async () => {
  const { client, socket } = await live();
  await expect(client.channel('chat:room').publish(1n)).rejects.toMatchObject({ error: 'message_invalid' });
  client.reconnect();
  await until(() => FakeSocket.all.length > 1, 'another socket is made');
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
  ['gives none', () => Promise.resolve(undefined as unknown as string)],
])('a token provider that %s is told as the reason', async (_, provider) => {
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

test('an address that no WebSocket takes is told as connect_failed', async () => {
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

test('another address is used once the main one has failed twice; a client says which region it is in', async () => {
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
  // What no WebSocket takes is passed over, and the next is tried at once.
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

test('close() before the connection is open calls off every try', async () => {
  const client = connect();
  await until(() => FakeSocket.all.length > 0, 'a socket is made');
  client.close();
  FakeSocket.all[0]!.onopen?.();
  expect([FakeSocket.all[0]!.closedWith, client.state]).toEqual([1_000, 'closed']);
});

test('binary frames are ignored', async () => {
  const { client, socket } = await live();
  socket.onmessage?.({ data: new ArrayBuffer(3) });
  expect(client.state).toBe('connected');
});

test('the same name gives the same channel; a name that is none is refused', () => {
  const client = connect();
  expect(client.channel('chat:a')).toBe(client.channel('chat:a'));
  expect(() => client.channel('chat')).toThrow(RealtimeError);
  expect(() => client.channel('chat:b', { cursor: 'x' })).toThrow(expect.objectContaining({ error: 'cursor_invalid' }));
});

test('without a WebSocket it says what to do', () => {
  const { WebSocket: global } = globalThis as { WebSocket?: unknown };
  delete (globalThis as { WebSocket?: unknown }).WebSocket;
  try {
    expect(() => new RealtimeClient({ url: 'wss://x', token: 'abc' })).toThrow(/webSocket/);
  } finally {
    if (global !== undefined) Object.assign(globalThis, { WebSocket: global });
  }
});

describe('in a browser', () => {
  const looks = new Set<() => void>();
  const page = {
    visibilityState: 'visible',
    addEventListener: (_: string, look: () => void) => looks.add(look),
    removeEventListener: (_: string, look: () => void) => looks.delete(look),
  };
  beforeEach(() => {
    page.visibilityState = 'visible';
    Object.assign(globalThis, { document: page });
  });
  afterEach(() => {
    delete (globalThis as { document?: unknown }).document;
  });

  test('a client that is closed no longer watches the page', () => {
    const client = connect();
    expect(looks.size).toBe(1);
    client.close();
    expect(looks.size).toBe(0);
  });

  test('a page that was opened in the background asks for nothing until somebody looks, then at once', async () => {
    page.visibilityState = 'hidden';
    const { socket } = await live();
    const asked = (): number => socket.sent.filter(({ action }) => action === 'sync').length;
    page.visibilityState = 'visible';
    for (const look of looks) look();
    expect(asked()).toBe(1);
  });
});

describe('listeners', () => {
  test('one that throws keeps neither the others nor the cursor back, and its error surfaces', async () => {
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

  test('removed ones are not told any more, even by the event under way', () => {
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
