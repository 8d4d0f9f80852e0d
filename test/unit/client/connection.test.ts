// Connecting, reconnecting, and closing.
import fc from 'fast-check';
import { backoff } from '../../../client/src/core/connection/backoff';
import { CHANNEL, ClientHarness, cursorAt, URL } from '../../support/client/client-harness';

const MINUTE = 60_000;

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
});

describe('connecting', () => {
  test('when connect() is called, then it gets a token, opens a socket with it, and is connected', () => {
    client.core.connect();
    expect([client.states, client.of('fetchToken'), client.of('open')]).toEqual([
      ['connecting'],
      [{ type: 'fetchToken', attempt: 1 }],
      [],
    ]);
    client.core.tokenReady(1, 'abc');
    expect(client.of('open')).toEqual([{ type: 'open', socket: 1, token: 'abc', urls: [URL] }]);
    client.core.opened(1, URL);
    expect(client.states).toEqual(['connecting', 'connected']);
    client.core.connect();
    expect(client.of('fetchToken')).toHaveLength(1);
  });

  test.each(['subscribe', 'publish'] as const)('when the first call is %s, then it connects', (action) => {
    if (action === 'subscribe') client.core.subscribe(CHANNEL);
    else client.publish(1);
    expect([client.states, client.sent()]).toEqual([['connecting'], []]);
    client.openNext();
    expect(client.sent()).toMatchObject([{ action, channel: CHANNEL }]);
  });

  test('given a token provider that failed once, when it succeeds, then the client is connected', () => {
    client.core.connect();
    client.core.tokenFailed(1, new Error('no session'));
    expect(client.of('state').at(-1)).toMatchObject({
      state: 'disconnected',
      reason: { error: 'token_provider_failed', cause: { message: 'no session' } },
    });
    client.advance(250);
    expect(client.of('fetchToken').at(-1)!.attempt).toBe(2);
    client.openNext();
    expect(client.states).toEqual(['connecting', 'disconnected', 'connecting', 'connected']);
  });

  test('when the token arrives after the time to open, then it is not used', () => {
    client.core.connect();
    client.advance(15_000);
    expect(client.of('state').at(-1)).toMatchObject({ state: 'disconnected', reason: { error: 'connect_failed' } });
    client.core.tokenReady(1, 'late');
    client.core.tokenFailed(1, new Error('late'));
    expect(client.of('open')).toEqual([]);
  });

  test('when a socket does not open in time, then it is closed and the state is disconnected', () => {
    client.core.connect();
    client.core.tokenReady(1, 'token');
    client.advance(15_000);
    expect(client.of('close')).toEqual([{ type: 'close', socket: 1 }]);
    client.core.opened(1, URL);
    expect(client.core.state).toBe('disconnected');
  });

  test('backoff(): a random wait up to a bound that doubles, up to 30 seconds', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const wait = backoff(failures, random);
        const bound = Math.min(30_000, 500 * 2 ** Math.min(failures, 20));
        expect(wait).toBe(random * bound);
        expect(wait).toBeLessThanOrEqual(30_000);
      }),
    );
  });

  test('while connections fail or receive nothing, the waits grow; when a frame is received, then they restart', () => {
    client.random = () => 1;
    const waits: number[] = [];
    const fail = (open: boolean): void => {
      const socket = client.of('fetchToken').at(-1)!.attempt;
      if (open) client.openNext();
      client.core.closed(socket);
      waits.push(client.timers.get('reconnect')! - client.now);
      client.advance(waits.at(-1)!);
    };
    client.core.connect();
    for (const open of [false, false, true, true, false]) fail(open);
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    client.live();
    client.core.closed(client.socket);
    expect(client.timers.get('reconnect')! - client.now).toBe(500);
  });

  test('when reconnect() is called, then the socket is closed; while disconnected, then it connects at once', () => {
    client.live();
    client.core.reconnect();
    expect([client.of('close').length, client.core.state]).toEqual([1, 'disconnected']);
    client.core.reconnect();
    expect(client.core.state).toBe('connecting');
    client.openNext();
    client.advance(2_000);
    expect(client.of('open')).toHaveLength(2);
  });
});

