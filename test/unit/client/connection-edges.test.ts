// Timers, refusals and calls of the connection at moments when they must do nothing, or only one thing.
import { CHANNEL, ClientHarness, cursorAt } from '../../support/client/client-harness';

const MINUTE = 60_000;

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
});

const history = (channel = CHANNEL): void => {
  client.call((call) => {
    client.core.call({ kind: 'history', channel, fields: {}, call });
  });
};

test.each(['open', 'ping', 'pong', 'drain', 'unknown'])(
  'given no connection, when the timer "%s" fires, then nothing happens',
  (name) => {
    const before = client.commands.length;
    client.core.timer(name);
    expect(client.commands.slice(before)).toEqual([]);
  },
);

test.each(['open', 'drain', 'unknown'])(
  'while connected, when the timer "%s" fires, then the connection stays',
  (name) => {
    client.live(3);
    client.core.timer(name);
    expect([client.core.state, client.of('close')]).toEqual(['connected', []]);
  },
);

test('when two requests are refused for the token, then one successor is begun', () => {
  client.live(3);
  history();
  history('chat:other');
  for (const request of client.sent('history')) client.refuse(request, 'token_expired');
  expect(client.of('fetchToken')).toHaveLength(2);
});

test('when reconnect() is called while the first connection is made, then no other is begun', () => {
  client.core.connect();
  client.core.reconnect();
  expect(client.of('fetchToken')).toHaveLength(1);
  client.core.tokenFailed(1, new Error('out'));
  client.advance(500);
  client.core.reconnect();
  expect(client.of('fetchToken')).toHaveLength(2);
});

test('when reconnect() is called while the client waits, then it connects at once, and the wait is over', () => {
  client.core.connect();
  client.core.tokenFailed(1, new Error('out'));
  expect(client.timers.has('reconnect')).toBe(true);
  client.core.reconnect();
  expect([client.of('fetchToken').length, client.timers.has('reconnect')]).toEqual([2, false]);
});

test('when the time to open is over for one socket, then the next has its own', () => {
  client.connect();
  expect(client.timers.has('open')).toBe(false);
  client.fire('rotate');
  expect(client.timers.has('open')).toBe(true);
  client.core.tokenFailed(client.of('fetchToken').at(-1)!.attempt, new Error('out'));
  expect(client.timers.has('open')).toBe(false);
});

test('when the connection is lost while its successor is on the way, then no other is begun', () => {
  const socket = client.live(3);
  client.fire('rotate');
  client.core.closed(socket);
  expect([client.timers.has('reconnect'), client.timers.has('rotate'), client.core.state]).toEqual([
    false,
    false,
    'disconnected',
  ]);
  const next = client.openNext();
  expect([client.core.state, client.sent('subscribe', next)]).toMatchObject(['connected', [{ cursor: cursorAt(3) }]]);
});

test('when the connection is lost, then its timers end', () => {
  const socket = client.live(3);
  client.core.closed(socket);
  expect([...client.timers.keys()]).toEqual(['reconnect']);
});

test('when a listener closes the client while it connects, then it stays closed', () => {
  client.core.subscribe(CHANNEL);
  client.listener = ({ type }) => {
    if (type === 'send') client.core.close();
  };
  client.openNext();
  expect(client.states).toEqual(['connecting', 'closed']);
});

test('when a listener closes the client as the connection is lost, then it stays closed', () => {
  const socket = client.live(3);
  client.listener = (command) => {
    if (command.type === 'channelState') client.core.close();
  };
  client.core.closed(socket);
  expect(client.states).toEqual(['connecting', 'connected', 'closed']);
});

test('when another timer fires, then the time of the successor stays', () => {
  client.connect();
  const due = client.timers.get('rotate')!;
  client.advance(9 * MINUTE);
  client.random = () => 0.999;
  client.core.received(client.socket, JSON.stringify({ push: 'move', within: 600 * MINUTE, reason: 'drain' }));
  expect(client.timers.get('rotate')).toBe(due);
});

test('when a move is requested without addresses, then the successor connects to the address that it has', () => {
  client.connect();
  client.core.received(client.socket, JSON.stringify({ push: 'move', within: 1_000, reason: 'drain', urls: 7 }));
  client.fire('rotate');
  client.openNext();
  expect(client.of('open').map(({ urls }) => urls)).toEqual([['wss://ws.example.com'], ['wss://ws.example.com']]);
});

test('when a socket that is unknown is closed or answers, then nothing happens', () => {
  client.live(3);
  const before = client.commands.length;
  client.core.closed(99);
  client.core.received(99, '{"push":"messages","channel":"chat:x","messages":[]}');
  client.core.opened(99, 'wss://x');
  client.core.tokenReady(99, 'token');
  client.core.tokenFailed(99, new Error('out'));
  expect(client.commands).toHaveLength(before);
});

describe('pings', () => {
  test('given a ping without an answer, then no other is sent, and the connection is replaced', () => {
    client.answersPings = false;
    const socket = client.live(3);
    client.advance(9 * MINUTE);
    client.core.timer('ping');
    expect(client.sent('ping')).toHaveLength(1);
    client.advance(10_000);
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
  });

  test('given a connection that was lost during a ping, then the next one is pinged too', () => {
    client.answersPings = false;
    const first = client.live(3);
    client.core.timer('ping');
    client.core.closed(first);
    client.advance(500);
    client.openNext();
    client.core.timer('ping');
    expect(client.sent('ping').map(({ socket }) => socket)).toEqual([first, client.socket]);
  });

  test('when any frame comes, then it is an answer', () => {
    client.answersPings = false;
    client.live(3);
    client.core.timer('ping');
    client.push([4]);
    expect(client.timers.has('pong')).toBe(false);
    client.core.timer('ping');
    expect(client.sent('ping')).toHaveLength(2);
  });
});
