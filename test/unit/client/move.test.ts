// A server says to move: the client makes a connection elsewhere, catches up there, and closes the old one.
import { DRAIN_TIMEOUT } from '../../../client/src/core/connection/draining';
import { ClientHarness, cursorAt, ELSEWHERE, message, URL } from '../../support/client/client-harness';

const MINUTE = 60_000;
const [THERE, ALSO] = ELSEWHERE;

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
});

function move(within: number, urls: readonly unknown[] | null = [THERE], socket = client.socket): void {
  client.core.received(socket, JSON.stringify({ push: 'move', within, urls: urls ?? undefined, reason: 'drain' }));
}
/** When the successor is begun. */
const due = (): number => client.timers.get('rotate')! - client.now;
const tried = (): (readonly string[])[] => client.of('open').map(({ urls }) => urls);

/** Live at 1, told to move, and the successor open. */
function moved(): { old: number; fresh: number } {
  const old = client.live(1);
  move(10_000);
  client.fire('rotate');
  return { old, fresh: client.openNext() };
}

describe('when', () => {
  test.each([
    [0, 0],
    [0.5, 5_000],
    [0.99, 9_900],
  ])('at a moment by chance within the time: %d', (chance, expected) => {
    client.live(1);
    client.random = () => chance;
    move(10_000);
    expect(due()).toBe(expected);
  });

  test.each([600_000, 0])('a second one neither postpones nor hastens it, and may lead elsewhere (%d)', (within) => {
    client.live(1);
    move(10_000);
    client.advance(4_000);
    move(within, [ALSO]);
    expect(due()).toBe(1_000);
    client.fire('rotate');
    client.openNext();
    expect(tried().at(-1)).toEqual([ALSO]);
  });

  test('a successor that is due sooner, because the token ends, is not postponed; it moves then', () => {
    client.connect(`h.${btoa(JSON.stringify({ exp: 120 })).replaceAll('=', '')}.s`);
    move(10 * MINUTE);
    expect(due()).toBe(MINUTE);
    client.fire('rotate');
    client.openNext();
    expect(tried().at(-1)).toEqual([THERE]);
  });

  test('one that is repeated while the successor is on its way moves nobody twice', () => {
    const { old, fresh } = moved();
    move(10_000, [THERE], old);
    client.answer({}, fresh);
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    expect(due()).toBeGreaterThan(100 * MINUTE);
  });
});

describe('where to', () => {
  test.each([
    ["the server's addresses first, then others of ours", [THERE], [THERE, 'wss://b/v1']],
    ['others of ours, without them', null, ['wss://b/v1']],
    ['others of ours, when they are nonsense', ['https://x', 1], ['wss://b/v1']],
    ["others of ours, when they are somebody else's", ['wss://ws-us-east-1.example.org'], ['wss://b/v1']],
  ])('%s', (_, urls, expected) => {
    client = new ClientHarness({ urls: [URL, 'wss://b/v1'] });
    client.live(1);
    move(0, urls);
    client.fire('rotate');
    client.openNext();
    expect(tried()).toEqual([[URL], expected]);
  });

  test('with one name only, there again: it leads elsewhere', () => {
    client.live(1);
    move(0, null);
    client.fire('rotate');
    client.openNext();
    expect(tried()).toEqual([[URL], [URL]]);
  });

  test.each(['is open', 'is not open'])(
    'a successor that was begun before, and %s, leads nowhere in particular: it moves on when its time comes',
    (how) => {
      const old = client.live(1);
      client.fire('rotate');
      if (how === 'is open') client.openNext();
      move(10_000, [THERE], old);
      const between = how === 'is open' ? client.socket : client.openNext();
      client.answer({}, between);
      expect(due()).toBe(5_000);
      client.fire('rotate');
      const last = client.openNext();
      client.answer({}, last);
      expect(tried().at(-1)).toEqual([THERE]);
      expect(client.of('close').map(({ socket }) => socket)).toEqual([old, between]);
    },
  );

  test('a successor that is told itself moves on, once it is in use', () => {
    const { fresh } = moved();
    move(20_000, [ALSO], fresh);
    client.advance(9_000);
    client.answer({}, fresh);
    expect(due()).toBe(10_000);
    client.fire('rotate');
    client.openNext();
    expect(tried().at(-1)).toEqual([ALSO, URL]);
  });
});

