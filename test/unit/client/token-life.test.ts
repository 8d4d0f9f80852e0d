// How long a token is used, by its claims and the client's clock.
import { lifetimeOf, Rotation } from '../../../client/src/core/connection/rotation';
import { remainingLifeOf } from '../../../client/src/core/connection/token';
import type { Command } from '../../../client/src/core/effects';

const MINUTE = 60_000;
const NOW = 1_000_000_000_000;
const NOW_S = NOW / 1_000;

const tokenWith = (claims: unknown): string => `header.${btoa(JSON.stringify(claims))}.signature`;

describe('remainingLifeOf', () => {
  test.each([
    ['only `exp`', { exp: NOW_S + 60 }, 60_000],
    ['a life shorter than what seems to remain', { exp: NOW_S + 60, iat: NOW_S + 30 }, 30_000],
    ['a life longer than what remains', { exp: NOW_S + 60, iat: NOW_S - 60 }, 60_000],
    ['a token that seems to be expired', { exp: NOW_S - 5, iat: NOW_S - 65 }, 60_000],
    ['a token that expires now', { exp: NOW_S, iat: NOW_S - 60 }, 60_000],
    ['one that seems to be expired, without `iat`', { exp: NOW_S - 5 }, undefined],
    ['no `exp`', { iat: NOW_S }, undefined],
    ['an `exp` that is no number', { exp: String(NOW_S + 60) }, undefined],
    ['an `iat` that is no number', { exp: NOW_S + 60, iat: '0' }, 60_000],
    ['claims that are null', null, undefined],
    ['claims that are a number', 7, undefined],
  ])('given %s, then the result is the time that is left', (_, claims, expected) => {
    expect(remainingLifeOf(tokenWith(claims), NOW)).toBe(expected);
  });

  test.each(['opaque', 'a.b.c', '', 'a.$$.c'])('given %p, which is no JWT, then nothing is known', (token) => {
    expect(remainingLifeOf(token, NOW)).toBeUndefined();
  });

  test('given a payload in the URL-safe alphabet, then it is read', () => {
    const payload = btoa(JSON.stringify({ exp: NOW_S + 60, x: '?>?>~~~' }));
    expect(payload).toMatch(/[+/]/);
    const token = `h.${payload.replaceAll('+', '-').replaceAll('/', '_')}.s`;
    expect(remainingLifeOf(token, NOW)).toBe(60_000);
  });
});

describe('lifetimeOf', () => {
  const world = (random: number) => ({ now: () => 0, wallClock: () => NOW, random: () => random });
  const tokenFor = (seconds: number): string => tokenWith({ exp: NOW_S + seconds });

  test.each([
    [0, 110 * MINUTE],
    [0.5, 114 * MINUTE],
    [1, 118 * MINUTE],
  ])(
    'given no expiry and the random number %d, then the socket is replaced between 110 and 118 minutes',
    (random, ms) => {
      expect(lifetimeOf('opaque', world(random))).toEqual({ lifetime: ms, untilExpiry: Number.POSITIVE_INFINITY });
    },
  );

  test.each([
    [600, 540_000],
    [120, 60_000],
    [60, 30_000],
    [2, 1_000],
    [1, 1_000],
  ])(
    'given a token for %d s, then it is used until a minute before its end, half of a short life, or a second',
    (s, ms) => {
      expect(lifetimeOf(tokenFor(s), world(0))).toEqual({ lifetime: ms, untilExpiry: s * 1_000 });
    },
  );
});

describe('Rotation', () => {
  function rotation() {
    const commands: Command[] = [];
    let now = 1_000;
    const one = new Rotation({ now: () => now, wallClock: () => 0, random: () => 0 }, (command) =>
      commands.push(command),
    );
    const delays = () => commands.map((command) => (command.type === 'timer' ? command.delay : command.type));
    return { one, delays, passes: (ms: number) => (now += ms) };
  }

  test('given a scheduled time, then only an earlier one replaces it', () => {
    const { one, delays } = rotation();
    one.after(500);
    one.by(1_600);
    one.by(1_500);
    one.by(1_400);
    expect(delays()).toEqual([500, 400]);
  });

  test('given a time in the past, then the successor is due at once', () => {
    const { one, delays } = rotation();
    one.by(400);
    expect(delays()).toEqual([0]);
  });

  test('when the timer has fired or was stopped, then any time is scheduled', () => {
    const { one, delays, passes } = rotation();
    one.after(100);
    passes(100);
    one.fired();
    one.by(5_000);
    one.stop();
    one.by(9_000);
    expect(delays()).toEqual([100, 3_900, 'cancel', 7_900]);
  });
});
