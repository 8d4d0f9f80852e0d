// The switchboard: `cdk-realtime switch`, and the HTTP API for the page and programs.
import type { CloudState } from '../../../local';
import { networkAssembly } from '../../support/templates/assembly';
import { builtCli } from '../../support/built';
import { errorOf, run, type Running, startDev } from '../../support/local/cli';

const [A, B] = ['eu-west-1', 'us-east-1'] as const;
let dev: Running;

beforeAll(async () => {
  builtCli();
  dev = await startDev(networkAssembly());
}, 60_000);
afterAll(() => dev.stop());

const setSwitch = (...args: readonly string[]) => run(['switch', ...args, '--json'], { folder: dev.folder });
const call = (path: string, init?: RequestInit): Promise<Response> => fetch(new URL(path, dev.ready.page), init);
const stateOf = async (): Promise<CloudState> => (await (await call('/cloud/state')).json()) as CloudState;
const post = (body: string, type = 'application/json') =>
  call('/cloud/switch', { method: 'POST', headers: { 'content-type': type }, body });

test('when a region is stopped and started, then the command prints the state of all regions', async () => {
  const down = await setSwitch('region-down', A);
  expect(down.code).toBe(0);
  expect((JSON.parse(down.stdout) as CloudState).regions.map(({ up }) => up)).toEqual([false, true]);
  expect((await stateOf()).regions.map(({ up }) => up)).toEqual([false, true]);
  await setSwitch('region-up', A);
  expect((await stateOf()).regions.map(({ up }) => up)).toEqual([true, true]);
});

test('given optional fields by name, then they are applied, and numbers are parsed', async () => {
  await setSwitch('service-fault', B, 'dynamodb', 'slow=20', 'throttle=0.25');
  expect((await stateOf()).regions[1]?.faults).toEqual(['dynamodb 20 ms slower, throttles 25 %']);
  await setSwitch('replication-lag', A, B, '50', '400');
  expect((await stateOf()).pairs.find(({ from }) => from === A)?.lag).toEqual({ p50: 50, p99: 400 });
  const { code, stdout } = await run(['switch', 'heal-all'], { folder: dev.folder });
  expect([code, stdout.trim()]).toEqual([0, 'heal-all: done']);
  expect((await stateOf()).regions[1]?.faults).toEqual([]);
});

test.each([
  [['explode'], 'region-down'],
  [['region-down'], 'eu-west-1, us-east-1'],
  [['region-down', 'mars'], 'eu-west-1, us-east-1'],
  [['region-down', A, B], 'takes region'],
  [['replication-lag', A, B, 'soon', '9'], 'milliseconds'],
  [['service-fault', A, 'dynamodb', 'speed=1'], 'speed'],
])('given switch %j, then the error is 60012 with the allowed values', async (args, said) => {
  const result = await setSwitch(...args);
  expect(result.code).toBe(1);
  expect(errorOf(result)).toMatchObject({ code: 60_012, message: expect.stringContaining(said) });
});

test('given no local cloud in the folder, then the error names the command to run', async () => {
  const result = await run(['switch', 'heal-all', '--json']);
  expect(result.code).toBe(1);
  expect(errorOf(result)).toMatchObject({ code: 60_005, message: expect.stringContaining('cdk-realtime dev') });
});

test('given a client of /cloud/events, when the state changes, then the client gets an event', async () => {
  const response = await call('/cloud/events');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  const hears = async (text: string): Promise<void> => {
    while (!heard.includes(text)) heard += (await reader.read()).value ?? '';
  };
  await hears('"up":true');
  expect((await post(JSON.stringify({ switch: 'pair-cut', a: A, b: B }))).status).toBe(200);
  await hears('"cut":true');
  await reader.cancel();
  await post('{"switch":"heal-all"}');
});

test.each([
  ['that is not JSON', '{', 'application/json', 'JSON'],
  [
    'of another content type, as a form of another page may send it',
    '{"switch":"heal-all"}',
    'text/plain',
    'content-type',
  ],
  ['that is too long', `"${'x'.repeat(20_000)}"`, 'application/json', 'too long'],
])('given a command %s, then /cloud/switch refuses it', async (_, body, type, said) => {
  const response = await post(body, type);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 60_012, message: expect.stringContaining(said) } });
});

test('/cloud/usage returns the billed usage of every region', async () => {
  await fetch(`${dev.ready.regions[0]!.http}/nowhere`);
  const usage = (await (await call('/cloud/usage')).json()) as Record<string, readonly object[]>;
  expect(Object.keys(usage)).toEqual([A, B]);
  expect(usage[A]).toContainEqual(
    expect.objectContaining({ service: 'apigateway', unit: 'HTTP API requests', operation: 'GET' }),
  );
});

test('given an unknown path below /cloud/, then the response is 404 with the known paths', async () => {
  const response = await call('/cloud/elsewhere');
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('/cloud/state')]);
});
