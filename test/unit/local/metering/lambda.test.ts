// Requests, and duration of handler and init phase in whole milliseconds times memory.
import { cloudOf, fn, type TestCloud } from '../../../support/local/local-cloud';
import { taken } from '../../../support/local/usage';

let cloud: TestCloud;
beforeAll(async () => {
  const wait = 'exports.handler = ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms));';
  cloud = await cloudOf({
    Wait: fn('wait', wait, { MemorySize: 1024, Architectures: ['arm64'] }),
    Half: fn('half', wait, { MemorySize: 512 }),
    Fail: fn('fail', "exports.handler = async () => { throw new Error('no'); };"),
    Never: fn('never', wait, { ReservedConcurrentExecutions: 0 }),
    Says: fn('says', 'exports.handler = async ({ text }) => { console.log(text); };'),
    Late: fn('late', wait, { Timeout: 1, MemorySize: 1024 }),
  });
});
afterAll(() => cloud.stop());

const used = (): Record<string, number> => taken(cloud.services.meter, 'lambda');

test('when a function is invoked, then request, duration and one init are billed', async () => {
  await cloud.invoke('wait', { ms: 0 });
  const cold = used();
  expect(Object.keys(cold)).toEqual(['Init: arm64 GB-ms', 'Invoke: arm64 GB-ms', 'Invoke: requests']);
  expect(cold['Init: arm64 GB-ms']).toBeGreaterThan(0);
  await cloud.invoke('wait', { ms: 100 });
  const warm = used();
  expect(Object.keys(warm)).toEqual(['Invoke: arm64 GB-ms', 'Invoke: requests']);
  expect(warm['Invoke: requests']).toBe(1);
  expect(warm['Invoke: arm64 GB-ms']).toBeGreaterThanOrEqual(99);
  expect(warm['Invoke: arm64 GB-ms']).toBeLessThan(1_000);
  expect(Number.isInteger(warm['Invoke: arm64 GB-ms'])).toBe(true);
});

test('given more memory, then the billed duration scales with it', async () => {
  await cloud.invoke('half', { ms: 0 });
  used();
  await cloud.invoke('half', { ms: 400 });
  const { 'Invoke: x86_64 GB-ms': time = 0 } = used();
  expect(time).toBeGreaterThanOrEqual(199.5);
  expect(time).toBeLessThan(390);
  expect(Number.isInteger(2 * time)).toBe(true);
});

test('when an invocation fails or times out, then it is billed', async () => {
  await cloud.invoke('fail');
  expect(used()['Invoke: requests']).toBe(1);
  await cloud.invoke('late', { ms: 5_000 });
  expect(used()['Invoke: x86_64 GB-ms']).toBeGreaterThanOrEqual(999);
});

test('when an invocation is throttled, then it is free', async () => {
  expect(await cloud.invoke('never')).toMatchObject({ throttled: true });
  expect(used()).toEqual({});
});

test('when a function writes output, then it is billed with three platform lines per invocation', async () => {
  const bytes = async (text: string): Promise<number> => {
    await cloud.invoke('says', { text });
    return taken(cloud.services.meter, 'logs')['PutLogEvents: bytes ingested'] ?? 0;
  };
  const [short, long] = [await bytes('x'), await bytes('ü'.repeat(101))];
  expect(long - short).toBe(201);
  expect(short).toBeGreaterThan(300);
  expect(short).toBeLessThan(500);
});
