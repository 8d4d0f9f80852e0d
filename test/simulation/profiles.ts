// The kinds of schedules that `npm run sim -- --profile …` runs.
import { monthsPlanOf } from './months';
import { type Plan, planOf, type Reduction } from './plan';

/** Draws the parameters of a schedule, by profile. */
export const PROFILES = {
  /** Networks of one to three regions, for minutes to hours, with every kind of fault. */
  default: planOf,
  /** A few clients and channels over 40 to 120 days: deployments, expired headers, lost tables, long absences. */
  months: monthsPlanOf,
} as const satisfies Readonly<Record<string, (seed: number, reduction: Reduction) => Plan>>;

export type Profile = keyof typeof PROFILES;
