import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { FunctionName } from '../contract/functions';
import type { QueueRole, TableRole } from './components';

/**
 * What the alarms of one stack look at: the one thing that constructs hand over. A part that is not there gets no alarms;
 * everything has to emit its metrics in the region of the alarms.
 */
export interface WatchedResources {
  /** Stage of the WebSocket API. */
  readonly webSocket?: WatchedStage;
  /** Route of the HTTP API by which servers publish. Not the whole stage: most of what comes there are health checks. */
  readonly http?: WatchedRoute;
  readonly functions?: readonly WatchedFunction[];
  readonly tables?: readonly WatchedTable[];
  readonly queues?: readonly WatchedQueue[];
  /** Health checks; their metrics are in us-east-1 only. */
  readonly healthChecks?: readonly WatchedHealthCheck[];
}

export interface WatchedStage {
  readonly apiId: string;
  readonly stageName: string;
}

/** A route that API Gateway counts by itself. */
export interface WatchedRoute extends WatchedStage {
  readonly method: string;
  /** As in its route key: `/v1/channels/{channel}/messages`. */
  readonly path: string;
}

export interface WatchedFunction {
  readonly role: FunctionName;
  readonly function: IFunction;
  /** Seconds until Lambda ends it. */
  readonly timeoutSeconds: number;
  /** Where it logs. */
  readonly logGroup: ILogGroup;
}

export interface WatchedTable {
  readonly role: TableRole;
  readonly tableName: string;
  /**
   * The other regions that its items are replicated to.
   *
   * @default - none
   */
  readonly receivingRegions?: readonly string[];
}

export interface WatchedQueue {
  readonly role: QueueRole;
  readonly queue: IQueue;
  /**
   * Where messages go that failed too often.
   *
   * @default - nowhere
   */
  readonly deadLetterQueue?: IQueue | undefined;
}

export interface WatchedHealthCheck {
  /** The region that it tells about. */
  readonly region: string;
  /** Where that region says how it is. */
  readonly url: string;
  readonly healthCheckId: string;
}
