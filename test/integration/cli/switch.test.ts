// The switchboard from outside: `cdk-realtime switch`, and what the page and programs use by HTTP.
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

const flip = (...args: readonly string[]) => run(['switch', ...args, '--json'], { folder: dev.folder });
const call = (path: string, init?: RequestInit): Promise<Response> => fetch(new URL(path, dev.ready.page), init);
const stateOf = async (): Promise<CloudState> => (await (await call('/cloud/state')).json()) as CloudState;
const post = (body: string, type = 'application/json') =>
  call('/cloud/switch', { method: 'POST', headers: { 'content-type': type }, body });

test('a region goes down and comes up; the command prints how everything stands', async () => {
  const down = await flip('region-down', A);
  expect(down.code).toBe(0);
  expect((JSON.parse(down.stdout) as CloudState).regions.map(({ up }) => up)).toEqual([false, true]);
  expect((await stateOf()).regions.map(({ up }) => up)).toEqual([false, true]);
  await flip('region-up', A);
  expect((await stateOf()).regions.map(({ up }) => up)).toEqual([true, true]);
});

test('optional fields go by name, and numbers are numbers', async () => {
  await flip('service-fault', B, 'dynamodb', 'slow=20', 'throttle=0.25');
  expect((await stateOf()).regions[1]?.faults).toEqual(['dynamodb 20 ms slower, throttles 25 %']);
  await flip('replication-lag', A, B, '50', '400');
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
])('switch %j is refused: 60012, and what is allowed', async (args, said) => {
  const result = await flip(...args);
  expect(result.code).toBe(1);
  expect(errorOf(result)).toMatchObject({ code: 60_012, message: expect.stringContaining(said) });
});

test('without a local cloud in this folder it says what to run', async () => {
  const result = await run(['switch', 'heal-all', '--json']);
  expect(result.code).toBe(1);
  expect(errorOf(result)).toMatchObject({ code: 60_005, message: expect.stringContaining('cdk-realtime dev') });
});

test('by HTTP, a change is told to those who listen', async () => {
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
  ['no JSON', '{', 'application/json', 'JSON'],
  ['of another type, as a form of another page may send it', '{"switch":"heal-all"}', 'text/plain', 'content-type'],
  ['too long', `"${'x'.repeat(20_000)}"`, 'application/json', 'too long'],
])('by HTTP, a command is refused that is %s', async (_, body, type, said) => {
  const response = await post(body, type);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 60_012, message: expect.stringContaining(said) } });
});

test('by HTTP, what every region has used is told', async () => {
  await fetch(`${dev.ready.regions[0]!.http}/nowhere`);
  const usage = (await (await call('/cloud/usage')).json()) as Record<string, readonly object[]>;
  expect(Object.keys(usage)).toEqual([A, B]);
  expect(usage[A]).toContainEqual(
    expect.objectContaining({ service: 'apigateway', unit: 'HTTP API requests', operation: 'GET' }),
  );
});

test('by HTTP, an unknown way is told what there is', async () => {
  const response = await call('/cloud/elsewhere');
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('/cloud/state')]);
});