describe('make before break', () => {
  test('the old one serves until the new one has caught up; nothing is lost or comes twice', () => {
    const { old, fresh } = moved();
    client.push([2], { socket: old });
    client.push([2, 3], { socket: fresh });
    expect([client.of('close'), client.channelState, client.core.state]).toEqual([[], 'live', 'connected']);
    client.answer({ messages: [message(2), message(3), message(4)] }, fresh);
    client.push([4, 5], { socket: fresh });
    expect(client.seqs).toEqual([2, 3, 4, 5]);
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    expect(client.states).toEqual(['connecting', 'connected']);
  });

  test('when it fails, the old one stays, and it is tried again, less and less often', () => {
    client.random = () => 0.999;
    const old = client.live(1);
    move(0, [THERE, ALSO]);
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      client.fire('rotate');
      // The first opens, and serves nothing.
      const socket = client.openNext();
      client.core.closed(socket);
      waits.push(Math.round(due()));
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

  test('when the old one is lost before, the new one goes where it was told; and anywhere once that fails', () => {
    const old = client.live(1);
    move(10_000);
    client.core.closed(old);
    client.advance(500);
    client.core.tokenReady(client.of('fetchToken').at(-1)!.attempt, 'token');
    client.core.closed(client.socket);
    client.advance(1_000);
    client.openNext();
    expect(tried()).toEqual([[URL], [THERE], [URL]]);
  });

  test('after it, nothing is left to do: a lost connection is made where it was, and later at the main address', () => {
    const { fresh } = moved();
    client.answer({}, fresh);
    client.core.closed(fresh);
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

describe('what is being published', () => {
  const ok = (id = 'x'): object => ({ origin: 'eu-west-1', epoch: 'e', seqs: [1], ids: [id] });
  const sent = (): (readonly [number, boolean])[] =>
    client.sent('publish').map((one) => [one.socket, 'retry' in one] as const);
  const closed = (): number[] => client.of('close').map(({ socket }) => socket);

  /** One publish is under way on the old connection, and the new one is in use. */
  function leaving(): { old: number; fresh: number; call: number } {
    const old = client.live(1);
    move(10_000);
    client.fire('rotate');
    const call = client.publish('first', 'x');
    const fresh = client.openNext();
    client.answer({}, fresh);
    return { old, fresh, call };
  }

  test('is answered on the old connection, which is closed then; what is new goes to the new one', () => {
    const { old, fresh, call } = leaving();
    client.publish('second');
    client.publish('elsewhere', 'y', undefined, 'chat:other');
    expect([sent(), closed()]).toEqual([
      [
        [old, false],
        [fresh, false],
      ],
      [],
    ]);
    client.reply(client.sent('publish', old)[0]!, ok());
    expect(client.outcome(call)).toEqual({ value: ok() });
    expect([sent().slice(2), closed()]).toEqual([[[fresh, false]], [old]]);
    client.advance(10_000);
    expect(sent()).toHaveLength(3);
  });

  test('is waited for five seconds, then sent again', () => {
    const { old, fresh } = leaving();
    client.advance(DRAIN_TIMEOUT - 1);
    expect([sent(), closed()]).toEqual([[[old, false]], []]);
    client.advance(1);
    expect([sent().slice(1), closed()]).toEqual([[[fresh, true]], [old]]);
  });

  test('is sent again at once when the old connection is lost', () => {
    const { old, fresh } = leaving();
    client.core.closed(old);
    expect([sent().slice(1), closed()]).toEqual([[[fresh, true]], []]);
    expect(client.timers.has('drain')).toBe(false);
  });

  test('is tried again where it may be stored', () => {
    const { old } = leaving();
    client.refuse(client.sent('publish')[0]!, 'store_unavailable');
    client.advance(1_000);
    expect(sent().slice(1)).toEqual([[old, true]]);
  });

  test('is sent again at once when the old connection serves nothing any more', () => {
    const { old, fresh } = leaving();
    const tokens = client.of('fetchToken').length;
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    expect([sent().slice(1), closed(), client.of('fetchToken').length]).toEqual([[[fresh, true]], [old], tokens]);
  });

  test('or did not before', () => {
    const old = client.live(1);
    client.publish('first');
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    const fresh = client.openNext();
    client.answer({}, fresh);
    expect([sent().slice(1), closed()]).toEqual([[[fresh, true]], [old]]);
  });

  test('is still answered there when the new connection is lost meanwhile', () => {
    const { old, fresh, call } = leaving();
    client.core.closed(fresh);
    client.advance(500);
    client.openNext();
    client.reply(client.sent('publish', old)[0]!, ok());
    expect([sent(), client.outcome(call), closed()]).toEqual([[[old, false]], { value: ok() }, [old]]);
  });

  test('goes along when the new connection is moved as well', () => {
    const { old, fresh } = leaving();
    move(0, [ALSO], fresh);
    client.fire('rotate');
    const last = client.openNext();
    client.answer({}, last);
    expect([sent().slice(1), closed()]).toEqual([[[fresh, true]], [old]]);
    client.reply(client.sent('publish', fresh)[0]!, ok());
    expect(closed()).toEqual([old, fresh]);
  });

  test('nothing else is taken from the old connection meanwhile', () => {
    const { old, fresh } = leaving();
    move(0, [ALSO], old);
    client.unsubscribe();
    client.reply(client.sent('unsubscribe')[0]!, {});
    client.push([2], { socket: old });
    expect([client.seqs, client.sent('unsubscribe').map(({ socket }) => socket)]).toEqual([[], [fresh]]);
    expect(due()).toBeGreaterThan(100 * MINUTE);
  });

  test.each(['close', 'reconnect'] as const)('both connections are given up by %s()', (act) => {
    const { old, fresh } = leaving();
    client.core[act]();
    expect(closed().toSorted((a, b) => a - b)).toEqual([old, fresh]);
    expect(client.timers.has('drain')).toBe(false);
    expect(sent()).toEqual([[old, false]]);
  });
});

describe('falling back', () => {
  beforeEach(() => {
    client = new ClientHarness({ urls: [URL, 'wss://b/v1'] });
  });
  const next = (): number => {
    client.advance(2_000);
    return client.openNext();
  };

  test.each(['does not open', 'opens and serves nothing'])('to another address, once the main one %s twice', (how) => {
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
  });

  test('a connection that served and broke says nothing of its address', () => {
    client.live(1);
    for (let i = 0; i < 4; i++) {
      client.core.closed(client.socket);
      next();
      client.answer();
    }
    expect(tried()).toEqual([[URL], [URL], [URL], [URL], [URL]]);
  });

  test('a token that is not to be had says nothing of an address', () => {
    client.core.connect();
    for (let i = 0; i < 4; i++) {
      client.core.tokenFailed(client.of('fetchToken').at(-1)!.attempt, new Error('no session'));
      client.advance(10_000);
    }
    client.openNext();
    expect(tried()).toEqual([[URL]]);
  });

  test('a good connection is never broken to go back; its successor goes', () => {
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

  test('is the last one told, and told when it changes', () => {
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

  test('a successor that has not taken over changes nothing', () => {
    client.connect();
    client.core.subscribe('chat:room');
    client.answer({ cursor: cursorAt(1), region: 'eu-west-1' });
    move(0);
    client.fire('rotate');
    const fresh = client.openNext();
    client.answer({ messages: [message(2)], more: true, region: 'us-east-1' }, fresh);
    expect(client.core.region).toBe('eu-west-1');
    client.answer({}, fresh);
    expect([client.core.region, regions()]).toEqual(['us-east-1', ['eu-west-1', 'us-east-1']]);
  });
});
