// Every switch of the switchboard, on a cloud of two regions.
import { SWITCHES } from '../../../../local';
import type { CloudState } from '../../../../local';
import { ApiModel } from '../../../../local/services/apigateway';
import WebSocket from 'ws';
import { A, B, twoRegions, type TwoRegions } from '../../../support/local/two-regions';

let world: TwoRegions;
beforeEach(async () => {
  world = await twoRegions();
});
afterEach(() => world.cloud.stop());

const flip = (command: object): Promise<void> => world.cloud.switchboard.apply(command);
const inbox = (region: string): number => world.regions[region]!.services.sqs.find('inbox')!.counts().visible;
const invoke = (region: string, name: string, event: object = {}) =>
  world.regions[region]!.services.lambda.invoke(name, event);
/** A call over HTTP, as an SDK makes it. */
async function list(region: string): Promise<number | string> {
  const headers = { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' };
  try {
    return (await fetch(world.regions[region]!.endpoint, { method: 'POST', headers, body: '{}' })).status;
  } catch {
    return 'broken';
  }
}

/** Lets time pass until a call has returned: calls between regions have a latency. */
async function passing<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => world.clock.advance(100), 2);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

test('when a pair is cut, then functions do not reach the other region', async () => {
  expect((await passing(invoke(A, 'sender', { body: 'first' }))).payload).toBe('sent');
  await flip({ switch: 'pair-cut', a: A, b: B });
  expect((await passing(invoke(A, 'sender', { body: 'second' }))).error).toBeDefined();
  expect(inbox(B)).toBe(1);
  await flip({ switch: 'pair-heal', a: A, b: B });
  expect((await passing(invoke(A, 'sender', { body: 'third' }))).payload).toBe('sent');
  expect([inbox(A), inbox(B)]).toEqual([0, 2]);
});

test('when a region is down, then it answers and runs nothing; when it is up again, then its items are kept', async () => {
  await world.put(A, 'one', 'x');
  await invoke(A, 'count');
  await invoke(A, 'count');
  await flip({ switch: 'region-down', region: A });
  expect([await list(A), await list(B)]).toEqual(['broken', 200]);
  expect(await invoke(A, 'count')).toMatchObject({ throttled: true });
  expect(world.cloud.switchboard.state().regions[0]).toMatchObject({ name: A, up: false, functions: 0 });
  expect((await passing(invoke(B, 'sender', { body: 'lost' }))).error).toBeDefined();
  await flip({ switch: 'region-up', region: A });
  expect([await list(A), await world.get(A, 'one')]).toEqual([200, 'x']);
  // A new instance, without the module state of the old one.
  expect((await invoke(A, 'count')).payload).toBe(1);
});

test('when functions are killed, then all or the matching instances end', async () => {
  await invoke(A, 'count');
  await flip({ switch: 'kill-functions', region: A, pattern: 'sender' });
  expect((await invoke(A, 'count')).payload).toBe(2);
  await flip({ switch: 'kill-functions', region: A });
  expect((await invoke(A, 'count')).payload).toBe(1);
});

test('given a service fault, then calls over HTTP are delayed, fail or throttle in that region only', async () => {
  await flip({ switch: 'service-fault', region: A, service: 'dynamodb', fail: 1 });
  expect([await list(A), await list(B)]).toEqual([500, 200]);
  expect(world.cloud.switchboard.state().regions[0]!.faults).toEqual(['dynamodb fails 100 %']);
  await flip({ switch: 'service-fault', region: A, service: 'dynamodb', throttle: 1 });
  expect(await list(A)).toBe(400);
  await flip({ switch: 'service-fault', region: A, service: 'dynamodb', slow: 5_000 });
  const asked = world.clock.now();
  expect(await passing(list(A))).toBe(200);
  expect(world.clock.now() - asked).toBeGreaterThanOrEqual(5_000);
  await flip({ switch: 'service-heal', region: A, service: 'dynamodb' });
  expect(await list(A)).toBe(200);
});

