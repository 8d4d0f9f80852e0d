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

/** State that all regions of a cloud share. */
export interface GlobalServices {
  readonly iam: IamService;
  readonly topology: Topology;
  readonly replication: Replication;
  readonly route53: Route53Service;
  /** Services of a region of this cloud; undefined for any other region. */
  inRegion(region: string): Services | undefined;
}

/** Emulated services of one region. Resource types create their resources in them. */
export interface Services {
  readonly apigateway: ApiGatewayService;
  readonly cloudformation: CloudFormationService;
  readonly dynamodb: DynamoDbService;
  readonly lambda: LambdaService;
  readonly global: GlobalServices;
  readonly secrets: SecretsManagerService;
  readonly sqs: SqsService;
  readonly faults: ServiceFaults;
  /** Billable usage of the region. */
  readonly meter: Meter;
  /** Hooks on calls of the services over HTTP, for tests that inject faults. */
  readonly callHooks: CallHooks;
  readonly log: (log: CloudLog) => void;
  /** Time of the cloud's clock. Milliseconds since 1970. */
  now(): number;
  /** Registers a callback that runs when every resource of the region exists: pollers start then. */
  onStart(start: () => void): void;
  onStop(stop: () => void): void;
}
