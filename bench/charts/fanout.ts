// The charts of what bench:fanout has measured.
import { cpuPerThousand, perCpuSecond } from '../fanout/numbers';
import type { Results } from '../fanout/report';
import type { Cell } from '../fanout/stand';
import { type Bar, bars, lines } from './svg';

/** Deliveries for a second of CPU by the number of subscribers, CPU time with the most of them, and how late the healthy are. */
export function fanoutCharts({ cells, titles }: Results): ReadonlyMap<string, string> {
  const [first] = cells;
  if (first === undefined) throw new Error('there is nothing in the results');
  const same = cells.filter(({ bytes, callback }) => bytes === first.bytes && callback === first.callback);
  const most = Math.max(...same.map(({ subscribers }) => subscribers));
  const names = [...new Set(same.map(({ contender }) => contender))];
  const clean = same.filter(({ fault }) => fault === undefined);
  const title = (name: string): string => titles[name] ?? name;
  const byName = names.map((name) => clean.filter(({ contender }) => contender === name));
  const many = `${most.toLocaleString('en')} subscribers`;
  const atMost = clean.filter(({ subscribers }) => subscribers === most);
  return new Map([
    [
      'fanout-by-subscribers.svg',
      lines({
        title: 'Deliveries for each second of CPU that functions take',
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
        `CPU time of functions for 1,000 deliveries, ${many}`,
        'ms',
        atMost.map((cell) => ({ name: title(cell.contender), value: cpuPerThousand(cell), kind: 0 })),
      ),
    ],
    [
      'fanout-faults.svg',
      bars(
        `From publish to receipt, 99 of 100 healthy subscribers of ${most.toLocaleString('en')}`,
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
    // What is lost is later than anything: with more than one of a hundred, there is no such time.
    value: lost > 1 ? undefined : received.latency?.p99,
    kind: fault === undefined ? 0 : fault === 'gone' ? 1 : 2,
    ...(lost === 0 ? {} : { remark: `${lost.toFixed(1)} % lost` }),
  };
}
