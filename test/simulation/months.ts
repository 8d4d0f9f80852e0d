// The parameters of a schedule that lasts months: a few clients and channels, and what happens to a network in that time.
import type { Fault } from './faults';
import type { Deployment, Incident, MonthsPlan, Visit } from './months-plan';
import { drawRates, NO_REDUCTION, type Plan, type Reduction, REGIONS } from './plan';
import { Random } from './random';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Time after which the database may delete the header of an epoch, in addition to the retention. docs/decisions/0007 */
const HEADER_LIFE = 30 * DAY + HOUR;
/** Longest delay of a TTL delete. */
const TTL_LATE = 48 * HOUR;
/** Faults that clients or regions repeat for as long as a schedule lasts: they happen during visits only. */
const EXCLUDED: readonly Fault[] = ['region-down', 'region-drained', 'regions-cut'];

/** Draws the parameters of a schedule that lasts 40 to 120 days. */
export function monthsPlanOf(seed: number, { faults: excluded, scale }: Reduction = NO_REDUCTION): Plan {
  const random = new Random(seed ^ 0x6d6f6e);
  const rates = drawRates(random, (fault) => excluded.includes(fault) || EXCLUDED.includes(fault));
  const regions = REGIONS.slice(0, random.pick([1, 2, 2, 3]));
  const retention = random.pick([HOUR, DAY, 7 * DAY]);
  const channels = Array.from({ length: random.integer(1, 2) }, (_, i) => `chat:room.${i}`);
  const months = drawMonths(random, { regions, channels, retention, scale });
  const { incident, move, deployments } = months;
  const isLeftOut = (kind: Fault): boolean => excluded.includes(kind);
  const planned: MonthsPlan = {
    ...months,
    incident: incident !== undefined && isLeftOut(incident.kind) ? undefined : incident,
    move: move !== undefined && isLeftOut(move.kind) ? undefined : move,
    deployments: deployments.filter(
      (one) => !isLeftOut(one.retention === undefined ? 'ordering-changed' : 'retention-changed'),
    ),
  };
  const kinds = [
    planned.incident?.kind,
    planned.move?.kind,
    ...planned.deployments.map((one) => (one.retention === undefined ? 'ordering-changed' : 'retention-changed')),
  ] as readonly Fault[];
  return {
    seed,
    regions,
    channels,
    retention,
    resumeWindow: 120_000,
    subscribers: random.integer(2, 4),
    publishers: 1,
    servers: 1,
    messages: 0,
    activeDuration: months.duration,
    ordering: random.chance(0.25) ? 'fifo' : 'direct',
    hasIdlePeriod: false,
    isLowLatency: false,
    hasSubscriptionChurn: false,
    inlineLimit: 300,
    shardSizes: { target: 600, sample: 32 },
    tokenLifetime: DAY,
    rates: { ...rates, ...Object.fromEntries(kinds.map((kind) => [kind, 1])) },
    months: planned,
  };
}

interface Draw {
  readonly regions: readonly string[];
  readonly channels: readonly string[];
  readonly retention: number;
  /** Factor of the number of visits. */
  readonly scale: number;
}

function drawMonths(random: Random, draw: Draw): MonthsPlan & { readonly duration: number } {
  const { regions, channels, retention, scale } = draw;
  // A channel that is busy for longer than its header is kept, and then quiet until all its messages are gone.
  const outlives = random.chance(0.5);
  const quietAt = retention + HEADER_LIFE + random.between(0, 20 * DAY);
  const quietFor = retention + HOUR + random.between(0, 2 * TTL_LATE);
  const duration = outlives ? quietAt + quietFor : random.between(40 * DAY, 90 * DAY);
  const busy = outlives ? [{ channel: channels[0] as string, until: quietAt }] : [];
  const times = Array.from({ length: Math.max(2, Math.round(scale * random.integer(4, 9))) }, () =>
    random.between(0.01, 0.97),
  );
  const visits: Visit[] = [0.001, ...times]
    .sort((a, b) => a - b)
    .map((part, i) => visitAt(random, part * duration, i === 0));
  const changes = drawDeployments(random, { visits, retention, duration });
  visits.push(...changes.visits);
  visits.sort((a, b) => a.at - b.at);
  const incident = random.chance(0.5) ? drawIncident(random, visits, regions) : undefined;
  const isMoving = regions.length === 3 && random.chance(0.6);
  const kind = random.pick(['region-added', 'region-removed'] as const);
  return {
    duration,
    visits,
    busy,
    incident,
    deployments: changes.deployments,
    move: isMoving ? { kind, at: during(random, random.pick(visits)) } : undefined,
  };
}

