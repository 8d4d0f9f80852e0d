// Where a network's names lead, in all situations: ok or not, drained or not, its peer reachable or not, for each region.
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
  test.each(NAMES)('%s never resolves to nothing, or to a region that is out while one is not', async (name) => {
    const rows = await tableOf(regions, name);
    expect(rows).toHaveLength(8 ** regions.length * LOCATIONS.length);
    expect(violations(rows)).toEqual([]);
  });

  test('of the regions that are fit, or of all if none is, the nearest', async () => {
    for (const { answer, fit, location } of await tableOf(regions)) {
      const candidates = fit.length === 0 ? regions : fit;
      const far = (region: string): number => distance(location, region);
      expect(far(answer!.region!)).toBe(Math.min(...candidates.map(far)));
      expect(answer!.healthy).toBe(fit.length > 0);
    }
  });

  test('the names of one region lead there in every situation', async () => {
    for (const region of regions) {
      const rows = await tableOf(regions, `ws-${region}.${DOMAIN}`);
      expect(new Set(rows.map(({ answer }) => answer?.region))).toEqual(new Set([region]));
    }
  });

  test('the table has every kind of row', async () => {
    const rows = await tableOf(regions);
    const moved = rows.filter(({ drained, answer }) => drained.length === 1 && !drained.includes(answer!.region!));
    expect(moved.length).toBeGreaterThan(0);
    expect(rows.some(({ drained }) => drained.length === regions.length)).toBe(true);
    expect(rows.some(({ situation }) => regions.every((region) => !situation[region]!.ok))).toBe(true);
  });
});

test('a peer that nobody reaches takes no region out: an inverted check fails safe', async () => {
  for (const { situation, answer, location } of await tableOf(TWO)) {
    const [eu, us] = TWO.map((region) => situation[region]!);
    if (location !== 'eu-west-1' || us!.reachable || !eu!.ok) continue;
    expect(answer!.region).toBe('eu-west-1');
  }
});

/**
 * The gap: the only region that works is drained, so no record is healthy, all count as healthy, and whoever is nearer to a
 * broken region is sent there. It takes a broken region that still says of another that it is drained. Hence the rule that
 * `/evacuated/…` is answered by regions only that are well themselves: with it, there are no such rows.
 */
test.each([[TWO], [THREE]])('%s: a region that is drained but works is better than a broken one', async (regions) => {
  const broken = (await tableOf(regions)).filter(
    ({ situation, answer }) => !situation[answer!.region!]!.ok && regions.some((region) => situation[region]!.ok),
  );
  const followsTheRule = ({ situation }: Row): boolean =>
    regions.every((region) => situation[region]!.ok || !situation[region]!.reachable);
  expect(broken.length).toBeGreaterThan(0);
  expect(broken.filter(followsTheRule)).toEqual([]);
});

describe('the property is not met by', () => {
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

  test('records that follow no health check', async () => {
    const rows = await tableOf(TWO, NAMES[0], (stacks) =>
      JSON.parse(JSON.stringify(stacks), (key: string, value: unknown) =>
        key === 'HealthCheckId' ? undefined : value,
      ),
    );
    expect(violations(rows).length).toBeGreaterThan(0);
  });
});
