// Connecting, reconnecting, and replacing the connection.
import fc from 'fast-check';
import { backoff } from '../../../client/src/core/connection/backoff';
import { CHANNEL, ClientHarness, cursorAt, message, URL } from '../../support/client/client-harness';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
});

/** A JWT that expires so many milliseconds after the harness's time 0. */
const tokenUntil = (ms: number): string => `h.${btoa(JSON.stringify({ exp: ms / 1000 })).replaceAll('=', '')}.s`;

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

describe('replacing the socket', () => {
  /** Live at 1, and the successor of its socket open. */
  const rotate = (): { old: number; successor: number } => {
    const old = client.live(1);
    client.fire('rotate');
    return { old, successor: client.openNext() };
  };

  test('the successor is begun between 110 and 118 minutes', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const one = new ClientHarness();
        one.random = () => random;
        one.connect();
        const due = one.timers.get('rotate')!;
        expect(due).toBeGreaterThanOrEqual(110 * MINUTE);
        expect(due).toBeLessThanOrEqual(118 * MINUTE);
      }),
    );
  });

  test('when the successor has subscribed, then the old socket is closed, and the channel stays live', () => {
    const { old, successor } = rotate();
    expect(client.sent('subscribe', successor)).toMatchObject([{ channel: CHANNEL, cursor: cursorAt(1) }]);
    expect([client.of('close'), client.channelState, client.core.state]).toEqual([[], 'live', 'connected']);
    client.answer();
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    expect(client.states).toEqual(['connecting', 'connected']);
    client.core.closed(old);
    client.push([2], { socket: successor });
    expect([client.seqs, client.core.state]).toEqual([[2], 'connected']);
  });

  test('given no channels, when the successor opens, then the old socket is closed', () => {
    const old = client.connect();
    client.fire('rotate');
    client.openNext();
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
  });

  test('when messages arrive on both sockets, then each is delivered once', () => {
    const { old, successor } = rotate();
    client.push([2], { socket: old });
    client.push([2, 3], { socket: successor });
    client.push([3, 4], { socket: old });
    client.answer({ messages: [message(2), message(3), message(4)] }, successor);
    client.push([5], { socket: old });
    client.push([4, 5, 6], { socket: successor });
    expect(client.seqs).toEqual([2, 3, 4, 5, 6]);
  });

  test('when the answer has more pages, then they are requested on the successor before it takes over', () => {
    const { old, successor } = rotate();
    client.answer({ messages: [message(2)], more: true }, successor);
    expect(client.of('close')).toEqual([]);
    expect(client.sent('subscribe').at(-1)).toMatchObject({ socket: successor, cursor: cursorAt(2) });
    client.answer({ messages: [message(3)] }, successor);
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    expect(client.seqs).toEqual([2, 3]);
  });

  test('when the answer is older than pushes on the old socket, then the cursor does not move back', () => {
    const { old, successor } = rotate();
    client.push([2, 3], { socket: old });
    client.answer({ messages: [message(2)], more: true }, successor);
    expect(client.sent('subscribe').at(-1)).toMatchObject({ socket: successor, cursor: cursorAt(3) });
    client.push([4], { socket: old });
    client.answer({ cursor: cursorAt(3) }, successor);
    expect(client.core.channel(CHANNEL).cursorText).toBe(cursorAt(4));
    client.push([4, 5], { socket: successor });
    expect(client.seqs).toEqual([2, 3, 4, 5]);
  });

  test('when a channel is subscribed meanwhile, then it is subscribed on both sockets', () => {
    const { old, successor } = rotate();
    client.core.subscribe('chat:late');
    expect(client.sent('subscribe').slice(-2)).toMatchObject([
      { socket: old, channel: 'chat:late' },
      { socket: successor, channel: 'chat:late' },
    ]);
    const [first, second] = client.sent('subscribe', successor);
    client.reply(first!, { cursor: cursorAt(1), verdict: 'complete', messages: [], more: false });
    expect(client.of('close')).toEqual([]);
    client.reply(second!, { cursor: cursorAt(7), verdict: 'complete', messages: [], more: false });
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
  });

  test('given a push that is still to arrive on the old socket, when the successor subscribed "from now", then it resumes', () => {
    const { old, successor } = rotate();
    client.core.subscribe('chat:late');
    const [onOld, onFresh] = client.sent('subscribe').slice(-2);
    client.reply(onOld!, { cursor: cursorAt(7), verdict: 'complete', messages: [], more: false });
    // Message 8 has been stored, and has not been pushed, when the new socket is answered.
    client.reply(onFresh!, { cursor: cursorAt(8), verdict: 'complete', messages: [], more: false });
    expect(client.sent('subscribe').at(-1)).toMatchObject({
      socket: successor,
      channel: 'chat:late',
      cursor: cursorAt(7),
    });
    client.push([8], { socket: old, channel: 'chat:late' });
    expect(client.seqs).toEqual([8]);
  });

  test('when the old socket closes meanwhile, then the successor is used at once', () => {
    const { old, successor } = rotate();
    client.core.closed(old);
    expect([client.core.state, client.states]).toEqual(['connected', ['connecting', 'connected']]);
    client.answer({ messages: [message(2)] }, successor);
    expect([client.seqs, client.channelState]).toEqual([[2], 'live']);
  });

  test('when a listener publishes during the takeover, then the message is sent once', () => {
    const { old, successor } = rotate();
    client.listener = (command) => {
      if (command.type === 'channelState' && command.state === 'subscribing') client.publish(1);
    };
    client.core.closed(old);
    expect(client.sent('publish')).toMatchObject([{ socket: successor }]);
  });

  test('when the old socket closes before the successor opens, then the successor is used once it opens', () => {
    const old = client.live(1);
    client.fire('rotate');
    client.core.closed(old);
    expect(client.core.state).toBe('disconnected');
    client.openNext();
    client.answer({ messages: [message(2)] });
    expect([client.core.state, client.seqs, client.of('open').length]).toEqual(['connected', [2], 2]);
  });

  test.each(['closes', 'does not answer'])(
    'when the successor %s, then the old socket serves on, and another successor is tried',
    (how) => {
      const { old, successor } = rotate();
      if (how === 'closes') client.core.closed(successor);
      else client.advance(10_000);
      client.push([2], { socket: old });
      expect([client.seqs, client.core.state, client.channelState]).toEqual([[2], 'connected', 'live']);
      client.advance(500);
      const third = client.openNext();
      expect(third).toBeGreaterThan(successor);
      client.answer({}, third);
      expect(client.of('close').at(-1)).toEqual({ type: 'close', socket: old });
    },
  );

  test('given a ping on the old socket, when the successor takes over, then the missing pong does not close it', () => {
    client.live(1);
    client.answersPings = false;
    client.advance(9 * MINUTE);
    client.publish(1);
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    client.advance(9_000);
    client.core.timer('ping');
    const successor = client.openNext();
    client.answer({}, successor);
    const closed = client.of('close').length;
    client.advance(11_000);
    expect(client.of('close')).toHaveLength(closed);
  });

  test('while successors fail, the waits grow, although the old socket receives frames', () => {
    client.random = () => 1;
    client.live(0);
    client.fire('rotate');
    const waits: number[] = [];
    for (let seq = 1; seq <= 4; seq++) {
      client.push([seq]);
      client.core.closed(client.of('fetchToken').at(-1)!.attempt);
      waits.push(client.timers.get('rotate')! - client.now);
      client.fire('rotate');
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000]);
    client.openNext();
    client.answer();
    expect(client.of('close')).toHaveLength(1);
  });

  test('when the token expires earlier, then the successor is begun before that, or after half of a short life', () => {
    client.connect(tokenUntil(10 * MINUTE));
    expect(client.timers.get('rotate')).toBe(9 * MINUTE);
    const other = new ClientHarness();
    other.connect(tokenUntil(20_000));
    expect(other.timers.get('rotate')).toBe(10_000);
  });

  test('when the token seems to be expired already, then the clock is not trusted, and there is no loop', () => {
    client.now = HOUR;
    client.connect(tokenUntil(MINUTE));
    expect(client.timers.get('rotate')! - client.now).toBeGreaterThanOrEqual(110 * MINUTE);
  });

  test.each(['opaque', 'a.b.c', `a.${btoa('{"exp":"soon"}')}.c`, `a.${btoa('null')}.c`, ''])(
    'when the token has no readable expiry, then the connection is used all the same: %s',
    (token) => {
      client.connect(token);
      expect(client.core.state).toBe('connected');
      expect(client.timers.get('rotate')).toBeGreaterThanOrEqual(110 * MINUTE);
    },
  );
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