function visitAt(random: Random, at: number, isFirst = false): Visit {
  return {
    at,
    duration: random.between(6, 15) * MINUTE,
    messages: isFirst ? random.integer(3, 8) : random.pick([0, 0, 1, 3, 6, 12]),
    presence: isFirst ? 1 : random.between(0.3, 0.9),
  };
}

function during(random: Random, { at, duration }: Visit): number {
  return at + random.between(0, 0.7) * duration;
}

function drawDeployments(
  random: Random,
  { visits, retention, duration }: { visits: readonly Visit[]; retention: number; duration: number },
): { readonly deployments: readonly Deployment[]; readonly visits: readonly Visit[] } {
  const deployments: Deployment[] = [];
  const more: Visit[] = [];
  if (random.chance(0.5)) {
    const other = random.pick([HOUR, DAY, 7 * DAY].filter((one) => one !== retention));
    // While clients are there, functions with the old and the new retention answer side by side.
    const at = random.chance(0.5) ? during(random, random.pick(visits)) : random.between(0.2, 0.9) * duration;
    deployments.push({ at, retention: other });
    // Messages that have expired under the old retention, and clients that return under the new one.
    if (other > retention) {
      more.push({ ...visitAt(random, at - retention - random.between(2, 8) * HOUR), messages: 4 });
      more.push({ ...visitAt(random, at + random.between(0.3, 20) * HOUR), messages: 0, presence: 1 });
    }
    if (random.chance(0.5)) deployments.push({ at: at + random.between(0.5, 6) * DAY, retention });
  }
  if (random.chance(0.3)) {
    // Between visits: while both orderings write to one channel, the order of publishes is that of neither. docs/decisions/0011
    const before = random.pick(visits);
    deployments.push({ at: before.at + before.duration + HOUR, ordering: random.pick(['fifo', 'direct']) });
  }
  return { deployments: deployments.filter(({ at }) => at < duration), visits: more };
}

/** An incident during a visit, or after one with another visit before the operator opens new epochs. */
function drawIncident(random: Random, visits: Visit[], regions: readonly string[]): Incident | undefined {
  const visit = random.pick(visits.filter(({ messages }) => messages > 0));
  const kinds = [
    'tables-restored',
    'newest-entry-deleted',
    ...(regions.length > 1 ? ['replica-rebuilt'] : []),
  ] as const;
  const kind = random.pick(kinds) as Incident['kind'];
  const during = {
    kind,
    at: visit.at + visit.duration * random.between(0.3, 0.7),
    loses: random.between(0.5, 2) * MINUTE,
  };
  if (kind === 'replica-rebuilt' || random.chance(0.4)) return { ...during, operatorDelay: 0 };
  const at = visit.at + visit.duration + 20 * MINUTE;
  const next = { ...visitAt(random, at + 30 * MINUTE), duration: 5 * MINUTE, messages: 0, presence: 1 };
  const operatorDelay = next.at + next.duration + 10 * MINUTE - at;
  if (visits.some((other) => other.at > at && other.at < at + operatorDelay + MINUTE))
    return { ...during, operatorDelay: 0 };
  visits.push(next);
  return { kind, at, loses: at - visit.at - visit.duration * random.between(0.2, 0.8), operatorDelay };
}
