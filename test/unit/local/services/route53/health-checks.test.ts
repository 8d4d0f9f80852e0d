// Health checks: thresholds, flapping, inversion, calculated checks, and probes.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CalculatedCheck,
  type EndpointCheck,
  type HealthCheck,
  Route53Service,
} from '../../../../../local/services/route53';
import { AWS_PROBE_LIMITS, probe, type ProbeResult } from '../../../../../local/services/route53/probe';
import { Checker } from '../../../../../local/services/route53/checker';
import { isHealthy } from '../../../../../local/services/route53/health-checks';
import { ManualClock } from '../../../../support/manual-clock';

function endpoint(id: string, rest: Partial<EndpointCheck> = {}): EndpointCheck {
  const always = { kind: 'endpoint', inverted: false, interval: 10_000, threshold: 3 } as const;
  return { ...always, id, host: `${id}.example.com`, path: '/health', ...rest };
}

function calculated(children: readonly string[], threshold: number, inverted = false): CalculatedCheck {
  return { kind: 'calculated', id: 'all', children, threshold, inverted };
}

/** Waits until pending answers have arrived. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a checker', () => {
  const passed = (ok: boolean): ProbeResult => ({ passed: ok, reason: ok ? 'Success' : 'Failure' });

  /** Status after each of the results. */
  async function statuses(results: readonly boolean[], threshold: number): Promise<readonly boolean[]> {
    const clock = new ManualClock();
    const asked = results.values();
    const checker = new Checker(endpoint('a', { threshold }), clock, () =>
      Promise.resolve(passed(asked.next().value!)),
    );
    const seen: boolean[] = [];
    for (const i of results.keys()) {
      if (i === 0) void checker.run();
      else clock.advance(10_000);
      await settle();
      seen.push(checker.isResponding);
    }
    checker.stop();
    return seen;
  }
  const from = (text: string): readonly boolean[] => Array.from(text, (one) => one === '+');

  test.each([
    ['a new check is healthy until there is enough data', 3, '--', '++'],
    ['so many failures in a row take it out, so many answers in a row bring it back', 3, '---+++', '++---+'],
    ['what flaps below the threshold changes nothing', 3, '--+--+--+', '+++++++++'],
    ['nor does it when it is out', 3, '---++-++-++-', '++----------'],
    ['a threshold of one follows each result', 1, '-+-+', '-+-+'],
  ])('%s', async (_, threshold, results, expected) => {
    expect(await statuses(from(results), threshold)).toEqual(from(expected));
  });

  test('when a result arrives, then the next probe starts after the interval, until the checker stops', async () => {
    const clock = new ManualClock();
    const answers: ((result: ProbeResult) => void)[] = [];
    const checker = new Checker(endpoint('a'), clock, () => new Promise((resolve) => answers.push(resolve)));
    void checker.run();
    clock.advance(60_000);
    expect(answers).toHaveLength(1);
    answers[0]!(passed(true));
    await settle();
    expect(checker.last).toEqual({ passed: true, reason: 'Success', time: clock.now() });
    clock.advance(9_999);
    expect(answers).toHaveLength(1);
    clock.advance(1);
    expect(answers).toHaveLength(2);
    checker.stop();
    answers[1]!(passed(false));
    await settle();
    expect([checker.last?.passed, clock.pending]).toEqual([true, 0]);
  });
});

