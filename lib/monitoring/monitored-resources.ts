import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { FunctionName } from '../contract/functions';
import type { QueueComponent, TableComponent } from './components';

/** Resources that the alarms of a stack monitor. All of them must have their metrics in the region of the stack. */
export interface MonitoredResources {
  /** Stage of the WebSocket API. */
  readonly webSocket?: MonitoredStage;
  /** Publish route of the HTTP API. The whole stage would count mostly requests of health checkers. */
  readonly http?: MonitoredRoute;
  readonly functions?: readonly MonitoredFunction[];
  readonly tables?: readonly MonitoredTable[];
  readonly queues?: readonly MonitoredQueue[];
  /** Health checks. Their metrics are in us-east-1. */
  readonly healthChecks?: readonly MonitoredHealthCheck[];
}

export interface MonitoredStage {
  readonly apiId: string;
  readonly stageName: string;
}

/** A route with detailed metrics. */
export interface MonitoredRoute extends MonitoredStage {
  readonly method: string;
  /** Path of the route key: `/v1/channels/{channel}/messages`. */
  readonly path: string;
}

export interface MonitoredFunction {
  readonly component: FunctionName;
  readonly function: IFunction;
  /** Timeout of the function. Seconds. */
  readonly timeoutSeconds: number;
  readonly logGroup: ILogGroup;
}

export interface MonitoredTable {
  readonly component: TableComponent;
  readonly tableName: string;
  /**
   * Other regions that the table is replicated to.
   *
   * @default - none
   */
  readonly receivingRegions?: readonly string[];
}

export interface MonitoredQueue {
  readonly component: QueueComponent;
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
}

export interface MonitoredHealthCheck {
  /** The region that it checks. */
  readonly region: string;
  /** URL that it requests. */
  readonly url: string;
  readonly healthCheckId: string;
}
