// Resolution of a network's names in every situation: each region healthy or not, drained or not, its peer reachable or not.
import { distance } from '../../../../../local/services/route53';
import { assemblyOf, type TestStack } from '../../../../support/local/local-cloud';
import { DOMAIN, networkNames } from '../../../../support/templates/routing-templates';
import { type Row, routingOf, truthTable, violations } from '../../../../support/templates/routing-table';

const TWO = ['eu-west-1', 'us-east-1'];
const THREE = [...TWO, 'ap-southeast-2'];
const LOCATIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2', 'sa-east-1', 'ap-northeast-1'];
const NAMES = [`ws.${DOMAIN}`, `http.${DOMAIN}`];

async function tableOf(
  regions: readonly string[],
  name = NAMES[0]!,
  mend = (stacks: Record<string, TestStack>): Record<string, TestStack> => stacks,
): Promise<readonly Row[]> {
  return truthTable(await routingOf(assemblyOf(mend(networkNames(regions)))), name, regions, LOCATIONS);
}

describe.each([
  [2, TWO],
  [3, THREE],
])('%s regions', (_, regions) => {
  test.each(NAMES)('when regions fail, then %s resolves, to a working region if there is one', async (name) => {
    const rows = await tableOf(regions, name);
    expect(rows).toHaveLength(8 ** regions.length * LOCATIONS.length);
    expect(violations(rows)).toEqual([]);
  });

  test('when regions fail, then the nearest fit region answers, or the nearest of all', async () => {
    for (const { answer, fit, location } of await tableOf(regions)) {
      const candidates = fit.length === 0 ? regions : fit;
      const far = (region: string): number => distance(location, region);
      expect(far(answer!.region!)).toBe(Math.min(...candidates.map(far)));
      expect(answer!.healthy).toBe(fit.length > 0);
    }
  });

  test('when regions fail, then the names of a region still resolve to it', async () => {
    for (const region of regions) {
      const rows = await tableOf(regions, `ws-${region}.${DOMAIN}`);
      expect(new Set(rows.map(({ answer }) => answer?.region))).toEqual(new Set([region]));
    }
  });

  test('the table covers every combination', async () => {
    const rows = await tableOf(regions);
    const moved = rows.filter(({ drained, answer }) => drained.length === 1 && !drained.includes(answer!.region!));
    expect(moved.length).toBeGreaterThan(0);
    expect(rows.some(({ drained }) => drained.length === regions.length)).toBe(true);
    expect(rows.some(({ situation }) => regions.every((region) => !situation[region]!.ok))).toBe(true);
  });
});

test('when an inverted check can not be reached, then no region is taken out', async () => {
  for (const { situation, answer, location } of await tableOf(TWO)) {
    const [eu, us] = TWO.map((region) => situation[region]!);
    if (location !== 'eu-west-1' || us!.reachable || !eu!.ok) continue;
    expect(answer!.region).toBe('eu-west-1');
  }
});

/**
 * A gap without the following rule: the only working region is drained, so no record is healthy, all count as healthy, and clients
 * near a broken region are sent there. It requires a broken region that still reports another one as drained. Therefore only
 * healthy regions answer `/evacuated/…`, and no such row exists.
 */
test.each([[TWO], [THREE]])('given %s, then a drained working region is preferred to a broken one', async (regions) => {
  const broken = (await tableOf(regions)).filter(
    ({ situation, answer }) => !situation[answer!.region!]!.ok && regions.some((region) => situation[region]!.ok),
  );
  const followsTheRule = ({ situation }: Row): boolean =>
    regions.every((region) => situation[region]!.ok || !situation[region]!.reachable);
  expect(broken.length).toBeGreaterThan(0);
  expect(broken.filter(followsTheRule)).toEqual([]);
});

describe('the property fails for', () => {
  const mended = (change: (config: Record<string, unknown>) => object) => async (): Promise<number> => {
    const rows = await tableOf(TWO, NAMES[0], (stacks) =>
      JSON.parse(JSON.stringify(stacks), (key: string, value: Record<string, unknown>) =>
        key === 'HealthCheckConfig' ? change(value) : value,
      ),
    );
    return violations(rows).length;
  };

  test.each<[string, (config: Record<string, unknown>) => object]>([
    [
      'an evacuation check that is not inverted',
      ({ Inverted, ...rest }) => ({ ...rest, Inverted: Inverted === 'never' }),
    ],
    ['one healthy child of two', (c) => (c.Type === 'CALCULATED' ? { ...c, HealthThreshold: 1 } : c)],
    ['no health at all', (c) => (c.Type === 'CALCULATED' ? { ...c, HealthThreshold: 0 } : c)],
    ['checks that all ask one region', (c) => ({ ...c, FullyQualifiedDomainName: 'http-eu-west-1.rt.example.com' })],
  ])('%s', async (_, change) => {
    expect(await mended(change)()).toBeGreaterThan(0);
  });

  test('records without health checks', async () => {
    const rows = await tableOf(TWO, NAMES[0], (stacks) =>
      JSON.parse(JSON.stringify(stacks), (key: string, value: unknown) =>
        key === 'HealthCheckId' ? undefined : value,
      ),
    );
    expect(violations(rows).length).toBeGreaterThan(0);
  });
});
