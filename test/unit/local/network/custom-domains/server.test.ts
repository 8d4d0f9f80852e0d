// The custom domain server alone: regions are plain servers whose state the test controls.
import { type IncomingMessage, request } from 'node:http';
import { connect as connectSocket } from 'node:net';
import WebSocket from 'ws';
import { CustomDomainServer } from '../../../../../local/network/custom-domains';
import { Route53Service } from '../../../../../local/services/route53';
import { ManualClock } from '../../../../support/manual-clock';
import { until } from '../../../../support/until';
import { BareRegion } from './bare-region';

const REGIONS = ['eu-west-1', 'us-east-1'];

interface World {
  readonly clock: ManualClock;
  readonly url: string;
  readonly route53: Route53Service;
  readonly regions: readonly BareRegion[];
  /** One round of all health checks. */
  readonly check: () => Promise<void>;
}

const worlds: { edge: CustomDomainServer; route53: Route53Service; regions: readonly BareRegion[] }[] = [];
afterAll(() =>
  Promise.all(
    worlds.flatMap(({ edge, route53, regions }) => {
      route53.stop();
      return [edge.stop(), ...regions.map((region) => region.die())];
    }),
  ),
);

/** `ws.example.com` by latency and health, `ws-<region>.example.com` for each region. */
async function start(): Promise<World> {
  const clock = new ManualClock();
  const regions = REGIONS.map((name) => new BareRegion(name));
  const urls = new Map<string, string>();
  for (const region of regions) urls.set(region.name, await region.start());
  const locate = (region: string, host: string, path: string): string | undefined =>
    host.startsWith('unmapped') ? undefined : `${urls.get(region)}${path}`;
  const route53 = new Route53Service({ clock, locate });
  for (const region of REGIONS) {
    const regional = `d-${region.replaceAll('-', '')}.execute-api.${region}.amazonaws.com`;
    const always = { type: 'A', values: [] } as const;
    for (const name of [`ws-${region}.example.com`, `unmapped-${region}.example.com`])
      route53.addRecord({ ...always, name, alias: { name: regional, evaluatesTargetHealth: false } });
    route53.addHealthCheck({
      kind: 'endpoint',
      id: region,
      host: `ws-${region}.example.com`,
      path: '/health',
      inverted: false,
      interval: 10_000,
      threshold: 2,
    });
    route53.addRecord({
      ...always,
      name: 'ws.example.com',
      region,
      setIdentifier: region,
      healthCheckId: region,
      alias: { name: `ws-${region}.example.com`, evaluatesTargetHealth: false },
    });
  }
  route53.addRecord({ name: 'elsewhere.example.com', type: 'A', values: ['192.0.2.1'], ttl: 300 });
  const edge = new CustomDomainServer({ clock, route53, locate, regions: REGIONS });
  worlds.push({ edge, route53, regions });
  const url = await edge.listen(0);
  let isRunning = false;
  const check = async (): Promise<void> => {
    if (isRunning) clock.advance(10_000);
    else route53.start();
    isRunning = true;
    const isDone = (): boolean => route53.healthChecks.every(({ last }) => last?.time === clock.now());
    await until(isDone, 'every health check has asked');
  };
  return { clock, url, route53, regions, check };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** A request; rejects when the connection breaks. */
function ask(url: string, options: object = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent: false, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

interface Talk {
  readonly socket: WebSocket;
  readonly texts: string[];
  /** 101, the status of a rejection, or the error. */
  readonly outcome: number | string;
}

async function talk(url: string, protocols: string[] = []): Promise<Talk> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, { perMessageDeflate: false });
  const texts: string[] = [];
  socket.on('message', (data: Buffer) => texts.push(data.toString()));
  const outcome = await new Promise<number | string>((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('error', (error) => resolve(error.message));
  });
  return { socket, texts, outcome };
}

const greeting = async (url: string): Promise<string> => {
  const { socket, texts } = await talk(url);
  await until(() => texts.length > 0, 'the region says hello');
  socket.terminate();
  return texts[0]!;
};

let world: World;
beforeAll(async () => {
  world = await start();
});

