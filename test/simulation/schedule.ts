// Runs one schedule: an active phase with faults, a phase without faults in which deliveries complete, then the checker.
import { check, type CheckOptions, type CheckResult } from '../../load/checker';
import { HEADER_GRACE } from '../../lambda/core/log/epochs';
import { LOOK_BACK } from '../../lambda/core/log/earlier-attempt';
import { IDEMPOTENCY_WINDOW } from '../../lambda/core/publish/idempotency';
import type { Fault } from './faults';
import type { Handover } from './cursor-handovers';
import { MonthsWorkload } from './months-workload';
import { NO_REDUCTION, type Plan, type Reduction } from './plan';
import { PROFILES, type Profile } from './profiles';
import { allows } from './rights';
import { Workload } from './workload';
import { World } from './world';

/**
 * Duration of the phase without faults: longer than a half-open connection, a pause of replication, a reconnect and a sync together.
 * Milliseconds.
 */
const SETTLE_DURATION = 600_000;
/** Longest delivery to a connected subscriber: a sync and its timeout, a reconnect, and a pause of replication. Milliseconds. */
const MAX_DELAY = 400_000;
/** Longest delivery within a region in low-latency schedules: a cold start, a write, a read, a post. Milliseconds. */
const MAX_LOW_LATENCY_DELAY = 1_500;
/**
 * The same across regions, which adds a read of interest, a queue, a second function, and a request for a missing message. Far below
 * the 45 seconds after which a sync finds a missing message. Milliseconds.
 */
const MAX_CROSS_REGION_DELAY = 4_000;
/** Time until other regions know of a subscriber: its interest replicates, and is read every two seconds. Milliseconds. */
const INTEREST_PROPAGATION = 6_000;
/** docs/decisions/0021: how late a message may be that was on its way while its subscriber joined. Milliseconds. */
const JOINED = [
  { replicatedWithin: 8_000, after: 3_000 },
  { replicatedWithin: 16_000, after: 9_000 },
  // The periodic sync.
  { replicatedWithin: Number.POSITIVE_INFINITY, after: 50_000 },
];
/** Longest time in which the backend refuses tokens (client.ts). A client that waits for one may count as online. Milliseconds. */
const MAX_TOKEN_OUTAGE = 120_000;

/** Largest difference of two functions' clocks: each is up to two seconds off, plus rounding to seconds. Milliseconds. */
const CLOCK_TOLERANCE = 5_000;

export interface ScheduleResult extends CheckResult {
  readonly plan: Plan;
  readonly faults: Readonly<Record<Fault, number>>;
  readonly handovers: Readonly<Record<Handover, number>>;
  readonly events: number;
  /** Requests with an idempotency key. */
  readonly keyedAttempts: number;
  /** The stack of an error that the code under test or the simulation threw. */
  readonly crash: string | undefined;
}

export interface ScheduleOptions {
  /** @default 'default' */
  readonly profile?: Profile | undefined;
  /** @default - the whole schedule */
  readonly reduction?: Reduction;
  /** Receives a line for each event. */
  readonly trace?: ((line: string) => void) | undefined;
}

/** Runs the schedule of a seed, and checks its history. */
export async function runSchedule(
  seed: number,
  { profile = 'default', reduction = NO_REDUCTION, trace }: ScheduleOptions = {},
): Promise<ScheduleResult> {
  const plan = PROFILES[profile](seed, reduction);
  const world = new World(plan, trace);
  const workload = workloadOf(world);
  const { kernel, faults } = world;
  let crash: string | undefined;
  try {
    workload.start();
    await kernel.run(kernel.now() + plan.activeDuration);
    faults.isStopped = true;
    world.expireReplicas();
    workload.settle?.();
    await kernel.run(kernel.now() + SETTLE_DURATION);
    world.record({ type: 'settled' });
  } catch (error) {
    crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const result = check(world.history, {
    clockTolerance: CLOCK_TOLERANCE,
    lookBack: LOOK_BACK,
    keyWindow: Math.min(IDEMPOTENCY_WINDOW, plan.retention),
    ...delayLimits(plan),
    ...(plan.months === undefined ? {} : { pendingLimit: MAX_DELAY, forgottenAfter: HEADER_GRACE }),
    mayReceive: (subscriber, channel, t) => world.mayReceive(subscriber, channel, t),
    resumeWindow: (subscriber, channel) =>
      allows(world.rightsOf(subscriber), channel, 'history') ? undefined : plan.resumeWindow,
  });
  return {
    ...result,
    plan,
    faults: faults.counts,
    handovers: world.handovers.counts,
    events: kernel.events,
    keyedAttempts: world.keyedAttempts,
    crash,
  };
}

/** The actors of a schedule. */
function workloadOf(world: World): Pick<Workload, 'start'> & { settle?(): void } {
  const workload = new Workload(world);
  const { months } = world.plan;
  if (months === undefined) return workload;
  return new MonthsWorkload(world, months, workload);
}

function delayLimits({ isLowLatency, rates }: Plan): Pick<CheckOptions, 'late'> {
  if (isLowLatency) {
    const across = { after: MAX_CROSS_REGION_DELAY, knownAfter: INTEREST_PROPAGATION, joined: JOINED };
    return { late: { after: MAX_LOW_LATENCY_DELAY, across } };
  }
  return { late: { after: MAX_DELAY + ((rates['token-refused'] ?? 0) > 0 ? MAX_TOKEN_OUTAGE : 0) } };
}
