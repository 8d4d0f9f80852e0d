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
  [['wss://a'], false],
  ['http://a/?u=wss://b', false],
])('isAddress(%s) is %s', (value, expected) => {
  expect(isAddress(value)).toBe(expected);
});

describe('order() after failures', () => {
  test('when the main address failed twice in a row, then the others follow it', () => {
    expect(endpoints.order()).toEqual([MAIN]);
    endpoints.failed([MAIN]);
    expect(endpoints.order()).toEqual([MAIN]);
    endpoints.failed([MAIN]);
    expect(endpoints.order()).toEqual([MAIN, A, B]);
  });

  test('when the main address served between two failures, then it is tried alone', () => {
    endpoints.failed([MAIN]);
    endpoints.served(MAIN);
    endpoints.failed([MAIN]);
    expect(endpoints.order()).toEqual([MAIN]);
  });

  test('when an address opens and serves nothing, then it comes last, until all have failed', () => {
    endpoints.failed([MAIN]);
    endpoints.failed([MAIN]);
    const first = ['', '', '', ''].map(() => {
      const [url] = endpoints.order();
      endpoints.failed([url!]);
      return url;
    });
    expect(first).toEqual([MAIN, A, B, MAIN]);
  });

  test('when all addresses have failed, then the main one comes first again', () => {
    for (let i = 0; i < 10; i++) endpoints.failed(endpoints.order());
    expect(endpoints.order()).toEqual([MAIN, A, B]);
  });

  test('when an address did not open despite its head start, then it comes later', () => {
    endpoints.failed([MAIN]);
    endpoints.failed([MAIN]);
    endpoints.opened(B, 700, [MAIN, A, B]);
    expect(endpoints.order()).toEqual([B, MAIN, A]);
  });

  test('given equal failures, then the fastest to open comes first', () => {
    endpoints.failed([MAIN]);
    endpoints.failed([MAIN]);
    endpoints.opened(A, 400, [A]);
    endpoints.opened(B, 200, [B]);
    expect(endpoints.order()).toEqual([MAIN, B, A]);
  });

  test('given one address, then it is always returned', () => {
    const single = new Endpoints(world, [MAIN]);
    for (let i = 0; i < 5; i++) {
      expect(single.order()).toEqual([MAIN]);
      single.failed([MAIN]);
    }
  });
});

describe('order() with a fallback that serves', () => {
  test.each([
    [0, 5 * MINUTE],
    [0.999, 7.4 * MINUTE],
  ])('it is kept for at least 5 minutes (random %d: %d ms)', (chance, least) => {
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

  test('when it serves again, then its time does not restart', () => {
    fallBack();
    now = 4 * MINUTE;
    endpoints.served(A);
    now = 5 * MINUTE;
    expect(endpoints.order()[0]).toBe(MAIN);
  });

  test('given a faster fallback, then the first one is kept', () => {
    endpoints.opened(B, 1, [B]);
    fallBack();
    expect(endpoints.order()[0]).toBe(A);
  });

  test('when the main address fails again, then the time restarts', () => {
    fallBack();
    now = 6 * MINUTE;
    endpoints.opened(A, 400, endpoints.order());
    endpoints.served(A);
    now = 10 * MINUTE;
    expect(endpoints.order()[0]).toBe(A);
    now = 11 * MINUTE;
    expect(endpoints.order()[0]).toBe(MAIN);
  });

  test('when it fails, then it is not kept', () => {
    fallBack();
    endpoints.failed([A]);
    expect(endpoints.order()[0]).toBe(B);
  });

  test('given an address that the server named, when it serves, then it is kept too', () => {
    endpoints.served('wss://there');
    expect(endpoints.order()).toEqual(['wss://there', MAIN]);
    now = 5 * MINUTE;
    expect(endpoints.order()).toEqual([MAIN]);
  });
});

describe('orderForMove()', () => {
  test("the server's addresses come before configured ones; the address to leave is not returned", () => {
    expect(endpoints.orderForMove([X, Y], MAIN)).toEqual([X, Y, A, B]);
    expect(endpoints.orderForMove([A, MAIN, A], A)).toEqual([MAIN, B]);
    expect(endpoints.orderForMove([], A)).toEqual([MAIN, B]);
  });

  describe('the random order', () => {
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

    test('given addresses that never opened, then each comes first equally often', () => {
      const counts = firsts([A, B], MAIN);
      expect(counts[A]).toBeGreaterThan(400);
      expect(counts[B]).toBeGreaterThan(400);
    });

    test('the faster address comes first more often, but not always', () => {
      const counts = firsts([Y, X], MAIN);
      expect(counts[X]).toBeGreaterThan(750);
      expect(counts[Y]).toBeGreaterThan(150);
    });

    test('given no addresses from the server, then configured ones are ordered so too, the main one first', () => {
      expect(Object.keys(firsts([], MAIN)).sort()).toEqual([A, B]);
      expect(firsts([], A)).toEqual({ [MAIN]: 1_000 });
    });
  });

  test('when an address has failed, then it comes after the others', () => {
    endpoints.failed([X]);
    expect(endpoints.orderForMove([X, Y], MAIN)).toEqual([Y, A, B, X]);
  });

  test('given a single address, then it is returned, because it resolves to another region by now', () => {
    expect(new Endpoints(world, [MAIN]).orderForMove([], MAIN)).toEqual([MAIN]);
  });

  test('when the server names invalid or untrusted addresses, then they are ignored', () => {
    expect(endpoints.orderForMove(['https://x', 7, null, X.replace('wss', 'ws'), Y], MAIN)).toEqual([Y, A, B]);
  });
});

describe('trustedHosts()', () => {
  const OWN = [MAIN, 'wss://abc.execute-api.eu-west-1.amazonaws.com/v1', 'ws://localhost:4100/a'];

  test.each([
    ...OWN,
    'wss://WS.example.com/',
    'wss://ws.example.com:443/x?y=z',
    'wss://ws-us-east-1.example.com',
    'wss://ws-us-gov-west-1.example.com',
    'wss://abc.execute-api.eu-west-1.amazonaws.com',
    'ws://localhost:4100/b',
  ])('%s is trusted', (url) => {
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
    'xwss://ws-us-east-1.example.com',
  ])('%s is not trusted', (url) => {
    expect(trustedHosts(OWN)(url)).toBe(false);
  });

  test('given an address without encryption, then the hosts of its network without encryption are trusted', () => {
    const isTrusted = trustedHosts(['ws://ws.example.com']);
    expect([isTrusted('ws://ws-us-east-1.example.com'), isTrusted('wss://ws-us-east-1.example.com')]).toEqual([
      true,
      false,
    ]);
  });

  test('given a host whose domain has one label only, then no other host is trusted', () => {
    expect(trustedHosts(['wss://ws.com'])('wss://ws-us-east-1.com')).toBe(false);
  });
});

test('after any history, the order is not empty, and each configured address is tried within three more failures', () => {
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

test('given one address that serves, and others that open and serve nothing, then it is found within 8 tries', () => {
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