describe('HTTP', () => {
  test('when a request arrives, then the region of the name receives it unchanged', async () => {
    const [, us] = world.regions;
    us!.asked.length = 0;
    const { url } = world;
    const answer = await ask(
      `${url}/WS.Example.com/a%2Fb/c?x=%20&location=us-east-1&located=1&asker=me&y`,
      { method: 'POST', headers: { 'content-type': 'text/plain', 'X-Own': 'kept', 'transfer-encoding': 'chunked' } },
      'the body',
    );
    expect(answer).toMatchObject({ status: 201, body: 'POST the body' });
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-region': 'us-east-1' });
    expect(us!.asked).toEqual([
      {
        url: '/a%2Fb/c?x=%20&located=1&y',
        headers: expect.objectContaining({ host: 'ws.example.com', 'x-own': 'kept', 'content-type': 'text/plain' }),
        body: 'the body',
      },
    ]);
  });

  test('given a location by query or header, then the name resolves for it; otherwise for the first region', async () => {
    const to = async (query: string, headers = {}): Promise<unknown> =>
      (await ask(`${world.url}/ws.example.com${query}`, { headers })).headers['x-region'];
    expect(await to('')).toBe('eu-west-1');
    expect(await to('?location=us-west-2')).toBe('us-east-1');
    expect(await to('', { 'x-client-location': 'us-west-2' })).toBe('us-east-1');
    expect(await to('?location=eu-central-1', { 'x-client-location': 'us-west-2' })).toBe('eu-west-1');
    expect(
      world.regions.flatMap(({ asked }) => asked.map(({ headers }) => headers['x-client-location'])),
    ).not.toContain('us-west-2');
  });

  test('when a name can not be served, then the response has the reason', async () => {
    const told = async (path: string): Promise<unknown[]> => {
      const { status, body } = await ask(`${world.url}${path}`);
      return [status, JSON.parse(body).message];
    };
    expect(await told('/nothing.example.com/')).toEqual([
      404,
      expect.stringMatching(
        /^nothing\.example\.com does not resolve\. Names with records: ws-eu-west-1\.example\.com, /,
      ),
    ]);
    expect(await told('/ws.example.com?location=moon-1')).toEqual([400, 'moon-1 is not an AWS region.']);
    expect(await told('/elsewhere.example.com/')).toEqual([
      502,
      'elsewhere.example.com does not resolve to a region of this cloud.',
    ]);
    expect(await told('/unmapped-us-east-1.example.com/')).toEqual([403, 'Forbidden']);
  });

  test('when one side aborts, then the other is aborted', async () => {
    await expect(ask(`${world.url}/ws.example.com/cut`)).rejects.toThrow('aborted');
    const [eu] = world.regions;
    const seen = eu!.asked.length;
    const socket = connectSocket(Number(new URL(world.url).port), '127.0.0.1');
    socket.write('GET /ws.example.com/hang HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => eu!.asked.length > seen, 'the region is asked');
    socket.destroy();
    expect((await ask(`${world.url}/ws.example.com`)).status).toBe(201);
  });

  test('when the root is requested, then names and their current answers are returned', async () => {
    const { names, healthChecks } = JSON.parse((await ask(`${world.url}/`)).body);
    expect(names).toContainEqual({
      name: 'ws.example.com',
      from: {
        'eu-west-1': expect.objectContaining({ region: 'eu-west-1', healthy: true }),
        'us-east-1': expect.objectContaining({ region: 'us-east-1', healthy: true }),
      },
    });
    expect(names).toHaveLength(6);
    expect(healthChecks).toHaveLength(2);
  });
});

describe('WebSocket', () => {
  test('when a connection opens, then bytes, subprotocol and query pass unchanged', async () => {
    const [, us] = world.regions;
    const url = `${world.url}/ws.example.com?location=us-east-1&token=a.b&asker=x`;
    const { socket, texts } = await talk(url, ['cdk-realtime.v1', 'other']);
    const big = 'x'.repeat(300_000);
    socket.send('one');
    socket.send(big);
    await until(() => texts.length === 3, 'everything came back');
    expect(texts).toEqual(['hello from us-east-1', 'one', big]);
    expect(socket.protocol).toBe('cdk-realtime.v1');
    expect(us!.asked.at(-1)).toMatchObject({ url: '/?token=a.b', headers: { host: 'ws.example.com' } });
    const code = new Promise((resolve) => us!.sockets.at(-1)!.on('close', resolve));
    socket.close(4001);
    expect(await code).toBe(4001);
  });

  test('when the region rejects the upgrade, then the client receives the rejection', async () => {
    expect((await talk(`${world.url}/ws.example.com/closed`)).outcome).toBe(401);
    expect((await talk(`${world.url}/nothing.example.com`)).outcome).toBe(404);
    expect((await talk(`${world.url}/unmapped-eu-west-1.example.com`)).outcome).toBe(403);
  });

  test('when one end closes, then the other closes', async () => {
    const [eu] = world.regions;
    const first = await talk(`${world.url}/ws.example.com`);
    const gone = new Promise((resolve) => eu!.sockets.at(-1)!.on('close', resolve));
    first.socket.terminate();
    expect(await gone).toBe(1006);
    const second = await talk(`${world.url}/ws.example.com`);
    const closed = new Promise((resolve) => second.socket.on('close', resolve));
    eu!.sockets.at(-1)!.terminate();
    expect(await closed).toBe(1006);
  });
});

describe('failover', () => {
  test('when consecutive probes fail, then clients move, and they return when probes succeed', async () => {
    const { regions, check, url } = await start();
    const [eu] = regions;
    const rounds = async (...results: readonly boolean[]): Promise<string> => {
      for (const healthy of results) {
        eu!.healthy = healthy;
        await check();
      }
      return greeting(`${url}/ws.example.com`);
    };
    expect(await rounds(true, false, true, false, true)).toBe('hello from eu-west-1');
    expect(await rounds(false, false)).toBe('hello from us-east-1');
    expect(await greeting(`${url}/ws-eu-west-1.example.com`)).toBe('hello from eu-west-1');
    expect(await rounds(true)).toBe('hello from us-east-1');
    expect(await rounds(true)).toBe('hello from eu-west-1');
  });

  test('given a caching resolver, then it keeps an answer for its TTL, and other resolvers have their own', async () => {
    const { regions, check, clock, url } = await start();
    const [eu] = regions;
    await check();
    const to = async (query: string): Promise<unknown> =>
      (await ask(`${url}/ws.example.com?${query}`)).headers['x-region'];
    const since = clock.now();
    expect(await to('asker=a')).toBe('eu-west-1');
    eu!.healthy = false;
    await check();
    await check();
    expect(await to('asker=a')).toBe('eu-west-1');
    expect(await to('asker=b')).toBe('us-east-1');
    expect(await to('')).toBe('us-east-1');
    expect(await to('asker=a&location=eu-west-2')).toBe('us-east-1');
    clock.advance(since + 59_999 - clock.now());
    expect(await to('asker=a')).toBe('eu-west-1');
    clock.advance(1);
    expect(await to('asker=a')).toBe('us-east-1');
  });

  test('when a region is down, then connections break, and new ones fail while the name resolves there', async () => {
    const { regions, check, url } = await start();
    const [eu, us] = regions;
    await check();
    const open = await talk(`${url}/ws.example.com`);
    const closed = new Promise((resolve) => open.socket.on('close', resolve));
    await eu!.die();
    expect(await closed).toBe(1006);
    await expect(ask(`${url}/ws.example.com`)).rejects.toThrow('socket hang up');
    expect((await talk(`${url}/ws.example.com`)).outcome).toBe('socket hang up');
    await check();
    await check();
    expect(await greeting(`${url}/ws.example.com`)).toBe('hello from us-east-1');
    await us!.die();
    await check();
    await check();
    // When all records are unhealthy, all count as healthy: a name always resolves.
    await expect(ask(`${url}/ws.example.com?location=us-east-1`)).rejects.toThrow('socket hang up');
  });
});

test('when it stops, then open sockets are destroyed; given a port in use, then it fails', async () => {
  const { url } = await start();
  const { edge } = worlds.at(-1)!;
  const { socket } = await talk(`${url}/ws.example.com`);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  const { clock, route53 } = world;
  const second = new CustomDomainServer({ clock, route53, locate: () => undefined, regions: REGIONS });
  await expect(second.listen(Number(new URL(url).port))).rejects.toMatchObject({ code: 'port_in_use' });
  await edge.stop();
  expect(await closed).toBe(1006);
});
