// An experiment: the failure and the load that define it, and its result.
import type { Measures, Quantiles } from '../../load/measures';

/** One step of a failure. */
export interface Step {
  /** When it happens, as a fraction of the duration of publishing. */
  readonly at: number;
  /** Label in the charts. */
  readonly name: string;
  /** Commands to the switches of the local cloud, in order. */
  readonly switches?: readonly object[];
  /** Arguments of a `cdk-realtime` command. */
  readonly cli?: readonly string[];
  /** A region whose clients lose their service by this step. */
  readonly loses?: string | undefined;
}

export interface Variant {
  readonly id: string;
  readonly title: string;
  /** Description in the report. */
  readonly about: string;
  readonly steps: (regions: readonly string[]) => readonly Step[];
  /** Effects that the failure must have for the run to prove anything, and did not have. */
  readonly missingEffects: (experiment: Experiment) => readonly string[];
}

export interface LoadOptions {
  /** Clients, spread evenly over the regions. */
  readonly clients: number;
  readonly channels: number;
  /** Channels that each client subscribes to. */
  readonly subscriptions: number;
  /** Clients that also publish. */
  readonly publishers: number;
  /** Publishes per second, of all clients together. */
  readonly rate: number;
  /** Duration of publishing in seconds. */
  readonly seconds: number;
}

export interface Experiment {
  readonly variant: string;
  readonly title: string;
  readonly about: string;
  readonly regions: readonly string[];
  readonly load: LoadOptions;
  /** The injected steps, in seconds since the run started. */
  readonly timeline: readonly { readonly at: number; readonly name: string }[];
  /** For each lost region: how long its clients were without service, and how many did not return. */
  readonly lost: readonly { readonly region: string; readonly in?: Quantiles; readonly never: number }[];
  /** Connections refused by the connect quota. */
  readonly refusedConnects: number;
  /** Seconds from the end of publishing until every client had every message. */
  readonly settledIn: number;
  /** Differences between the regions' tables at the end. */
  readonly differences: readonly string[];
  /** Messages in the logs. */
  readonly stored: number;
  /** Expected deliveries: each message times its channel's subscribers. */
  readonly expected: number;
  readonly measures: Measures;
}
