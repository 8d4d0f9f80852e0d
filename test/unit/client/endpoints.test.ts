// Which addresses are tried, and in which order.
import fc from 'fast-check';
import { Endpoints, isAddress } from '../../../client/src/core/connection/endpoints';
import { trustedHosts } from '../../../client/src/core/connection/trusted-hosts';

const MINUTE = 60_000;
const MAIN = 'wss://ws.example.com';
const A = 'wss://a/v1';
const B = 'wss://b/v1?stage=1';
const X = 'wss://ws-us-east-1.example.com';
const Y = 'wss://ws-sa-east-1.example.com';

let now = 0;
let random = 0;
const world = { now: () => now, random: () => random };
let endpoints: Endpoints;
beforeEach(() => {
  now = 0;
  random = 0;
  endpoints = new Endpoints(world, [MAIN, A, B]);
});

/** The main address fails until the others are tried; then one of them serves. */
function fallBack(to = A): void {
  endpoints.failed([MAIN]);
  endpoints.failed([MAIN]);
  endpoints.opened(to, 100, endpoints.order());
  endpoints.served(to);
}

test.each([
  ['wss://a', true],
  ['WS://a/b?c=d', true],
  ['wss://a#b', false],
  ['wss://a b', false],
  ['https://a', false],
  [7, false],
])('%s is an address: %s', (value, expected) => {
  expect(isAddress(value)).toBe(expected);
});

describe('failing', () => {
  test('the main address alone; after two failures in a row the others behind it', () => {
    expect(endpoints.order()).toEqual([MAIN]);
    endpoints.failed([MAIN]);
    expect(endpoints.order()).toEqual([MAIN]);
    endpoints.failed([MAIN]);
    expect(endpoints.order()).toEqual([MAIN, A, B]);
  });

  test('two failures with good service between them are not in a row', () => {
    endpoints.failed([MAIN]);
    endpoints.served(MAIN);
    endpoints.failed([MAIN]);
    expect(endpoints.order()).toEqual([MAIN]);
  });

  test('one that opens and serves nothing comes last, until all have failed so', () => {
    endpoints.failed([MAIN]);
    endpoints.failed([MAIN]);
    const first = ['', '', '', ''].map(() => {
      const [url] = endpoints.order();
      endpoints.failed([url!]);
      return url;
    });
    expect(first).toEqual([MAIN, A, B, MAIN]);
  });

  test('when nothing can be reached it is not they: the main one comes first as soon as anything can', () => {
    for (let i = 0; i < 10; i++) endpoints.failed(endpoints.order());
    expect(endpoints.order()).toEqual([MAIN, A, B]);
  });

  test('what had a head start and lost it comes later', () => {
    endpoints.failed([MAIN]);
    endpoints.failed([MAIN]);
    endpoints.opened(B, 700, [MAIN, A, B]);
    expect(endpoints.order()).toEqual([B, MAIN, A]);
  });

  test('of those that failed alike, the fastest to open first', () => {
    endpoints.failed([MAIN]);
    endpoints.failed([MAIN]);
    endpoints.opened(A, 400, [A]);
    endpoints.opened(B, 200, [B]);
    expect(endpoints.order()).toEqual([MAIN, B, A]);
  });

  test('with one address there is nothing to choose', () => {
    const single = new Endpoints(world, [MAIN]);
    for (let i = 0; i < 5; i++) {
      expect(single.order()).toEqual([MAIN]);
      single.failed([MAIN]);
    }
  });
});

describe('staying', () => {
  test.each([
    [0, 5 * MINUTE],
    [0.999, 7.4 * MINUTE],
  ])('another that serves is kept for five minutes at least (chance %d: %d ms)', (chance, least) => {
    random = chance;
    fallBack();
    now = least - 1;
    expect(endpoints.order()[0]).toBe(A);
    now = 7.5 * MINUTE;
    // The main one has its turn; the others stand by, for it has served nothing yet.
    expect(endpoints.order()).toEqual([MAIN, A, B]);
    endpoints.served(MAIN);
    expect(endpoints.order()).toEqual([MAIN]);
  });

  test('each connection to it does not begin the time anew', () => {
    fallBack();
    now = 4 * MINUTE;
    endpoints.served(A);
    now = 5 * MINUTE;
    expect(endpoints.order()[0]).toBe(MAIN);
  });

  test('it is kept though another would open faster', () => {
    endpoints.opened(B, 1, [B]);
    fallBack();
    expect(endpoints.order()[0]).toBe(A);
  });

  test('when the main one fails in its turn, the time begins anew', () => {
    fallBack();
    now = 6 * MINUTE;
    endpoints.opened(A, 400, endpoints.order());
    endpoints.served(A);
    now = 10 * MINUTE;
    expect(endpoints.order()[0]).toBe(A);
    now = 11 * MINUTE;
    expect(endpoints.order()[0]).toBe(MAIN);
  });

  test('one that fails is not stayed with', () => {
    fallBack();
    endpoints.failed([A]);
    expect(endpoints.order()[0]).toBe(B);
  });

  test('where a server sent us is stayed with as well', () => {
    endpoints.served('wss://there');
    expect(endpoints.order()).toEqual(['wss://there', MAIN]);
    now = 5 * MINUTE;
    expect(endpoints.order()).toEqual([MAIN]);
  });
});

