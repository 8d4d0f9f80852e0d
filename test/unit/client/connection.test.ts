// How the client connects, loses, and replaces its connection.
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
  test('asks for a token, opens a socket with it, and is connected when that opens', () => {
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

  test.each(['subscribe', 'publish'] as const)('begins with the first call: %s', (action) => {
    if (action === 'subscribe') client.core.subscribe(CHANNEL);
    else client.publish(1);
    expect([client.states, client.sent()]).toEqual([['connecting'], []]);
    client.openNext();
    expect(client.sent()).toMatchObject([{ action, channel: CHANNEL }]);
  });

  test('a token provider that fails, then works', () => {
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

  test('a token that comes too late is not used', () => {
    client.core.connect();
    client.advance(15_000);
    expect(client.of('state').at(-1)).toMatchObject({ state: 'disconnected', reason: { error: 'connect_failed' } });
    client.core.tokenReady(1, 'late');
    client.core.tokenFailed(1, new Error('late'));
    expect(client.of('open')).toEqual([]);
  });

  test('a socket that does not open in time is given up', () => {
    client.core.connect();
    client.core.tokenReady(1, 'token');
    client.advance(15_000);
    expect(client.of('close')).toEqual([{ type: 'close', socket: 1 }]);
    client.core.opened(1, URL);
    expect(client.core.state).toBe('disconnected');
  });

  test('the wait after a failure is anything up to a bound that doubles, to half a minute', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const wait = backoff(failures, random);
        const bound = Math.min(30_000, 500 * 2 ** Math.min(failures, 20));
        expect(wait).toBe(random * bound);
        expect(wait).toBeLessThanOrEqual(30_000);
      }),
    );
  });

  test('bounds grow while connections fail, or open and serve nothing, and begin anew once one serves', () => {
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

  test('reconnect() breaks off, and while it waits to try again, tries at once', () => {
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

describe('a lost connection', () => {
  test('is made anew, and channels resume at their cursors', () => {
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

  test('subscribing without a connection waits for one; unsubscribing then is nothing to wait for', () => {
    const first = client.live();
    client.core.closed(first);
    client.core.subscribe('chat:more');
    const call = client.unsubscribe();
    expect(client.outcome(call)).toEqual({ value: undefined });
    client.advance(500);
    const second = client.openNext();
    expect(client.sent('subscribe', second).map(({ channel }) => channel)).toEqual(['chat:more']);
  });

  test('frames and ends of sockets that are over are ignored', () => {
    const first = client.live();
    client.core.closed(first);
    client.advance(500);
    client.openNext();
    client.answer();
    client.push([1], { socket: first });
    client.core.closed(first);
    expect([client.seqs, client.core.state]).toEqual([[], 'connected']);
  });

  test('unknown frames are ignored', () => {
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

describe('a quiet connection', () => {
  test('is pinged after nine minutes, and kept when the pong comes', () => {
    client.connect();
    client.advance(9 * MINUTE - 1);
    expect(client.sent('ping')).toHaveLength(0);
    client.advance(1);
    expect(client.sent('ping')).toHaveLength(1);
    client.advance(9 * MINUTE);
    expect([client.sent('ping').length, client.of('close').length]).toEqual([2, 0]);
  });

  test('is given up when nothing comes within ten seconds', () => {
    client.answersPings = false;
    const socket = client.connect();
    client.advance(9 * MINUTE + 10_000);
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
    expect(client.of('state').at(-1)).toMatchObject({ state: 'disconnected', reason: { error: 'request_timeout' } });
  });

  test('any frame is as good as a pong', () => {
    client.answersPings = false;
    client.live();
    client.advance(9 * MINUTE);
    client.push([1]);
    client.advance(20_000);
    expect(client.of('close')).toEqual([]);
  });

  test('is pinged at once when a request was not answered in time, and a dead one is given up', () => {
    client.answersPings = false;
    const socket = client.live();
    const call = client.publish(1);
    client.advance(10_000);
    expect(client.outcome(call)).toMatchObject({ error: { error: 'request_timeout' } });
    expect(client.sent('ping')).toHaveLength(1);
    client.advance(10_000);
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
  });

  test('subscribes that go unanswered do not keep a dead connection', () => {
    client.answersPings = false;
    const socket = client.connect();
    client.core.subscribe(CHANNEL);
    client.advance(10_000);
    expect(client.sent('subscribe')).toHaveLength(2);
    client.advance(10_000);
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
  });
});

describe('make before break', () => {
  /** Live at 1, and the successor of its socket open. */
  const rotate = (): { old: number; fresh: number } => {
    const old = client.live(1);
    client.fire('rotate');
    return { old, fresh: client.openNext() };
  };

  test('begins between 110 and 118 minutes', () => {
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

  test('the new socket is subscribed before the old one is closed, and the channel stays live', () => {
    const { old, fresh } = rotate();
    expect(client.sent('subscribe', fresh)).toMatchObject([{ channel: CHANNEL, cursor: cursorAt(1) }]);
    expect([client.of('close'), client.channelState, client.core.state]).toEqual([[], 'live', 'connected']);
    client.answer();
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    expect(client.states).toEqual(['connecting', 'connected']);
    client.core.closed(old);
    client.push([2], { socket: fresh });
    expect([client.seqs, client.core.state]).toEqual([[2], 'connected']);
  });

  test('without channels it takes over as soon as it is open', () => {
    const old = client.connect();
    client.fire('rotate');
    client.openNext();
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
  });

  test('messages that arrive on both are seen once, whichever is first', () => {
    const { old, fresh } = rotate();
    client.push([2], { socket: old });
    client.push([2, 3], { socket: fresh });
    client.push([3, 4], { socket: old });
    client.answer({ messages: [message(2), message(3), message(4)] }, fresh);
    client.push([5], { socket: old });
    client.push([4, 5, 6], { socket: fresh });
    expect(client.seqs).toEqual([2, 3, 4, 5, 6]);
  });

  test('further pages are asked for on the new socket, and it waits for them', () => {
    const { old, fresh } = rotate();
    client.answer({ messages: [message(2)], more: true }, fresh);
    expect(client.of('close')).toEqual([]);
    expect(client.sent('subscribe').at(-1)).toMatchObject({ socket: fresh, cursor: cursorAt(2) });
    client.answer({ messages: [message(3)] }, fresh);
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    expect(client.seqs).toEqual([2, 3]);
  });

  test('an answer that is older than what the old one brought meanwhile takes nothing back', () => {
    const { old, fresh } = rotate();
    client.push([2, 3], { socket: old });
    client.answer({ messages: [message(2)], more: true }, fresh);
    expect(client.sent('subscribe').at(-1)).toMatchObject({ socket: fresh, cursor: cursorAt(3) });
    client.push([4], { socket: old });
    client.answer({ cursor: cursorAt(3) }, fresh);
    expect(client.core.channel(CHANNEL).cursorText).toBe(cursorAt(4));
    client.push([4, 5], { socket: fresh });
    expect(client.seqs).toEqual([2, 3, 4, 5]);
  });

  test('a channel that is subscribed meanwhile is subscribed on both', () => {
    const { old, fresh } = rotate();
    client.core.subscribe('chat:late');
    expect(client.sent('subscribe').slice(-2)).toMatchObject([
      { socket: old, channel: 'chat:late' },
      { socket: fresh, channel: 'chat:late' },
    ]);
    const [first, second] = client.sent('subscribe', fresh);
    client.reply(first!, { cursor: cursorAt(1), verdict: 'complete', messages: [], more: false });
    expect(client.of('close')).toEqual([]);
    client.reply(second!, { cursor: cursorAt(7), verdict: 'complete', messages: [], more: false });
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
  });

  test('"from now" on the new socket does not skip what is on its way on the old one', () => {
    const { old, fresh } = rotate();
    client.core.subscribe('chat:late');
    const [onOld, onFresh] = client.sent('subscribe').slice(-2);
    client.reply(onOld!, { cursor: cursorAt(7), verdict: 'complete', messages: [], more: false });
    // Message 8 has been stored, and has not been pushed, when the new socket is answered.
    client.reply(onFresh!, { cursor: cursorAt(8), verdict: 'complete', messages: [], more: false });
    expect(client.sent('subscribe').at(-1)).toMatchObject({ socket: fresh, channel: 'chat:late', cursor: cursorAt(7) });
    client.push([8], { socket: old, channel: 'chat:late' });
    expect(client.seqs).toEqual([8]);
  });

  test('the old one closes meanwhile: the new one is used at once', () => {
    const { old, fresh } = rotate();
    client.core.closed(old);
    expect([client.core.state, client.states]).toEqual(['connected', ['connecting', 'connected']]);
    client.answer({ messages: [message(2)] }, fresh);
    expect([client.seqs, client.channelState]).toEqual([[2], 'live']);
  });

  test('what a listener publishes while the new one takes over is sent once', () => {
    const { old, fresh } = rotate();
    client.listener = (command) => {
      if (command.type === 'channelState' && command.state === 'subscribing') client.publish(1);
    };
    client.core.closed(old);
    expect(client.sent('publish')).toMatchObject([{ socket: fresh }]);
  });

  test('the old one closes before the new one is open', () => {
    const old = client.live(1);
    client.fire('rotate');
    client.core.closed(old);
    expect(client.core.state).toBe('disconnected');
    client.openNext();
    client.answer({ messages: [message(2)] });
    expect([client.core.state, client.seqs, client.of('open').length]).toEqual(['connected', [2], 2]);
  });

  test.each(['closes', 'does not answer'])('the new one %s: the old one goes on, and another is tried', (how) => {
    const { old, fresh } = rotate();
    if (how === 'closes') client.core.closed(fresh);
    else client.advance(10_000);
    client.push([2], { socket: old });
    expect([client.seqs, client.core.state, client.channelState]).toEqual([[2], 'connected', 'live']);
    client.advance(500);
    const third = client.openNext();
    expect(third).toBeGreaterThan(fresh);
    client.answer({}, third);
    expect(client.of('close').at(-1)).toEqual({ type: 'close', socket: old });
  });

  test('a ping of the old one that was not answered is not held against the new one', () => {
    client.live(1);
    client.answersPings = false;
    client.advance(9 * MINUTE);
    client.publish(1);
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    client.advance(9_000);
    client.core.timer('ping');
    const fresh = client.openNext();
    client.answer({}, fresh);
    const closed = client.of('close').length;
    client.advance(11_000);
    expect(client.of('close')).toHaveLength(closed);
  });

  test('successors that fail are tried less and less often, however busy the old one is', () => {
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

  test('a token that expires sooner brings it forward; a short one is used for half of its life', () => {
    client.connect(tokenUntil(10 * MINUTE));
    expect(client.timers.get('rotate')).toBe(9 * MINUTE);
    const other = new ClientHarness();
    other.connect(tokenUntil(20_000));
    expect(other.timers.get('rotate')).toBe(10_000);
  });

  test('a token that seems to be over tells of a wrong clock: it does not make a loop', () => {
    client.now = HOUR;
    client.connect(tokenUntil(MINUTE));
    expect(client.timers.get('rotate')! - client.now).toBeGreaterThanOrEqual(110 * MINUTE);
  });

  test.each(['opaque', 'a.b.c', `a.${btoa('{"exp":"soon"}')}.c`, `a.${btoa('null')}.c`, ''])(
    'a token that does not tell its end is no obstacle: %s',
    (token) => {
      client.connect(token);
      expect(client.core.state).toBe('connected');
      expect(client.timers.get('rotate')).toBeGreaterThanOrEqual(110 * MINUTE);
    },
  );
});

describe('close()', () => {
  test('rejects every call, detaches channels, closes sockets, and leaves no timer', () => {
    const socket = client.live();
    const calls = [client.publish(1), client.publish(2), client.unsubscribe('chat:other')];
    client.push([5]);
    client.core.close();
    for (const call of calls) expect(client.outcome(call)).toMatchObject({ error: { error: 'client_closed' } });
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
    expect([client.core.state, client.channelState, client.timers.size]).toEqual(['closed', 'detached', 0]);
  });

  test('is for good', () => {
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

  test.each(['connecting', 'connected', 'disconnected'] as const)('from a listener of %s leaves no timer', (state) => {
    client.listener = (command) => {
      if (command.type === 'state' && command.state === state) client.core.close();
    };
    client.core.subscribe(CHANNEL);
    if (client.of('fetchToken').length > 0) client.openNext();
    client.core.closed(1);
    expect([client.core.state, client.states.at(-1), client.timers.size]).toEqual(['closed', 'closed', 0]);
  });
});
