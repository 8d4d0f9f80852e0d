// A server asks the client to move: it connects to another address, catches up there, and closes the old socket.
import { cursorAt, ELSEWHERE, message, URL } from '../../support/client/client-harness';
import { MoveHarness } from '../../support/client/move-harness';

const MINUTE = 60_000;
const [THERE, ALSO] = ELSEWHERE;

let client: MoveHarness;
beforeEach(() => {
  client = new MoveHarness();
});

const tried = (): (readonly string[])[] => client.of('open').map(({ urls }) => urls);

describe('time of the move', () => {
  test.each([
    [0, 0],
    [0.5, 5_000],
    [0.99, 9_900],
  ])('when a move is requested, then it is at a random time within the limit: %d', (chance, expected) => {
    client.live(1);
    client.random = () => chance;
    client.move(10_000);
    expect(client.moveDelay).toBe(expected);
  });

  test.each([600_000, 0])(
    'when a second move is requested, then the time stays, and its addresses are used (%d)',
    (within) => {
      client.live(1);
      client.move(10_000);
      client.advance(4_000);
      client.move(within, [ALSO]);
      expect(client.moveDelay).toBe(1_000);
      client.fire('rotate');
      client.openNext();
      expect(tried().at(-1)).toEqual([ALSO]);
    },
  );

  test('given a successor that is due earlier, then it is not postponed, and moves', () => {
    client.connect(`h.${btoa(JSON.stringify({ exp: 120 })).replaceAll('=', '')}.s`);
    client.move(10 * MINUTE);
    expect(client.moveDelay).toBe(MINUTE);
    client.fire('rotate');
    client.openNext();
    expect(tried().at(-1)).toEqual([THERE]);
  });

  test('given a successor that is connecting, when the request is repeated, then the client moves once', () => {
    const { old, successor } = client.moved();
    client.move(10_000, [THERE], old);
    client.answer({}, successor);
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    expect(client.moveDelay).toBeGreaterThan(100 * MINUTE);
  });
});

describe('addresses of the move', () => {
  test.each([
    ["the server's addresses, then other configured ones", [THERE], [THERE, 'wss://b/v1']],
    ['given no addresses from the server: other configured ones', null, ['wss://b/v1']],
    ['given invalid addresses: other configured ones', ['https://x', 1], ['wss://b/v1']],
    ['given untrusted addresses: other configured ones', ['wss://ws-us-east-1.example.org'], ['wss://b/v1']],
  ])('%s', (_, urls, expected) => {
    client = new MoveHarness({ urls: [URL, 'wss://b/v1'] });
    client.live(1);
    client.move(0, urls);
    client.fire('rotate');
    client.openNext();
    expect(tried()).toEqual([[URL], expected]);
  });

  test('given a single address, then it is tried again', () => {
    client.live(1);
    client.move(0, null);
    client.fire('rotate');
    client.openNext();
    expect(tried()).toEqual([[URL], [URL]]);
  });

  test.each(['is open', 'is not open'])(
    'given a successor that was begun before the request and %s, then it moves in turn when the time comes',
    (how) => {
      const old = client.live(1);
      client.fire('rotate');
      if (how === 'is open') client.openNext();
      client.move(10_000, [THERE], old);
      const between = how === 'is open' ? client.socket : client.openNext();
      client.answer({}, between);
      expect(client.moveDelay).toBe(5_000);
      client.fire('rotate');
      const last = client.openNext();
      client.answer({}, last);
      expect(tried().at(-1)).toEqual([THERE]);
      expect(client.of('close').map(({ socket }) => socket)).toEqual([old, between]);
    },
  );

  test('when the successor itself is asked to move, then it moves once it is in use', () => {
    const { successor } = client.moved();
    client.move(20_000, [ALSO], successor);
    client.advance(9_000);
    client.answer({}, successor);
    expect(client.moveDelay).toBe(10_000);
    client.fire('rotate');
    client.openNext();
    expect(tried().at(-1)).toEqual([ALSO, URL]);
  });
});

