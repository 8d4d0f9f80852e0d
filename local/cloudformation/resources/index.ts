// Registry of the emulated resource types: one file for each type.
import type { ResourceType } from '../../types';
import { awsApiGatewayV2Api } from './aws-apigatewayv2-api';
import { awsApiGatewayV2ApiMapping } from './aws-apigatewayv2-apimapping';
import { awsApiGatewayV2Authorizer } from './aws-apigatewayv2-authorizer';
import { awsApiGatewayV2DomainName } from './aws-apigatewayv2-domainname';
import { awsApiGatewayV2Integration } from './aws-apigatewayv2-integration';
import { awsApiGatewayV2IntegrationResponse } from './aws-apigatewayv2-integrationresponse';
import { awsApiGatewayV2Route } from './aws-apigatewayv2-route';
import { awsApiGatewayV2RouteResponse } from './aws-apigatewayv2-routeresponse';
import { awsApiGatewayV2Stage } from './aws-apigatewayv2-stage';
import { awsCertificateManagerCertificate } from './aws-certificatemanager-certificate';
import { awsDynamoDbGlobalTable } from './aws-dynamodb-globaltable';
import { awsDynamoDbTable } from './aws-dynamodb-table';
import { awsIamManagedPolicy } from './aws-iam-managedpolicy';
import { awsIamPolicy } from './aws-iam-policy';
import { awsIamRole } from './aws-iam-role';
import { awsLambdaEventSourceMapping } from './aws-lambda-eventsourcemapping';
import { awsLambdaFunction } from './aws-lambda-function';
import { awsLambdaAlias, awsLambdaVersion } from './aws-lambda-version';
import { awsRoute53HealthCheck } from './aws-route53-healthcheck';
import { awsRoute53HostedZone } from './aws-route53-hostedzone';
import { awsRoute53RecordSet } from './aws-route53-recordset';
import { awsSecretsManagerSecret } from './aws-secretsmanager-secret';
import { awsSqsQueue } from './aws-sqs-queue';
import type { Services } from '../../services/registry';

const types: readonly ResourceType<Services>[] = [
  awsApiGatewayV2Api,
  awsApiGatewayV2ApiMapping,
  awsApiGatewayV2Authorizer,
  awsApiGatewayV2DomainName,
  awsApiGatewayV2Integration,
  awsApiGatewayV2IntegrationResponse,
  awsApiGatewayV2Route,
  awsApiGatewayV2RouteResponse,
  awsApiGatewayV2Stage,
  awsCertificateManagerCertificate,
  awsDynamoDbGlobalTable,
  awsDynamoDbTable,
  awsIamManagedPolicy,
  awsIamPolicy,
  awsIamRole,
  awsLambdaAlias,
  awsLambdaEventSourceMapping,
  awsLambdaFunction,
  awsLambdaVersion,
  awsRoute53HealthCheck,
  awsRoute53HostedZone,
  awsRoute53RecordSet,
  awsSecretsManagerSecret,
  awsSqsQueue,
];

/** Resource types by CloudFormation name. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType<Services>> = new Map(types.map((one) => [one.type, one]));
