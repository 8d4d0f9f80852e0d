// What happens to a network over months, as a part of a schedule's plan.
import type { Ordering } from '../../lib/contract/namespaces-variable';

/** Times are milliseconds since the start of the schedule. */
export interface MonthsPlan {
  /** Periods in which clients are there. Between them, pages are closed. */
  readonly visits: readonly Visit[];
  /** Channels that servers publish to before each message expires, so that one epoch lasts, and until when. */
  readonly busy: readonly { readonly channel: string; readonly until: number }[];
  readonly deployments: readonly Deployment[];
  readonly incident: Incident | undefined;
  /** The region that joins the network, or leaves it. */
  readonly move: { readonly kind: 'region-added' | 'region-removed'; readonly at: number } | undefined;
}

export interface Visit {
  readonly at: number;
  readonly duration: number;
  /** Messages to each channel; 0 for a visit in which clients only read. */
  readonly messages: number;
  /** Probability that a client comes. */
  readonly presence: number;
}

/** New settings of the namespace. */
export interface Deployment {
  readonly at: number;
  /** Milliseconds. */
  readonly retention?: number;
  readonly ordering?: Ordering;
}

/** A loss of stored messages, of which the operator learns. */
export interface Incident {
  readonly kind: 'tables-restored' | 'replica-rebuilt' | 'newest-entry-deleted';
  readonly at: number;
  /** The messages that were stored in this time before it are lost. */
  readonly loses: number;
  /** How long clients may read before the operator opens new epochs; 0 if he does so before the functions are back. */
  readonly operatorDelay: number;
}
