import type { ApiGatewayService } from './apigateway';
import type { CallHooks } from '../faults/call-hooks';
import type { DynamoDbService } from './dynamodb';
import type { IamService } from './iam';
import type { LambdaService } from './lambda';
import type { Meter } from '../metering';
import type { Topology } from '../network/topology';
import type { Replication } from './global-tables';
import type { Route53Service } from './route53';
import type { SecretsManagerService } from './secretsmanager';
import type { ServiceFaults } from '../faults/service-faults';
import type { CloudFormationService } from '../services/cloudformation';
import type { SqsService } from './sqs';
import type { CloudLog } from '../types';

/** What all regions of a cloud share. */
export interface GlobalServices {
  readonly iam: IamService;
  readonly topology: Topology;
  readonly replication: Replication;
  readonly route53: Route53Service;
  /** The services of a region of this cloud. */
  inRegion(region: string): Services | undefined;
}

/** The emulated services of one region: what a resource type makes its resources in. */
export interface Services {
  readonly apigateway: ApiGatewayService;
  readonly cloudformation: CloudFormationService;
  readonly dynamodb: DynamoDbService;
  readonly lambda: LambdaService;
  readonly global: GlobalServices;
  readonly secrets: SecretsManagerService;
  readonly sqs: SqsService;
  readonly faults: ServiceFaults;
  /** What the region has used that AWS would bill. */
  readonly meter: Meter;
  /** Calls of all of them by HTTP, for tests that put faults into them. */
  readonly callHooks: CallHooks;
  readonly log: (log: CloudLog) => void;
  /** On the cloud's clock. */
  now(): number;
  /** Runs once every resource of the region is there: what polls must not poll before. */
  onStart(start: () => void): void;
  onStop(stop: () => void): void;
}
