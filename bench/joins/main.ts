// `npm run bench:joins`: when clients that join a channel get the messages of another region that were being replicated meanwhile.
import { parseArgs } from 'node:util';
import { quantilesOf } from '../../load/measures';
import { type Output, printResults, runCommand, wholeNumber } from '../support/command';
import { atLeast, atMost, type Finding, verdicts } from '../support/findings';
import { table } from '../support/table';
import { type Joins, measureJoins } from './joins';

/** README P3: a message that the answered cursor does not cover arrives so long after its replication at most. Milliseconds. */
const LIMIT = 3_000;

/**
 * Time that is left for a request: the client's syncs are 2 s apart, and wait up to 250 ms for each other (docs/decisions/0021).
 * When subscribes took longer on this machine, it was too busy to tell. Milliseconds.
 */
const REQUEST = LIMIT - 2_250;

const HELP = `npm run bench:joins -- [--joins 200] [--json] [--out FILE]

Runs two regions in the local cloud, with the bundled functions, real clients and the usual replication lag (median 0.7 s, p99 2 s).
Clients join channels in one region while the other publishes to them; half of the channels have a subscriber there already. Measures
the messages that the answer to the subscribe does not cover: the time from their replication to their arrival. Needs two idle cores.

  --joins N   clients that join, each its own channel
  --json      print one JSON document instead of tables
  --out FILE  write the JSON document to a file

Exits with 1 when a message arrives more than ${LIMIT / 1_000} s after its replication; with 2 when an option is wrong, or when the machine was too
busy: when one answer in a hundred took more than ${REQUEST} ms.`;

interface Options extends Output {
  readonly joins: number;
}

function findingsOf({ uncovered }: Joins): readonly Finding[] {
  const latest = Math.max(...uncovered.map(({ late }) => late));
  return [
    atLeast('messages that answers do not cover', uncovered.length, 1),
    atMost('seconds from replication to arrival', latest / 1_000, LIMIT / 1_000),
  ];
}

function report(result: Joins): string {
  const { joins, covered, uncovered, answers, invocations } = result;
  const found = uncovered.filter(({ late }) => late > 0);
  const rows = (
    [
      ['not covered: from replication to arrival', uncovered.map(({ late }) => late)],
      ['of these, arrived after their replication', found.map(({ late }) => late)],
      ['not covered: from acknowledgement to replication', uncovered.map(({ lag }) => lag)],
      ['answers to subscribes, since the request', answers],
    ] as const
  ).flatMap(([what, values]) => {
    const quantiles = quantilesOf(values);
    if (quantiles === undefined) return [];
    const { count, p50, p99, max } = quantiles;
    return [[what, String(count), p50.toFixed(0), p99.toFixed(0), max.toFixed(0)]];
  });
  return [
    `${joins} joins, ${covered} messages covered by the answers, ${uncovered.length} not, ${invocations} invocations. Milliseconds;`,
    'negative when the live path was faster than the replication:',
    '',
    table(['', 'count', 'p50', 'p99', 'max'], rows),
    '',
    verdicts(findingsOf(result)),
  ].join('\n');
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      joins: { type: 'string', default: '200' },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return values.help ? 'help' : { joins: wholeNumber('joins', values.joins), json: values.json, out: values.out };
}

async function run({ joins, ...output }: Options): Promise<number> {
  const result = await measureJoins(joins);
  printResults(result, () => report(result), output);
  const p99 = quantilesOf(result.answers)?.p99 ?? Number.POSITIVE_INFINITY;
  if (p99 > REQUEST) throw new Error(`the machine was too busy: answers took ${p99.toFixed(0)} ms (p99)`);
  return findingsOf(result).every(({ holds }) => holds) ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
