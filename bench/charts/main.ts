// `npm run bench:charts`: draws what `npm run bench:fanout -- --out` has measured, for docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Results } from '../fanout/report';
import { cpuPerThousand, perCpuSecond } from '../fanout/numbers';
import type { Cell } from '../fanout/stand';
import { type Bar, bars, lines } from './svg';

const HELP = `npm run bench:charts -- results.json [--to docs/images]

Draws three charts as SVG from what npm run bench:fanout -- --out results.json has written: deliveries for a second of CPU by the
number of subscribers, CPU time with the most of them, and how late the healthy are with one of a hundred gone or stuck.`;

/** The three charts by file name. */
function draw({ cells, titles }: Results): ReadonlyMap<string, string> {
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
    value: received.latency?.p99 ?? 0,
    kind: fault === undefined ? 0 : fault === 'gone' ? 1 : 2,
    ...(lost === 0 ? {} : { remark: `${lost.toFixed(1)} % lost` }),
  };
}

function main(): number {
  try {
    const { values, positionals } = parseArgs({
      options: { to: { type: 'string', default: 'docs/images' }, help: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) throw new Error('one file of results is needed');
    for (const [name, text] of draw(JSON.parse(readFileSync(file, 'utf8')) as Results)) {
      writeFileSync(path.join(values.to, name), text);
      console.log(path.join(values.to, name));
    }
    return 0;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
}

process.exitCode = main();
