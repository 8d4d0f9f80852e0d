// Requirements of the bench.
import { atLeast, atMost, type Finding } from '../support/findings';
import { cpuPerThousand, perCpuSecond, requestsPerDelivery, slope, tableDollars } from './numbers';
import type { Cell } from './trial';

/** Our deliveries per CPU second, as a multiple of the best competitor's. */
const MIN_OF_COMPETITORS = 5;
/** p99 of healthy subscribers while 1 % of the connections are stuck, as a multiple of p99 without. */
const MAX_OF_P99 = 1.25;
/** Exponent of growth from 100 subscribers on: 0 is flat. The tolerance is for the varying speed of the machine. */
const MAX_SLOPE = 0.05;
const FLAT_FROM = 100;
/**
 * Subscribers from which comparisons with competitors and stuck connections are judged. With fewer, the fixed work of a publish
 * dominates.
 */
const JUDGED_FROM = 10_000;

/** @param cells cells of one message size and one latency */
export function findings(cells: readonly Cell[]): readonly Finding[] {
  const most = Math.max(...cells.map(({ subscribers }) => subscribers));
  const clean = cells.filter(({ fault }) => fault === undefined);
  const at = (name: string, fault?: string): Cell | undefined =>
    cells.find((one) => one.contender === name && one.subscribers === most && one.fault === fault);
  const ours = at('ours');
  if (ours === undefined) return [];
  const competitors = clean.filter(
    ({ contender, subscribers }) => !contender.startsWith('ours') && subscribers === most,
  );
  const best = Math.max(...competitors.map(perCpuSecond));
  const growth = clean.filter(({ contender, subscribers }) => contender === 'ours' && subscribers >= FLAT_FROM);
  const stuck = at('ours', 'stuck');
  const where = `${most} subscribers`;
  return [
    ...(competitors.length === 0 || most < JUDGED_FROM
      ? []
      : [
          atLeast(
            `${where}: deliveries per CPU second, as a multiple of the best competitor's`,
            perCpuSecond(ours) / best,
            MIN_OF_COMPETITORS,
          ),
        ]),
    ...[ours, at('ours', 'gone'), stuck].flatMap((cell) =>
      cell === undefined ? [] : [atMost(`${where}${named(cell)}: lost`, cell.received.lost, 0)],
    ),
    ...(stuck === undefined || most < JUDGED_FROM
      ? []
      : [
          atMost(
            `${where}, 1 % stuck: p99 of the others, as a multiple of p99 without`,
            (stuck.received.latency?.p99 ?? Number.POSITIVE_INFINITY) / (ours.received.latency?.p99 ?? 0),
            MAX_OF_P99,
          ),
        ]),
    ...(growth.length < 2
      ? []
      : [
          atMost(`slope of CPU time per delivery, from ${FLAT_FROM} on`, slope(growth, cpuPerThousand), MAX_SLOPE),
          atMost(`slope of requests per delivery, from ${FLAT_FROM} on`, slope(growth, requestsPerDelivery), MAX_SLOPE),
          atMost(
            `slope of DynamoDB's price per delivery, from ${FLAT_FROM} on`,
            slope(growth, tableDollars),
            MAX_SLOPE,
          ),
        ]),
  ];
}

function named({ fault }: Cell): string {
  return fault === undefined ? '' : `, 1 % ${fault}`;
}
