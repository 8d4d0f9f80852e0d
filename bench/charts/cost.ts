// The chart of what bench:cost has counted.
import type { Costs } from '../cost/report';
import { lines } from './svg';

/** What a publish costs beside API Gateway's messages, by the number of subscribers. */
export function costCharts({ publishes }: Costs): ReadonlyMap<string, string> {
  const regions = [...new Set(publishes.map((one) => one.regions))];
  return new Map([
    [
      'cost-own-share.svg',
      lines({
        title: 'What a publish costs beside API Gateway’s messages, in per cent of those',
        across: 'subscribers',
        lines: regions.map((count) => ({
          name: count === 1 ? 'one region' : `${count} regions`,
          points: publishes
            .filter((one) => one.regions === count)
            .map(({ subscribers, ownShare }) => [subscribers, 100 * ownShare] as const),
        })),
      }),
    ],
  ]);
}
