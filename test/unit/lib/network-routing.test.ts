// What the host names of a synthesized network resolve to, in every combination of region states.
import { RealtimeDomain } from '../../../lib';
import { temporaryFolder } from '../../support/templates/assembly';
import { realtimeNetwork, REGIONS } from '../../support/templates/network-templates';
import { type Row, routingOf, truthTable, violations } from '../../support/templates/routing-table';

const DOMAIN = 'realtime.example';

async function tableOf(count: number, host: string, locations: readonly string[]): Promise<readonly Row[]> {
  const regions = REGIONS.slice(0, count);
  const outdir = temporaryFolder('routing');
  realtimeNetwork({ regions, domain: RealtimeDomain.newZone(DOMAIN) }, { outdir }).app.synth();
  return truthTable(await routingOf(outdir), `${host}.${DOMAIN}`, regions, locations);
}

test.each([
  [2, 'ws', REGIONS],
  [2, 'http', REGIONS],
  [3, 'ws', REGIONS],
  // 4,096 situations, which cover those of regions in larger networks.
  [4, 'ws', ['sa-east-1']],
])(
  'given %i regions in any state, when %s is resolved, then it is a serving region if there is one, and never nothing',
  async (count, host, locations) => {
    const rows = await tableOf(count, host, locations);
    expect(rows).toHaveLength(8 ** count * locations.length);
    expect(violations(rows)).toEqual([]);
  },
);

test('given a healthy region nearby, when a client resolves the host, then it gets that region', async () => {
  for (const { location, fit, answer } of await tableOf(3, 'ws', REGIONS.slice(0, 3))) {
    if (fit.includes(location)) expect(answer?.region).toBe(location);
  }
});
