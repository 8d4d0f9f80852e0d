// What has to show.
import { cpuPerThousand, perCpuSecond, requestsPerDelivery, slope, tableDollars } from './numbers';
import type { Cell } from './stand';

/** Deliveries for a second of CPU, ours beside the best of the others. */
const LEAST_OF_PEERS = 5;
/** p99 of the healthy with slow ones among them, of p99 without. */
const MOST_OF_P99 = 1.25;
/** Exponent of growth from 100 subscribers on: 0 is flat, and the machine is not quite the same all the time. */
const MOST_SLOPE = 0.05;
const FLAT_FROM = 100;
/** With fewer subscribers, ours is not beside others or stuck ones: what is done once for each publish counts, and one is one of a hundred. */
const JUDGED_FROM = 10_000;

export interface Finding {
  readonly what: string;
  readonly value: number;
  /** `at most 1.25` */
  readonly rule: string;
  readonly holds: boolean;
}

/** @param cells of one size of messages and one latency */
export function findings(cells: readonly Cell[]): readonly Finding[] {
  const most = Math.max(...cells.map(({ subscribers }) => subscribers));
  const clean = cells.filter(({ fault }) => fault === undefined);
  const at = (name: string, fault?: string): Cell | undefined =>
    cells.find((one) => one.contender === name && one.subscribers === most && one.fault === fault);
  const ours = at('ours');
  if (ours === undefined) return [];
  const peers = clean.filter(({ contender, subscribers }) => !contender.startsWith('ours') && subscribers === most);
  const best = Math.max(...peers.map(perCpuSecond));
  const growth = clean.filter(({ contender, subscribers }) => contender === 'ours' && subscribers >= FLAT_FROM);
  const stuck = at('ours', 'stuck');
  const where = `${most} subscribers`;
  return [
    ...(peers.length === 0 || most < JUDGED_FROM
      ? []
      : [least(`${where}: deliveries per CPU second, of the best peer's`, perCpuSecond(ours) / best, LEAST_OF_PEERS)]),
    ...[ours, at('ours', 'gone'), stuck].flatMap((cell) =>
      cell === undefined ? [] : [atMost(`${where}${named(cell)}: lost`, cell.received.lost, 0)],
    ),
    ...(stuck === undefined || most < JUDGED_FROM
      ? []
      : [
          atMost(
            `${where}, 1 % stuck: p99 of the others, of p99 without`,
            (stuck.received.latency?.p99 ?? Number.POSITIVE_INFINITY) / (ours.received.latency?.p99 ?? 0),
            MOST_OF_P99,
          ),
        ]),
    ...(growth.length < 2
      ? []
      : [
          atMost(`slope of CPU a delivery, from ${FLAT_FROM} on`, slope(growth, cpuPerThousand), MOST_SLOPE),
          atMost(`slope of requests a delivery, from ${FLAT_FROM} on`, slope(growth, requestsPerDelivery), MOST_SLOPE),
          atMost(`slope of what units cost a delivery, from ${FLAT_FROM} on`, slope(growth, tableDollars), MOST_SLOPE),
        ]),
  ];
}

function named({ fault }: Cell): string {
  return fault === undefined ? '' : `, 1 % ${fault}`;
}

export function atMost(what: string, value: number, limit: number): Finding {
  return { what, value, rule: `at most ${limit}`, holds: value <= limit };
}

export function least(what: string, value: number, limit: number): Finding {
  return { what, value, rule: `at least ${limit}`, holds: value >= limit };
}
