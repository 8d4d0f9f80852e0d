// The charts of the results of bench:fanout.
import { cpuPerThousand, perCpuSecond } from '../fanout/numbers';
import type { Results } from '../fanout/report';
import type { Cell } from '../fanout/trial';
import { type Bar, bars, lines } from './svg';

/** Deliveries per CPU second by the number of subscribers; with the most subscribers, the CPU time, and the latency with faults. */
export function fanoutCharts({ cells, titles }: Results): ReadonlyMap<string, string> {
  const [first] = cells;
  if (first === undefined) throw new Error('the results are empty');
  const same = cells.filter(({ bytes, callback }) => bytes === first.bytes && callback === first.callback);
  const most = Math.max(...same.map(({ subscribers }) => subscribers));
  const names = [...new Set(same.map(({ contender }) => contender))];
  const clean = same.filter(({ fault }) => fault === undefined);
  const title = (name: string): string => titles[name] ?? name;
  const byName = names.map((name) => clean.filter(({ contender }) => contender === name));
  const audience = `${most.toLocaleString('en')} subscribers`;
  const atMost = clean.filter(({ subscribers }) => subscribers === most);
  return new Map([
    [
      'fanout-by-subscribers.svg',
      lines({
        title: 'Deliveries per second of CPU time of the functions',
        across: 'subscribers',
        lines: names.flatMap((name, i) => {
          const points = (byName[i] ?? []).map((cell) => [cell.subscribers, perCpuSecond(cell)] as const);
          return points.length < 2 ? [] : [{ name: title(name), points }];
        }),
      }),
    ],
    [
      'fanout-cpu.svg',
      bars(
        `CPU time of the functions per 1,000 deliveries, ${audience}`,
        'ms',
        atMost.map((cell) => ({ name: title(cell.contender), value: cpuPerThousand(cell), kind: 0 })),
      ),
    ],
    [
      'fanout-faults.svg',
      bars(
        `From publish to receipt, 99th percentile of the healthy subscribers of ${most.toLocaleString('en')}`,
        'ms',
        same.filter(({ subscribers }) => subscribers === most).map((cell) => faultBar(cell, title(cell.contender))),
      ),
    ],
  ]);
}

function faultBar({ fault, received }: Cell, name: string): Bar {
  const lost = (100 * received.lost) / received.expected;
  return {
    name: fault === undefined ? name : `${name}, 1 % ${fault}`,
    // With more than 1 % lost, the 99th percentile does not exist.
    value: lost > 1 ? undefined : received.latency?.p99,
    kind: fault === undefined ? 0 : fault === 'gone' ? 1 : 2,
    remark: lost === 0 ? undefined : `${lost.toFixed(1)} % lost`,
  };
}
