// What `npm run sim` prints: totals, counters with their meaning, and the trace of the first failure.
import type { Excuse, ProblemKind } from '../../load/checker';
import type { Handover } from './cursor-handovers';
import { BUDGETS, LATENESS_TOTALS, overBudget, percentilesOf } from './lateness-totals';
import { runSchedule, type ScheduleOptions, type ScheduleResult } from './schedule';
import { remainingFaults, shrink } from './shrink';
import type { Failure, Totals } from './totals';

const HANDOVERS: Readonly<Record<Handover, string>> = {
  'caught-up': 'the second region had replicated every message that the cursor covers',
  'caught-up-paused': 'the same, while replication to it was paused',
  'caught-up-region-down': 'the same, while the first region was down',
  'caught-up-region-back': 'the same, after the first region had been down',
  'caught-up-region-drained': 'the same, while the first region was drained',
  behind: 'messages that the cursor covers had not replicated to the second region',
  'behind-paused': 'the same, while replication to it was paused',
  'behind-region-down': 'the same, while the first region was down',
  'behind-region-back': 'the same, after the first region had been down',
  'behind-region-drained': 'the same, while the first region was drained',
  'to-third-region': 'handovers, counted above as well, that led to a third region',
};

const EXCUSES: Readonly<Record<Excuse, string>> = {
  'stored-twice-late-first-attempt': 'publishes without a key whose first attempt was carried out after its own retry',
  'stored-twice-beyond-look-back':
    'publishes without a key that were repeated after more messages than writers look back',
  'stored-twice-after-key-window': 'publishes that were repeated when their key was free',
  'stored-in-two-regions': 'publishes that were repeated in a region that did not have the first yet',
  'duplicate-after-restart': 'messages delivered again to an application that restarted with an older cursor',
};

const PROBLEMS: Readonly<Record<ProblemKind, string>> = {
  lost: 'messages that were neither delivered to a subscriber nor covered by a gap event',
  duplicate: 'messages delivered twice to an application',
  reorder: 'messages delivered after a later message of the same log',
  misordered: 'messages stored before one that was acknowledged when they were published',
  phantom: 'delivered messages that were never published, or whose publish was rejected',
  'cross-channel': 'messages delivered on the wrong channel',
  unauthorized: 'messages delivered without a capability',
  late: 'messages delivered to a connected subscriber after the time limit',
  'false-verdict': 'resumes answered `complete` that were not, or losses that were reported and did not happen',
  'stuck-verdict': 'verdicts that repeat without end, while the cursor stays',
  'unstored-ack': 'acknowledged messages that are not stored',
  'stored-twice': 'publishes stored twice in one log',
  'broken-log': 'logs with a missing or a doubly used sequence number',
};

/** Prints the sums over several schedules. */
export async function printTotals(
  totals: Totals,
  seconds: number,
  options: Pick<ScheduleOptions, 'profile'>,
): Promise<void> {
  const { schedules, delivered, acknowledged, stored, events } = totals;
  const rate = (count: number): string => (count / seconds).toFixed(0);
  console.log(
    `${schedules} schedules in ${seconds.toFixed(0)} s: ${rate(schedules)} schedules/s, ${rate(events)} simulated events/s`,
  );
  console.log(`${acknowledged} publishes acknowledged, ${stored} messages stored, ${delivered} messages delivered\n`);
  if (totals.forgotten > 0)
    console.log(
      `${totals.forgotten} messages of forgotten logs that a subscriber was not told of (docs/decisions/0010)\n`,
    );
  const faults = Object.entries(totals.faults).filter(([, count]) => count > 0);
  console.log(`Faults injected (${faults.length} of ${Object.keys(totals.faults).length} kinds):`);
  printCounts(faults);
  console.log('\nCursors that one region gave and another answered, by the state of replication between the two:');
  printCounts(Object.entries(totals.handovers), HANDOVERS);
  printLateness(totals);
  console.log(`\nDuplicates within the stated bounds (${totals.keyedAttempts} requests had an idempotency key):`);
  printCounts(Object.entries(totals.excused), EXCUSES);
  console.log('\nBroken guarantees:');
  printCounts(Object.entries(totals.problems), PROBLEMS);
  const [first] = totals.failures;
  if (first === undefined) console.log('\nNo guarantee was broken.');
  else await printFailure(first, totals.failures, options);
}

/** Prints how late messages were, beside what is allowed. */
function printLateness({ lateness, joins }: Totals): void {
  console.log(`\nLateness, in milliseconds (${joins} subscriptions began or were resumed):`);
  for (const kind of LATENESS_TOTALS) {
    const { samples, p50, p99, max } = percentilesOf(lateness[kind]);
    const allowed = BUDGETS[kind];
    const parts = Object.entries({ p50, p99, max }).map(([name, ms]) => `${name} ${ms} of ${allowed[name as 'p50']}`);
    console.log(`  ${kind.padEnd(28)}${String(samples).padStart(9)}  ${parts.join(', ')}`);
  }
  for (const line of overBudget(lateness)) console.log(`  over budget: ${line}`);
}

/** Prints the plan and the result of one schedule. */
export function printSchedule(result: ScheduleResult): void {
  console.log(JSON.stringify(result.plan, undefined, 2));
  console.log(`${result.delivered} messages delivered, ${result.stored} stored, ${result.events} simulated events`);
  for (const { kind, message } of result.problems) console.log(`${kind}: ${message}`);
  if (result.crash !== undefined) console.log(result.crash);
  console.log(isFailure(result) ? 'A guarantee was broken.' : 'No guarantee was broken.');
}

export function isFailure({ problems, crash }: ScheduleResult): boolean {
  return problems.length > 0 || crash !== undefined;
}

function printCounts(
  counts: readonly (readonly [name: string, count: number])[],
  meanings: Readonly<Record<string, string>> = {},
): void {
  for (const [name, count] of counts)
    console.log(`  ${name.padEnd(34)}${String(count).padStart(9)}  ${meanings[name] ?? ''}`.trimEnd());
}

/** Shrinks the first failing schedule, and prints what remains of it. */
async function printFailure(
  first: Failure,
  all: readonly Failure[],
  { profile }: Pick<ScheduleOptions, 'profile'>,
): Promise<void> {
  const seeds = all.slice(0, 20).map(({ seed }) => seed);
  console.log(`\n${all.length} schedules failed. Seeds: ${seeds.join(', ')}`);
  console.log(`Shrinking seed ${first.seed} (${first.kind}) …`);
  const { problem, trace, reduction, runs } = await shrink(first.seed, first.kind, { profile });
  const { plan } = await runSchedule(first.seed, { profile, reduction });
  const faults = remainingFaults(reduction, plan.rates).join(', ') || 'none';
  console.log(`Shrunk in ${runs} runs to a scale of ${reduction.scale}. Remaining faults: ${faults}\n`);
  for (const line of trace) console.log(line);
  console.log(`\n${problem.kind}: ${problem.message}`);
}