describe('elsewhere', () => {
  test("the server's addresses first, then ours; never the one that is left", () => {
    expect(endpoints.orderForMove([X, Y], MAIN)).toEqual([X, Y, A, B]);
    expect(endpoints.orderForMove([A, MAIN, A], A)).toEqual([MAIN, B]);
    expect(endpoints.orderForMove([], A)).toEqual([MAIN, B]);
  });

  describe('which of them is by chance', () => {
    /** How often each comes first, of many. */
    const firsts = (urls: readonly string[], from: string): Record<string, number> => {
      const counts: Record<string, number> = {};
      let seed = 1;
      const chance = { now: () => now, random: () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 };
      for (let i = 0; i < 1_000; i++) {
        const one = new Endpoints(chance, [MAIN, A, B]);
        one.opened(X, 50, [X]);
        one.opened(Y, 200, [Y]);
        one.opened(from, 125, [from]);
        const [first] = one.orderForMove(urls, from);
        counts[first!] = (counts[first!] ?? 0) + 1;
      }
      return counts;
    };

    test('those that were never tried, alike', () => {
      const counts = firsts([A, B], MAIN);
      expect(counts[A]).toBeGreaterThan(400);
      expect(counts[B]).toBeGreaterThan(400);
    });

    test('the faster of two more often, and not always', () => {
      const counts = firsts([Y, X], MAIN);
      expect(counts[X]).toBeGreaterThan(750);
      expect(counts[Y]).toBeGreaterThan(150);
    });

    test('ours, too, when the server names none; the main one first, when it is not the one that is left', () => {
      expect(Object.keys(firsts([], MAIN)).sort()).toEqual([A, B]);
      expect(firsts([], A)).toEqual({ [MAIN]: 1_000 });
    });
  });

  test('one that failed comes after those that did not', () => {
    endpoints.failed([X]);
    expect(endpoints.orderForMove([X, Y], MAIN)).toEqual([Y, A, B, X]);
  });

  test('with a single name, that: it leads elsewhere by now', () => {
    expect(new Endpoints(world, [MAIN]).orderForMove([], MAIN)).toEqual([MAIN]);
  });

  test('what is no address, or not to be trusted, is left out', () => {
    expect(endpoints.orderForMove(['https://x', 7, null, X.replace('wss', 'ws'), Y], MAIN)).toEqual([Y, A, B]);
  });
});

describe('who is trusted with a token', () => {
  const OWN = [MAIN, 'wss://abc.execute-api.eu-west-1.amazonaws.com/v1', 'ws://localhost:4100/a'];

  test.each([
    ...OWN,
    'wss://WS.example.com/',
    'wss://ws.example.com:443/x?y=z',
    'wss://ws-us-east-1.example.com',
    'wss://ws-us-gov-west-1.example.com',
    'wss://abc.execute-api.eu-west-1.amazonaws.com',
    'ws://localhost:4100/b',
  ])('%s is', (url) => {
    expect(trustedHosts(OWN)(url)).toBe(true);
  });

  test.each([
    'wss://ws.example.org',
    'wss://ws-us-east-1.example.com.evil.net',
    'wss://ws-us-east-1.evil.net',
    'wss://ws-us-east-1.sub.example.com',
    'wss://ws-us-east-1.evil.net/ws.example.com',
    'wss://ws.example.com@evil.net',
    'wss://ws.example.com:8443',
    'wss://ws-us-east-1.example.com:8443',
    'wss://www.example.com',
    'wss://example.com',
    'wss://ws-anything.example.com',
    'wss://http-us-east-1.example.com',
    'ws://ws.example.com',
    'ws://ws-us-east-1.example.com',
    'wss://def.execute-api.eu-west-1.amazonaws.com/v1',
    'ws://localhost:4101/a',
    'wss://',
    'nonsense',
  ])('%s is not', (url) => {
    expect(trustedHosts(OWN)(url)).toBe(false);
  });

  test('a host that looks like one of a network has none, when it is all there is of the domain', () => {
    expect(trustedHosts(['wss://ws.com'])('wss://ws-us-east-1.com')).toBe(false);
  });
});

test('whatever happened: never an empty list, and each of ours is tried after three failures more', () => {
  const own = [MAIN, A, B] as const;
  const url = fc.constantFrom(...own, X);
  const step = fc.oneof(
    fc.record({ type: fc.constant('failed' as const), urls: fc.array(url, { maxLength: 4 }) }),
    fc.record({ type: fc.constant('opened' as const), url, ms: fc.nat(1_000), tried: fc.array(url) }),
    fc.record({ type: fc.constant('served' as const), url }),
    fc.record({ type: fc.constant('wait' as const), ms: fc.nat(10 * MINUTE) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.array(url), url, (steps, urls, from) => {
      now = 0;
      const one = new Endpoints(world, own);
      for (const each of steps) {
        if (each.type === 'failed') one.failed(each.urls);
        else if (each.type === 'opened') one.opened(each.url, each.ms, each.tried);
        else if (each.type === 'served') one.served(each.url);
        else now += each.ms;
        expect(one.order().length).toBeGreaterThan(0);
        expect(one.orderForMove(urls, from).length).toBeGreaterThan(0);
      }
      const tried = new Set<string>();
      for (let i = 0; i < 4; i++) {
        for (const each of one.order()) tried.add(each);
        one.failed(one.order());
      }
      expect([...tried]).toEqual(expect.arrayContaining([...own]));
    }),
  );
});

test('one that serves is found after few tries, whichever opens and serves nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(MAIN, A, B), { maxLength: 20 }),
      fc.constantFrom(MAIN, A, B),
      (before, good) => {
        now = 0;
        const one = new Endpoints(world, [MAIN, A, B]);
        for (const each of before) one.failed([each]);
        let tries = 1;
        // The first always opens: only what it does then tells.
        for (; one.order()[0] !== good; tries++) one.failed([one.order()[0]!]);
        expect(tries).toBeLessThanOrEqual(8);
      },
    ),
  );
});