test('given a service fault, then calls between services are affected too', async () => {
  const { sqs } = world.regions[A]!.services;
  const jobs = sqs.find('jobs')!;
  const fault = (service: string) => flip({ switch: 'service-fault', region: A, service, fail: 1 });
  const isDone = async (): Promise<void> => {
    for (let i = 0; i < 500 && jobs.counts().visible + jobs.counts().inFlight > 0; i++) await world.pass(100);
  };
  await fault('sqs');
  jobs.send({ body: 'one' });
  await world.pass(5_000);
  expect(jobs.counts()).toMatchObject({ visible: 1, inFlight: 0 });
  await fault('lambda');
  await flip({ switch: 'service-heal', region: A, service: 'sqs' });
  await world.pass(2_000);
  expect(jobs.counts()).toMatchObject({ visible: 0, inFlight: 1 });
  await flip({ switch: 'heal-all' });
  await isDone();
  expect(jobs.counts()).toMatchObject({ visible: 0, inFlight: 0 });
});

test('given a connect quota, then further connections are rejected until heal-all', async () => {
  const { apigateway } = world.regions[A]!.services;
  apigateway.addApi(
    new ApiModel({ id: 'ws', name: 'ws', stack: 'Test', protocol: 'WEBSOCKET', routeSelection: 'WebSockets' }),
  );
  apigateway.api('ws').stages.set('v1', { name: 'v1' });
  await flip({ switch: 'connect-quota', region: A, rate: 2 });
  const url = `${world.regions[A]!.endpoint.replace('http', 'ws')}/execute-api/ws/v1`;
  const outcomes = await Promise.all(
    [1, 2, 3].map(
      () =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url);
          socket.on('open', () => {
            resolve('open');
            socket.terminate();
          });
          socket.on('error', ({ message }) => resolve(message));
        }),
    ),
  );
  expect(outcomes.sort()).toEqual(['Unexpected server response: 429', 'open', 'open']);
  expect(world.cloud.switchboard.state().regions[0]).toMatchObject({
    refusedConnects: 1,
    faults: ['2 new connections a second'],
  });
  await flip({ switch: 'heal-all' });
  expect(world.cloud.switchboard.state().regions[0]!.faults).toEqual([]);
});

test('when heal-all is applied, then all faults are cleared', async () => {
  await flip({ switch: 'region-down', region: A });
  await flip({ switch: 'pair-cut', a: A, b: B });
  await flip({ switch: 'replication-pause', from: B, to: A });
  await flip({ switch: 'service-fault', region: B, service: 'sqs', fail: 0.5 });
  const lag = world.cloud.switchboard.state().pairs.find(({ from }) => from === A)!.lag;
  await flip({ switch: 'replication-lag', from: A, to: B, p50: 1, p99: 2 });
  await flip({ switch: 'heal-all' });
  const { regions, pairs } = world.cloud.switchboard.state();
  expect(regions.map(({ up, faults }) => [up, faults])).toEqual([
    [true, []],
    [true, []],
  ]);
  expect(pairs.find(({ from }) => from === A)!.lag).toEqual(lag);
  expect(pairs.map(({ cut, replicationPaused }) => [cut, replicationPaused])).toEqual([
    [false, false],
    [false, false],
  ]);
});

test('when the state changes, then listeners receive it', async () => {
  const told: CloudState[] = [];
  const end = world.cloud.switchboard.subscribe((state) => told.push(state));
  await flip({ switch: 'region-down', region: B });
  expect(told.map(({ regions }) => regions.map(({ up }) => up))).toEqual([
    [true, true],
    [true, false],
  ]);
  end();
  await flip({ switch: 'region-up', region: B });
  expect(told).toHaveLength(2);
});

test.each([
  [undefined, 'region-down'],
  [{ switch: 'explode' }, 'region-down'],
  [{ switch: 'toString' }, 'region-down'],
  [{ switch: 'region-down' }, 'eu-west-1, us-east-1'],
  [{ switch: 'region-down', region: 'mars' }, 'got: "mars"'],
  [{ switch: 'region-down', region: A, share: 1 }, 'has no field `share`'],
  [{ switch: 'pair-cut', a: A, b: A }, 'two different'],
  [{ switch: 'replication-lag', from: A, to: B, p50: 5, p99: 1 }, 'p99'],
  [{ switch: 'sockets-drop', region: A, share: 2 }, '0 to 1'],
  [{ switch: 'service-fault', region: A, service: 's3' }, 'dynamodb'],
])('when the command is %j, then it fails with the allowed values', async (command, said) => {
  await expect(world.cloud.switchboard.apply(command)).rejects.toMatchObject({
    code: 'switch_invalid',
    message: expect.stringContaining(said),
  });
});

test('every switch has a description', () => {
  for (const { description: about } of Object.values(SWITCHES)) expect(about.length).toBeGreaterThan(10);
});