describe('taking over', () => {
  test('the old socket serves until the successor has caught up; each message is delivered once', () => {
    const { old, successor } = client.moved();
    client.push([2], { socket: old });
    client.push([2, 3], { socket: successor });
    expect([client.of('close'), client.channelState, client.core.state]).toEqual([[], 'live', 'connected']);
    client.answer({ messages: [message(2), message(3), message(4)] }, successor);
    client.push([4, 5], { socket: successor });
    expect(client.seqs).toEqual([2, 3, 4, 5]);
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    expect(client.states).toEqual(['connecting', 'connected']);
  });

  test('while successors fail, then the old socket serves on, and the waits grow', () => {
    client.random = () => 0.999;
    const old = client.live(1);
    client.move(0, [THERE, ALSO]);
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      client.fire('rotate');
      // The first opens, and serves nothing.
      const socket = client.openNext();
      client.core.closed(socket);
      waits.push(Math.round(client.moveDelay));
    }
    expect(waits).toEqual([500, 999, 1_998]);
    expect(tried().slice(1)).toEqual([
      [THERE, ALSO],
      [ALSO, THERE],
      [THERE, ALSO],
    ]);
    client.push([2], { socket: old });
    expect([client.seqs, client.core.state, client.of('close')]).toEqual([[2], 'connected', []]);
  });

  test('when the old socket is lost first, then the move is still made; when it fails, the order is as usual', () => {
    const old = client.live(1);
    client.move(10_000);
    client.core.closed(old);
    client.advance(500);
    client.core.tokenReady(client.of('fetchToken').at(-1)!.attempt, 'token');
    client.core.closed(client.socket);
    client.advance(1_000);
    client.openNext();
    expect(tried()).toEqual([[URL], [THERE], [URL]]);
  });

  test('after the move, when the connection is lost, then the same address is tried, and later the main one', () => {
    const { successor } = client.moved();
    client.answer({}, successor);
    client.core.closed(successor);
    client.advance(500);
    client.answer({}, client.openNext());
    expect(tried().at(-1)).toEqual([THERE, URL]);
    client.advance(8 * MINUTE);
    client.core.closed(client.socket);
    client.advance(500);
    client.openNext();
    expect(tried().at(-1)).toEqual([URL]);
  });
});

describe('fallback addresses', () => {
  beforeEach(() => {
    client = new MoveHarness({ urls: [URL, 'wss://b/v1'] });
  });
  const next = (): number => {
    client.advance(2_000);
    return client.openNext();
  };

  test.each(['does not open', 'opens and serves nothing'])(
    'when the main address %s twice, then the others are tried too',
    (how) => {
      client.core.connect();
      for (let i = 0; i < 2; i++) {
        const { attempt } = client.of('fetchToken').at(-1)!;
        client.core.tokenReady(attempt, 'token');
        if (how !== 'does not open') client.core.opened(attempt, URL);
        client.core.closed(attempt);
        client.advance(2_000);
      }
      client.openNext('token', 'wss://b/v1');
      expect(tried()).toEqual([[URL], [URL], [URL, 'wss://b/v1']]);
    },
  );

  test('when a connection that served is lost, then it does not count against its address', () => {
    client.live(1);
    for (let i = 0; i < 4; i++) {
      client.core.closed(client.socket);
      next();
      client.answer();
    }
    expect(tried()).toEqual([[URL], [URL], [URL], [URL], [URL]]);
  });

  test('when the token provider fails, then it does not count against an address', () => {
    client.core.connect();
    for (let i = 0; i < 4; i++) {
      client.core.tokenFailed(client.of('fetchToken').at(-1)!.attempt, new Error('no session'));
      client.advance(10_000);
    }
    client.openNext();
    expect(tried()).toEqual([[URL]]);
  });

  test('given a connection to a fallback, then it is kept, and its successor uses the main address', () => {
    client.core.connect();
    for (let i = 0; i < 2; i++) {
      client.core.tokenReady(client.of('fetchToken').at(-1)!.attempt, 'token');
      client.core.closed(client.socket);
      client.advance(2_000);
    }
    const socket = client.openNext('token', 'wss://b/v1');
    client.live(1);
    client.advance(100 * MINUTE);
    expect(client.of('close')).toEqual([]);
    client.fire('rotate');
    client.answer({}, client.openNext());
    expect(tried().at(-1)).toEqual([URL, 'wss://b/v1']);
    expect(client.of('close')).toEqual([{ type: 'close', socket }]);
  });
});

describe('the region', () => {
  const regions = (): string[] => client.of('region').map(({ region }) => region);

  test('when another region answers, then it is reported', () => {
    client.connect();
    expect(client.core.region).toBeUndefined();
    client.core.subscribe('chat:room');
    client.answer({ cursor: cursorAt(1), region: 'eu-west-1' });
    client.core.subscribe('chat:other');
    client.answer({ cursor: cursorAt(1), region: 'eu-west-1' });
    client.core.reconnect();
    client.advance(1_000);
    client.openNext();
    client.answer({ region: 'us-east-1' });
    expect([client.core.region, regions()]).toEqual(['us-east-1', ['eu-west-1', 'us-east-1']]);
  });

  test('given a successor that has not taken over, when it answers, then the region stays', () => {
    client.connect();
    client.core.subscribe('chat:room');
    client.answer({ cursor: cursorAt(1), region: 'eu-west-1' });
    client.move(0);
    client.fire('rotate');
    const successor = client.openNext();
    client.answer({ messages: [message(2)], more: true, region: 'us-east-1' }, successor);
    expect(client.core.region).toBe('eu-west-1');
    client.answer({}, successor);
    expect([client.core.region, regions()]).toEqual(['us-east-1', ['eu-west-1', 'us-east-1']]);
  });
});
