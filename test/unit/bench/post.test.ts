// `npm run bench:post`: its ratios, its command line, and whether node:https isolates a stuck connection as our transport does.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { type Certificate, localhostCertificate } from '../../../bench/post/certificate';
import { CONTENDER_NAMES, type ContenderName } from '../../../bench/post/contenders';
import { NodeHttpsClient } from '../../../bench/post/node-https';
import { judge, ratio, rowsOf, type Run } from '../../../bench/post/numbers';
import { root } from '../../support/root';

describe('numbers', () => {
  /** A run with the given CPU times; all others are 1. */
  const run = (cpu: Partial<Record<ContenderName, number>>): Run =>
    Object.fromEntries(
      CONTENDER_NAMES.map((name) => [name, { cpuPerThousand: cpu[name] ?? 1, postsPerSecond: 100 }]),
    ) as Run;

  test('given runs at different speeds, then ratios are taken within each run', () => {
    const runs = [run({ undici: 10, ours: 11 }), run({ undici: 100, ours: 130 }), run({ undici: 10, ours: 12 })];
    expect(ratio(runs, 'ours', 'undici')).toEqual({ min: 1.1, median: 1.2, max: 1.3 });
    expect(rowsOf(runs).find(({ name }) => name === 'ours')).toEqual({
      name: 'ours',
      title: 'ours',
      cpuPerThousand: 12,
      ofUndici: { min: 1.1, median: 1.2, max: 1.3 },
      postsPerSecond: 100,
    });
  });

  test.each([
    ['our client and the SDK at their limits', { undici: 10, ours: 15, 'sdk-tuned': 150 }, true],
    ['our client over its budget', { undici: 10, ours: 15.1, 'sdk-tuned': 200 }, false],
    ['the SDK too close to our client', { undici: 10, ours: 15, 'sdk-tuned': 149 }, false],
  ])('given %s, then the bench judges medians', (_, cpu, isMet) => {
    expect(judge([run(cpu)]).isMet).toBe(isMet);
  });

  test.each([
    [12.5, true],
    [12.6, false],
  ])('given node:https at %d and undici at 10, then node:https is near: %s', (https, isHttpsNear) => {
    expect(judge([run({ undici: 10, https })]).isHttpsNear).toBe(isHttpsNear);
  });
});

describe('node:https', () => {
  const TIMEOUT = 300;
  const frame = Buffer.from('{}');
  let certificate: Certificate;
  let server: Server;
  let sockets: TLSSocket[];
  let respond: (request: IncomingMessage, response: ServerResponse) => void;
  let client: NodeHttpsClient;

  beforeAll(async () => {
    certificate = await localhostCertificate();
  });
  beforeEach(async () => {
    sockets = [];
    respond = (_, response) => response.end();
    server = createServer(certificate, (request, response) => {
      request.resume();
      request.on('end', () => {
        respond(request, response);
      });
    });
    server.on('secureConnection', (socket: TLSSocket) => sockets.push(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    connect(2);
  });
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  function connect(maxSockets: number): void {
    client = new NodeHttpsClient({
      endpoint: `https://localhost:${(server.address() as AddressInfo).port}/prod`,
      sockets: maxSockets,
      timeout: TIMEOUT,
      signing: { region: 'eu-west-1', credentials: { accessKeyId: 'AKIA', secretAccessKey: 's' } },
      ca: certificate.cert,
    });
  }
  const failureOf = (promise: Promise<unknown>): Promise<any> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  test('given one socket, when frames are posted, then requests are signed and share the socket', async () => {
    connect(1);
    const requests: IncomingMessage[] = [];
    respond = (request, response) => {
      requests.push(request);
      response.end();
    };
    await Promise.all([client.post('a=', frame), client.post('b', frame)]);
    expect(requests.map(({ url }) => url)).toEqual(['/prod/@connections/a%3D', '/prod/@connections/b']);
    expect(requests[0]?.headers).toMatchObject({
      authorization: expect.stringContaining('Credential=AKIA/'),
      'content-length': '2',
    });
    expect(sockets).toHaveLength(1);
  });

  test('given a post without a response, when others are posted, then they do not wait, and its socket is destroyed', async () => {
    const socketClosed = new Promise((resolve) => {
      respond = ({ url, socket }, response) => {
        if (url === '/prod/@connections/stuck') socket.on('close', resolve);
        else response.end();
      };
    });
    let isStuckOver = false;
    const stuck = failureOf(client.post('stuck', frame)).finally(() => (isStuckOver = true));
    for (let i = 0; i < 20; i++) await client.post(`c${i}`, frame);
    expect(isStuckOver).toBe(false);
    expect((await stuck).name).toBe('TimeoutError');
    await socketClosed;
    await Promise.all([client.post('x', frame), client.post('y', frame)]);
    expect(sockets).toHaveLength(3);
  });

  test('given one socket, when two posts get no response, then the time limit includes the wait for the socket', async () => {
    connect(1);
    respond = () => undefined;
    const started = performance.now();
    const errors = await Promise.all([failureOf(client.post('a', frame)), failureOf(client.post('b', frame))]);
    expect(errors.map(({ name }) => name)).toEqual(['TimeoutError', 'TimeoutError']);
    expect(performance.now() - started).toBeLessThan(2 * TIMEOUT);
  });

  test('when a response arrives after the time limit, then it does not answer the next post', async () => {
    connect(1);
    let late: ServerResponse | undefined;
    respond = (_, response) => {
      late = response;
    };
    expect((await failureOf(client.post('slow', frame))).name).toBe('TimeoutError');
    respond = (_, response) => response.writeHead(410).end();
    const next = failureOf(client.post('next', frame));
    late?.end();
    expect((await next).message).toBe('HTTP 410');
  });
});

describe('the command', () => {
  const bench = (...options: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync(path.join(root, 'node_modules', '.bin', 'tsx'), ['--no-warnings', 'bench/post/main.ts', ...options], {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
    });

  test('when it runs, then it measures every contender', () => {
    const { stdout, stderr } = bench('--runs', '1', '--posts', '20', '--in-flight', '2', '--json');
    expect(stderr).toBe('run 1 of 1\n');
    const { rows } = JSON.parse(String(stdout)) as { rows: { name: string; cpuPerThousand: number }[] };
    expect(rows.map(({ name }) => name)).toEqual(CONTENDER_NAMES);
    expect(rows.every(({ cpuPerThousand }) => cpuPerThousand > 0)).toBe(true);
  }, 60_000);

  test('given an invalid option, then it exits with 2 and prints the help', () => {
    const { status, stderr } = bench('--posts', 'none');
    expect(status).toBe(2);
    expect(stderr).toContain('--posts must be a whole number above 0, got: none');
    expect(stderr).toContain('npm run bench:post');
  }, 60_000);
});
