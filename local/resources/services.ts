import type { ApiGatewayService } from '../apigateway';
import type { CallWatch } from '../calls';
import type { DynamoDbService } from '../dynamodb';
import type { LambdaService } from '../lambda';
import type { Route53Service } from '../route53';
import type { SecretsManagerService } from '../secretsmanager';
import type { SqsService } from '../sqs';
import type { CloudLog } from '../types';

/** The emulated services of one region: what a resource type makes its resources in. */
export interface Services {
  readonly apigateway: ApiGatewayService;
  readonly dynamodb: DynamoDbService;
  readonly lambda: LambdaService;
  /** The same one in every region. */
  readonly route53: Route53Service;
  readonly secrets: SecretsManagerService;
  readonly sqs: SqsService;
  /** Calls of all of them by HTTP, for tests that put faults into them. */
  readonly calls: CallWatch;
  readonly log: (log: CloudLog) => void;
  /** Runs once every resource of the region is there: what polls must not poll before. */
  onStart(start: () => void): void;
  onStop(stop: () => void): void;
}
