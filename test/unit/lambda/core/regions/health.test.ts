import { Health, HEALTH_MEMORY, type HealthDeps } from '../../../../../lambda/core/regions/health';
import { MemoryLog, TestRuntime } from '../../../../support/memory/memory';

const [EU, US] = ['eu-west-1', 'us-east-1'];

function health(more: Partial<HealthDeps> = {}): { health: Health; runtime: TestRuntime; looks: () => number } {
  const runtime = new TestRuntime();
  let looks = 0;
  const probe = (): Promise<unknown> => Promise.resolve((looks += 1));
  const deps = { region: EU, regions: [EU, US], probes: [probe], runtime, logger: new MemoryLog(), ...more };
  return { health: new Health(deps), runtime, looks: () => looks };
}

const fails = (): Promise<never> => Promise.reject(new Error('out'));

test('a region that has all it needs is ok', async () => {
  expect(await health().health.answer()).toEqual({ status: 200, body: { status: 'ok', region: EU } });
});

test('one that lacks something is not, and says what to do', async () => {
  for (const deps of [{ probes: [fails] }, { marks: fails }]) {
    const { status, body } = await health(deps).health.answer();
    expect([status, body]).toMatchObject([503, { status: 'unhealthy', region: EU, error: { name: 'unhealthy' } }]);
  }
});

test('a drained one is draining, as long as another is left', async () => {
  const marks = (): Promise<Map<string, number>> => Promise.resolve(new Map([[EU, 1]]));
  const body = { status: 'draining', region: EU };
  expect(await health({ marks, regions: [EU, US, 'sa-east-1'] }).health.answer()).toEqual({ status: 503, body });
  // The other one's word takes it out, and no longer does when that is lost.
  expect(await health({ marks }).health.answer()).toEqual({ status: 200, body });
  expect(await health({ marks, regions: [EU] }).health.answer()).toMatchObject({ status: 200 });
});

test('tells of others which were drained, and of those only', async () => {
  const { health: one } = health({ marks: () => Promise.resolve(new Map([[US, 1]])) });
  expect(await one.isEvacuated(US)).toEqual({ status: 200, body: { evacuated: US } });
  // No error, which alarms would count, though it is what is answered nearly always; and nothing that a check looks for.
  for (const other of [EU, 'mars-1']) {
    expect(await one.isEvacuated(other)).toEqual({ status: 200, body: { evacuated: null } });
  }
});

test('one that is ill itself, or knows no marks, takes no other out', async () => {
  const marks = (): Promise<Map<string, number>> => Promise.resolve(new Map([[US, 1]]));
  expect(await health({ marks, probes: [fails] }).health.isEvacuated(US)).toMatchObject({ status: 503 });
  expect(await health({ marks: fails }).health.isEvacuated(US)).toMatchObject({ status: 503 });
});

test('what was found counts for five seconds, for all who ask', async () => {
  const { health: one, runtime, looks } = health();
  await Promise.all([one.answer(), one.isEvacuated(US), one.answer()]);
  runtime.time += HEALTH_MEMORY - 1;
  await one.answer();
  expect(looks()).toBe(1);
  runtime.time += 1;
  await one.answer();
  expect(looks()).toBe(2);
});