describe('the status of a check', () => {
  const judged = (id: string, checks: readonly HealthCheck[], ...failing: readonly string[]): boolean =>
    isHealthy(id, new Map(checks.map((one) => [one.id, one])), (check) => !failing.includes(check.id));
  const three = ['a', 'b', 'c'].map((id) => endpoint(id));

  test('given an endpoint check, then its status follows the endpoint, or the inverse', () => {
    expect([judged('a', three), judged('a', three, 'a')]).toEqual([true, false]);
    const inverted = [endpoint('a', { inverted: true })];
    expect([judged('a', inverted), judged('a', inverted, 'a')]).toEqual([false, true]);
  });

  test.each([
    [0, [true, true, true, true]],
    [1, [true, true, true, false]],
    [2, [true, true, false, false]],
    [3, [true, false, false, false]],
    // A threshold above the number of children is never reached.
    [4, [false, false, false, false]],
  ])('given a calculated check with threshold %s of three, then it counts healthy children', (threshold, expected) => {
    const judge = (inverted: boolean): readonly boolean[] =>
      [[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map((failing) =>
        judged('all', [...three, calculated(['a', 'b', 'c'], threshold, inverted)], ...failing),
      );
    expect(judge(false)).toEqual(expected);
    expect(judge(true)).toEqual(expected.map((one) => !one));
  });

  test('given an unknown check, then it is healthy', () => {
    expect(judged('brought', three)).toBe(true);
    expect(judged('all', [calculated(['brought'], 1)])).toBe(true);
  });

  test('when a calculated check has a calculated child, then it is rejected', () => {
    const route53 = new Route53Service({ clock: new ManualClock(), locate: () => undefined });
    route53.addHealthCheck(calculated([], 0));
    expect(() => route53.addHealthCheck({ ...calculated(['all'], 1), id: 'above' })).toThrow(
      'all must not be calculated itself',
    );
  });
});

describe('Route53Service', () => {
  const clock = new ManualClock();
  const region = 'd-abc.execute-api.eu-west-1.amazonaws.com';

  test('when a name resolves, then its region is probed; otherwise the reason is reported', async () => {
    const located: unknown[] = [];
    const route53 = new Route53Service({
      clock,
      locate: (...args) => {
        located.push(args);
        return undefined;
      },
    });
    route53.addRecord({
      name: 'a.example.com',
      type: 'A',
      values: [],
      alias: { name: region, evaluatesTargetHealth: false },
    });
    route53.addHealthCheck(endpoint('a', { threshold: 1, path: '/health?deep=1' }));
    route53.addHealthCheck(endpoint('b', { threshold: 1 }));
    route53.start();
    await settle();
    expect(route53.healthChecks.map(({ healthy, last }) => [healthy, last?.reason])).toEqual([
      [false, 'Failure: eu-west-1 does not answer for a.example.com'],
      [false, 'Failure: DNS resolution failed'],
    ]);
    expect(located).toEqual([['eu-west-1', 'a.example.com', '/health']]);
    route53.stop();
  });
});

describe('a probe', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
  }
  const soon = { ...AWS_PROBE_LIMITS, answer: 50 };

  test.each([
    [200, true],
    [204, true],
    [302, true],
    [399, true],
    [400, false],
    [404, false],
    [503, false],
  ])('when the endpoint answers %s, then the result follows the status', async (status, expected) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    const result = await probe({ url, host: 'a.example.com' });
    expect(result.passed).toBe(expected);
    expect(result.reason).toContain(`HTTP Status Code ${status}`);
  });

  test('when it is sent, then it has the host of the check and the user agent of Route 53', async () => {
    const seen: unknown[] = [];
    const url = await serve(({ method, headers }, response) => {
      seen.push([method, headers.host, headers['user-agent']]);
      response.end();
    });
    await probe({ url, host: 'http-eu-west-1.example.com' });
    expect(seen).toEqual([['GET', 'http-eu-west-1.example.com', 'Amazon-Route53-Health-Check-Service']]);
  });

  test.each<[string, readonly string[], boolean]>([
    ['in the body', ['well, it is "evacuated"'], true],
    ['not in the body', ['all is well'], false],
    ['in other letters', ['EVACUATED'], false],
    ['in two pieces', ['well, it is evac', 'uated'], true],
    ['at the end of the first 5,120 bytes', [`${' '.repeat(5_111)}evacuated`, 'more'], true],
    ['partly after them', [' '.repeat(5_112), 'evacuated'], false],
  ])('when the search string is %s, then the result follows it', async (_, pieces, expected) => {
    const url = await serve((request, response) => {
      for (const piece of pieces) response.write(piece);
      response.end();
    });
    expect((await probe({ url, host: 'a.example.com', search: 'evacuated' })).passed).toBe(expected);
  });

  test('when the string is found with an error status, then the probe fails', async () => {
    const url = await serve((_, response) => response.writeHead(500).end('evacuated'));
    expect((await probe({ url, host: 'a.example.com', search: 'evacuated' })).passed).toBe(false);
  });

  test('when the body is endless, then its first 5,120 bytes count', async () => {
    const url = await serve((_, response) => response.write('evacuated'.padEnd(6_000)));
    expect((await probe({ url, host: 'a.example.com', search: 'evacuated' })).passed).toBe(true);
  });

  test.each<[string, RequestListener, string | undefined, string]>([
    ['does not answer', () => undefined, undefined, 'no answer within 0.05 s'],
    ['does not send its body', (_, response) => response.writeHead(200).flushHeaders(), 'evacuated', 'no body within'],
    ['hangs up', ({ socket }) => socket.destroy(), undefined, 'socket hang up'],
    [
      'hangs up in the body',
      ({ socket }, response) => response.write('evac', () => socket.destroy()),
      'evacuated',
      'aborted',
    ],
  ])('when the endpoint %s, then the probe fails with a reason', async (_, listener, search, reason) => {
    const result = await probe({ url: await serve(listener), host: 'a.example.com', search, limits: soon });
    expect(result.passed).toBe(false);
    expect(result.reason).toContain(reason);
  });

  test('when no server listens, then the probe fails', async () => {
    const url = await serve(() => undefined);
    await new Promise((resolve) => servers.at(-1)!.close(resolve));
    expect(await probe({ url, host: 'a.example.com' })).toEqual({
      passed: false,
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
