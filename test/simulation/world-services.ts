// What the components of a simulated world share.
import type { HistoryEvent } from '../../load/checker';
import type { Faults } from './faults';
import type { Kernel } from '../../load/simulation/kernel';
import type { Plan } from './plan';
import type { Random } from './random';

export type EventWithoutTime<E = HistoryEvent> = E extends HistoryEvent ? Omit<E, 't'> : never;

/** Clock, randomness, faults and recording of a schedule. */
export interface WorldServices {
  readonly plan: Plan;
  readonly kernel: Kernel;
  readonly random: Random;
  readonly faults: Faults;
  /** A unique id with a prefix. */
  newId(prefix: string): string;
  /** Until when neither messages nor replication pass between two regions. Milliseconds since 1970. */
  cutUntil(one: string, other: string): number;
  /** Adds an event to the history. */
  record(event: EventWithoutTime): void;
  /** Writes an error that a function logs to the trace. */
  serverError(message: string, fields: unknown): void;
}

/** The state of a region that its components depend on. Times in milliseconds since 1970. */
export interface RegionStatus {
  readonly name: string;
  readonly isDown: boolean;
  /** Until then, the region does not answer. */
  readonly downUntil: number;
  /** Start of the current or the last outage; 0 before the first. */
  readonly downSince: number;
  readonly isDrained: boolean;
  /** Number of deployments so far. */
  readonly deployments: number;
  /** Until then, instances of the deployment before the last one still answer. */
  readonly mixedUntil: number;
  /** Until then, Lambda throttles every function of the account in the region. */
  functionsThrottledUntil: number;
  /** Until then, API Gateway throttles every post of the account in the region. */
  postsThrottledUntil: number;
}