describe('after a lost connection', () => {
  test('when a new socket opens, then channels resume at their cursors', () => {
    const first = client.live(3);
    client.core.subscribe('chat:other');
    client.answer({ cursor: cursorAt(9) });
    client.push([4]);
    client.core.closed(first);
    expect([client.core.state, client.channelState]).toEqual(['disconnected', 'subscribing']);
    client.advance(500);
    const second = client.openNext();
    expect(client.sent('subscribe', second).map(({ channel, cursor }) => [channel, cursor])).toEqual([
      [CHANNEL, cursorAt(4)],
      ['chat:other', cursorAt(9)],
    ]);
  });

  test('while disconnected, a subscribe waits for the next connection, and an unsubscribe resolves at once', () => {
    const first = client.live();
    client.core.closed(first);
    client.core.subscribe('chat:more');
    const call = client.unsubscribe();
    expect(client.outcome(call)).toEqual({ value: undefined });
    client.advance(500);
    const second = client.openNext();
    expect(client.sent('subscribe', second).map(({ channel }) => channel)).toEqual(['chat:more']);
  });

  test('when a former socket receives a frame or is closed, then it is ignored', () => {
    const first = client.live();
    client.core.closed(first);
    client.advance(500);
    client.openNext();
    client.answer();
    client.push([1], { socket: first });
    client.core.closed(first);
    expect([client.seqs, client.core.state]).toEqual([[], 'connected']);
  });

  test('when an unknown frame arrives, then it is ignored', () => {
    client.live();
    const before = client.commands.length;
    for (const frame of [
      'no json',
      '[]',
      'null',
      '{"push":"presence","channel":"chat:room"}',
      '{"push":"move"}',
      '{"message":"Internal server error","connectionId":"a","requestId":"b"}',
      '{"id":999,"ok":{}}',
      '{"id":null,"error":{"code":40000,"name":"frame_malformed","message":"","retry":"never","help":""}}',
      '{"id":999,"error":{"code":50000,"name":"internal","message":"","retry":"backoff","help":""}}',
    ])
      client.core.received(client.socket, frame);
    expect(client.commands.slice(before)).toEqual([]);
  });
});

describe('an idle connection', () => {
  test('when it is idle for 9 minutes, then it is pinged; with a pong, it is kept', () => {
    client.connect();
    client.advance(9 * MINUTE - 1);
    expect(client.sent('ping')).toHaveLength(0);
    client.advance(1);
    expect(client.sent('ping')).toHaveLength(1);
    client.advance(9 * MINUTE);
    expect([client.sent('ping').length, client.of('close').length]).toEqual([2, 0]);
  });

  test('given a ping, when nothing arrives within 10 seconds, then the socket is closed', () => {
    client.answersPings = false;
    const socket = client.connect();
    client.advance(9 * MINUTE + 10_000);
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
    expect(client.of('state').at(-1)).toMatchObject({ state: 'disconnected', reason: { error: 'request_timeout' } });
  });

  test('given a ping, when any frame arrives, then the connection is kept', () => {
    client.answersPings = false;
    client.live();
    client.advance(9 * MINUTE);
    client.push([1]);
    client.advance(20_000);
    expect(client.of('close')).toEqual([]);
  });

  test('when a request times out, then the socket is pinged at once; without a pong, it is closed', () => {
    client.answersPings = false;
    const socket = client.live();
    const call = client.publish(1);
    client.advance(10_000);
    expect(client.outcome(call)).toMatchObject({ error: { error: 'request_timeout' } });
    expect(client.sent('ping')).toHaveLength(1);
    client.advance(10_000);
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
  });

  test('given a dead connection, when subscribes are not answered, then the socket is closed', () => {
    client.answersPings = false;
    const socket = client.connect();
    client.core.subscribe(CHANNEL);
    client.advance(10_000);
    expect(client.sent('subscribe')).toHaveLength(2);
    client.advance(10_000);
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
  });
});

describe('close()', () => {
  test('when it is called, then calls reject, channels detach, sockets close, and no timer is left', () => {
    const socket = client.live();
    const calls = [client.publish(1), client.publish(2), client.unsubscribe('chat:other')];
    client.push([5]);
    client.core.close();
    for (const call of calls) expect(client.outcome(call)).toMatchObject({ error: { error: 'client_closed' } });
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
    expect([client.core.state, client.channelState, client.timers.size]).toEqual(['closed', 'detached', 0]);
  });

  test('after it, nothing has an effect any more', () => {
    client.connect();
    client.core.close();
    const seen = client.commands.length;
    client.core.connect();
    client.core.reconnect();
    client.core.close();
    client.core.tokenReady(1, 'token');
    client.core.opened(1, URL);
    client.core.closed(1);
    expect(client.commands).toHaveLength(seen);
    expect(client.outcome(client.publish(1))).toMatchObject({ error: { error: 'client_closed' } });
    client.core.subscribe(CHANNEL);
    expect(client.of('channelState').at(-1)).toMatchObject({ state: 'detached', reason: { error: 'client_closed' } });
    expect(client.timers.size).toBe(0);
  });

  test.each(['connecting', 'connected', 'disconnected'] as const)(
    'when a listener of the state %s calls it, then no timer is left',
    (state) => {
      client.listener = (command) => {
        if (command.type === 'state' && command.state === state) client.core.close();
      };
      client.core.subscribe(CHANNEL);
      if (client.of('fetchToken').length > 0) client.openNext();
      client.core.closed(1);
      expect([client.core.state, client.states.at(-1), client.timers.size]).toEqual(['closed', 'closed', 0]);
    },
  );
});
