// Runs one schedule: a storm in which things go wrong, then calm until everything has arrived, then the checker.
import { check, type CheckOptions, type CheckResult } from '../../load/checker';
import { LOOK_BACK } from '../../lambda/core/log/earlier-attempt';
import type { Fault } from './faults';
import type { Move } from './moves';
import { type Plan, planOf, type Reduction } from './plan';
import { Workload } from './workload';
import { World } from './world';

/** Longer than a half-open connection, a pause of replication, a reconnect and a sync take together. Milliseconds. */
const CALM = 600_000;
/** What a message may take to somebody who is online: a sync and its time limit, a reconnect, and a pause of replication. */
const LATE_AFTER = 400_000;
/** The same where nothing goes wrong: a cold start, a write, a read, a post. */
const LATE_AFTER_IN_CLEAR_WEATHER = 1_500;
/**
 * And across regions: besides, a look at who is interested, a queue, and another function; and what comes late is waited for
 * and asked for. Far below the 45 seconds after which a sync would find it. Milliseconds.
 */
const LATE_ACROSS = 4_000;
/** Until the others know of a subscriber: a note replicates, and is looked up every two seconds. Milliseconds. */
const UNTIL_KNOWN = 6_000;
/** Where the table lags: until all that was published before has come, and was asked for. Milliseconds. */
const UNTIL_CAUGHT_UP = 60_000;

/** Two functions' clocks, each off by two seconds in its own direction, and rounding to seconds. Milliseconds. */
const CLOCK_TOLERANCE = 5_000;

export interface ScheduleResult extends CheckResult {
  readonly plan: Plan;
  readonly faults: Readonly<Record<Fault, number>>;
  readonly moves: Readonly<Record<Move, number>>;
  readonly events: number;
  /** Thrown by the code under test, or by the simulation itself. */
  readonly crash?: string;
}

/** @param trace gets a line for each thing that happens */
export async function runSchedule(
  seed: number,
  reduction?: Reduction,
  trace?: (line: string) => void,
): Promise<ScheduleResult> {
  const plan = planOf(seed, reduction);
  const world = new World(plan, trace);
  const workload = new Workload(world);
  const { kernel, faults } = world;
  let crash: string | undefined;
  try {
    workload.start();
    await kernel.run(kernel.now() + plan.storm);
    faults.over = true;
    world.replicasCatchUp();
    await kernel.run(kernel.now() + CALM);
    world.record({ type: 'settled' });
  } catch (error) {
    crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const result = check(world.history, {
    ...{ clockTolerance: CLOCK_TOLERANCE, lookBack: LOOK_BACK },
    ...lateAfter(plan),
    mayReceive: (subscriber, channel, t) => world.mayReceive(subscriber, channel, t),
  });
  return {
    ...result,
    ...{ plan, faults: faults.counts, moves: world.moves.counts, events: kernel.events },
    ...(crash === undefined ? {} : { crash }),
  };
}

function lateAfter({ clear, rates }: Plan): Pick<CheckOptions, 'lateAfter' | 'lateAcross'> {
  if (clear) {
    const lags = (rates['replica-delayed'] ?? 0) > 0;
    const lateAcross = { after: LATE_ACROSS, ignoredFor: lags ? UNTIL_CAUGHT_UP : UNTIL_KNOWN };
    return { lateAfter: LATE_AFTER_IN_CLEAR_WEATHER, lateAcross };
  }
  // Who waits for a token is connected, and rightly gets nothing.
  return (rates['token-refused'] ?? 0) > 0 ? {} : { lateAfter: LATE_AFTER };
}
