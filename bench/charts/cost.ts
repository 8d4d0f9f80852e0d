// The chart of the results of bench:cost.
import type { Costs } from '../cost/report';
import { lines } from './svg';

/** Our own cost of a publish as a share of API Gateway's messages, by the number of subscribers. */
export function costCharts({ publishes }: Costs): ReadonlyMap<string, string> {
  const regions = [...new Set(publishes.map((one) => one.regions))];
  return new Map([
    [
      'cost-own-share.svg',
      lines({
        title: 'Own cost of a publish, as a percentage of API Gateway’s messages',
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
