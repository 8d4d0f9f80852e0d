// The kinds of schedules that `npm run sim -- --profile …` runs.
import { keyedPlanOf } from './keyed-plan';
import { monthsPlanOf } from './months';
import { joinsPlanOf } from './joins-plan';
import { type Plan, planOf, type Reduction } from './plan';

/** Draws the parameters of a schedule, by profile. */
export const PROFILES = {
  /** Networks of one to three regions, for minutes to hours, with every kind of fault. */
  default: planOf,
  /** A few clients and channels over 40 to 120 days: deployments, expired headers, lost tables, long absences. */
  months: monthsPlanOf,
  /** Clients of several regions that join and move all the time, without faults that delay a delivery. */
  joins: joinsPlanOf,
  /** Servers that publish with idempotency keys, give up early, and try again at once. */
  keyed: keyedPlanOf,
} as const satisfies Readonly<Record<string, (seed: number, reduction: Reduction) => Plan>>;

export type Profile = keyof typeof PROFILES;
