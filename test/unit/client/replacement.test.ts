// Replacing the socket before API Gateway closes it.
import fc from 'fast-check';
import { RealtimeError } from '../../../protocol';
import { CHANNEL, ClientHarness, cursorAt, message } from '../../support/client/client-harness';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
});

/** A JWT that expires so many milliseconds after the harness's time 0. */
const tokenUntil = (ms: number): string => `h.${btoa(JSON.stringify({ exp: ms / 1000 })).replaceAll('=', '')}.s`;

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

  describe('given a hidden page whose token expires while its renewal fails', () => {
    /** Live, with a token for ten minutes; every renewal fails. */
    const untilExpiry = (): void => {
      client.connect(tokenUntil(10 * MINUTE));
      client.core.subscribe(CHANNEL);
      client.answer({ cursor: cursorAt(1) });
      client.listener = ({ type }) => {
        if (type === 'fetchToken')
          client.core.tokenFailed(client.of('fetchToken').at(-1)!.attempt, new Error('no session'));
      };
      client.advance(10 * MINUTE - 1);
      expect(client.sent('sync')).toEqual([]);
      for (let second = 0; second < 30 && client.sent('sync').length === 0; second++) client.advance(1_000);
      expect(client.sent('sync')).toHaveLength(1);
    };

    test('when the server says that it has expired, then the application is told, with the reason', () => {
      untilExpiry();
      const error = new RealtimeError('token_expired').toWire();
      client.reply(client.sent('sync').at(-1)!, { channels: { [CHANNEL]: { error } } });
      const told = client.of('state').find(({ state }) => state === 'disconnected');
      expect(told).toMatchObject({ reason: { error: 'token_expired' } });
      expect(client.channelState).toBe('subscribing');
    });

    test('when the server still takes it, then the client stays connected: its clock is wrong', () => {
      untilExpiry();
      for (const request of client.sent('sync')) {
        const ok = { cursor: cursorAt(1), verdict: 'complete', messages: [], more: false };
        client.reply(request, { channels: { [CHANNEL]: ok } });
      }
      expect([client.core.state, client.channelState]).toEqual(['connected', 'live']);
    });
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
