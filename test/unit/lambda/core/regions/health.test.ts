import { Health, HEALTH_CACHE, type HealthDeps } from '../../../../../lambda/core/regions/health';
import { MemoryLogger, TestRuntime } from '../../../../support/memory/memory';

const [EU, US] = ['eu-west-1', 'us-east-1'];

function health(more: Partial<HealthDeps> = {}): { health: Health; runtime: TestRuntime; probes: () => number } {
  const runtime = new TestRuntime();
  let probes = 0;
  const probe = (): Promise<unknown> => Promise.resolve((probes += 1));
  const deps = { region: EU, regions: [EU, US], probes: [probe], runtime, logger: new MemoryLogger(), ...more };
  return { health: new Health(deps), runtime, probes: () => probes };
}

const fails = (): Promise<never> => Promise.reject(new Error('out'));

test('when all probes succeed, then the region is ok', async () => {
  expect(await health().health.status()).toEqual({ status: 200, body: { status: 'ok', region: EU } });
});

test('when a probe or the drain marks fail, then the region is unhealthy, with an error of the catalog', async () => {
  for (const deps of [{ probes: [fails] }, { drainMarks: fails }]) {
    const { status, body } = await health(deps).health.status();
    expect([status, body]).toMatchObject([503, { status: 'unhealthy', region: EU, error: { name: 'unhealthy' } }]);
  }
});

test('given a drained region, then it answers 503 while two others are in service', async () => {
  const marks = (): Promise<Map<string, number>> => Promise.resolve(new Map([[EU, 1]]));
  const body = { status: 'draining', region: EU };
  expect(await health({ drainMarks: marks, regions: [EU, US, 'sa-east-1'] }).health.status()).toEqual({
    status: 503,
    body,
  });
  // With one other region in service, that region's check takes this one out of service, unless it fails itself.
  expect(await health({ drainMarks: marks }).health.status()).toEqual({ status: 200, body });
  expect(await health({ drainMarks: marks, regions: [EU] }).health.status()).toMatchObject({ status: 200 });
});

test('given a drain mark of another region, then only that region is evacuated', async () => {
  const { health: one } = health({ drainMarks: () => Promise.resolve(new Map([[US, 1]])) });
  expect(await one.evacuation(US)).toEqual({ status: 200, body: { evacuated: US } });
  // The usual answer: no error, which alarms would count, and without the text that the check probes for.
  for (const other of [EU, 'mars-1']) {
    expect(await one.evacuation(other)).toEqual({ status: 200, body: { evacuated: null } });
  }
});

test('given an unhealthy region, or one without drain marks, then it takes no other region out of service', async () => {
  const marks = (): Promise<Map<string, number>> => Promise.resolve(new Map([[US, 1]]));
  expect(await health({ drainMarks: marks, probes: [fails] }).health.evacuation(US)).toMatchObject({ status: 503 });
  expect(await health({ drainMarks: fails }).health.evacuation(US)).toMatchObject({ status: 503 });
});

test('when several requests come within five seconds, then the region is probed once', async () => {
  const { health: one, runtime, probes } = health();
  await Promise.all([one.status(), one.evacuation(US), one.status()]);
  runtime.time += HEALTH_CACHE - 1;
  await one.status();
  expect(probes()).toBe(1);
  runtime.time += 1;
  await one.status();
  expect(probes()).toBe(2);
});
