// Rights that a call needs. https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
import { CALLBACK_PATH } from '../apigateway/callbacks';
import { INVOKE_PATH } from '../lambda';
import type { Services } from '../registry';
import { parametersOf } from '../cloudformation/request';
import { FUNCTION_PATH, FUNCTIONS_PATH } from '../lambda/functions-api';
import type { AwsRequest } from '../../types';
import type { Right } from './policy';

/** Services whose calls are authorized. */
export type AuthorizedService = 'dynamodb' | 'sqs' | 'secrets' | 'lambda' | 'apigateway' | 'cloudformation';

/** Target of a call. */
export interface CallPlace {
  readonly region: string;
  /** Account of the caller: the local cloud has no cross-account calls. */
  readonly accountId: string;
  readonly services: Pick<Services, 'sqs' | 'secrets' | 'cloudformation'>;
}

type Fields = Readonly<Record<string, unknown>>;

/** By service. A call without a resource name needs no right: its service reports the missing parameter. */
const RIGHTS: Readonly<Record<AuthorizedService, (request: AwsRequest, place: CallPlace) => readonly Right[]>> = {
  dynamodb: dynamodbRights,
  sqs: sqsRights,
  secrets: secretRights,
  lambda: lambdaRights,
  apigateway: callbackRights,
  cloudformation: cloudFormationRights,
};

export function rightsOf(service: AuthorizedService, request: AwsRequest, place: CallPlace): readonly Right[] {
  return RIGHTS[service](request, place);
}

function dynamodbRights(request: AwsRequest, { region, accountId }: CallPlace): readonly Right[] {
  const { operation } = request;
  const { TableName, ResourceArn = TableName, IndexName, RequestItems, TransactItems } = fieldsOf(request);
  const right = (action: string, table: unknown, index = ''): readonly Right[] => {
    if (typeof table !== 'string') return [];
    const arn = table.startsWith('arn:') ? table : `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;
    return [{ action: `dynamodb:${action}`, resource: `${arn}${index}` }];
  };
  if (operation === 'ListTables') return [{ action: 'dynamodb:ListTables', resource: '*' }];
  // A transaction needs the rights of its parts: `Put` needs PutItem, `ConditionCheck` needs ConditionCheckItem.
  if (Array.isArray(TransactItems)) {
    return TransactItems.flatMap((item) =>
      Object.entries(recordOf(item)).flatMap(([kind, part]) => right(`${kind}Item`, recordOf(part).TableName)),
    );
  }
  if (RequestItems !== undefined)
    return Object.keys(recordOf(RequestItems)).flatMap((table) => right(operation, table));
  return right(operation, ResourceArn, typeof IndexName === 'string' ? `/index/${IndexName}` : '');
}

function sqsRights(request: AwsRequest, { services }: CallPlace): readonly Right[] {
  if (request.operation === 'ListQueues') return [{ action: 'sqs:ListQueues', resource: '*' }];
  const { QueueName, QueueUrl = QueueName } = fieldsOf(request);
  if (typeof QueueUrl !== 'string') return [];
  // Batch operations have no actions of their own.
  const action = `sqs:${request.operation.replace(/Batch$/, '')}`;
  return [{ action, resource: services.sqs.arn(QueueUrl.split('/').at(-1) ?? '') }];
}

function secretRights(request: AwsRequest, { services }: CallPlace): readonly Right[] {
  const { SecretId: id } = fieldsOf(request);
  if (typeof id !== 'string') return [];
  return [{ action: `secretsmanager:${request.operation}`, resource: services.secrets.arn(id) ?? id }];
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
function lambdaRights({ method, path, query }: AwsRequest, { region, accountId }: CallPlace): readonly Right[] {
  if (method === 'GET' && FUNCTIONS_PATH.test(path)) return [{ action: 'lambda:ListFunctions', resource: '*' }];
  const [, described, configuration] = (method === 'GET' ? FUNCTION_PATH.exec(path) : null) ?? [];
  const [, invoked] = INVOKE_PATH.exec(path) ?? [];
  const encoded = described ?? invoked;
  if (encoded === undefined) return [];
  const getter = configuration === undefined ? 'GetFunction' : 'GetFunctionConfiguration';
  const name = decodeURIComponent(encoded).replace(/^.*:function:/, '');
  const qualifier = query.get('Qualifier');
  const resource = `arn:aws:lambda:${region}:${accountId}:function:${name}${qualifier === null ? '' : `:${qualifier}`}`;
  return [{ action: `lambda:${described === undefined ? 'InvokeFunction' : getter}`, resource }];
}

/**
 * The resource is the stack's id, or `<name>/*` when no such stack exists. DescribeStacks of all stacks needs ListStacks too.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
 */
function cloudFormationRights(request: AwsRequest, { region, accountId, services }: CallPlace): readonly Right[] {
  const parameters = parametersOf(request);
  const operation = parameters.get('Action');
  if (operation === null) return [];
  const right = (action: string, resource: string): Right => ({ action: `cloudformation:${action}`, resource });
  const stackArn = (path: string): string => `arn:aws:cloudformation:${region}:${accountId}:stack/${path}`;
  const name = parameters.get('StackName');
  if (name !== null) {
    const id = services.cloudformation.find(name)?.id ?? (name.startsWith('arn:') ? name : stackArn(`${name}/*`));
    return [right(operation, id)];
  }
  switch (operation) {
    case 'DescribeStacks':
      return [right('DescribeStacks', '*'), right('ListStacks', stackArn('*/*'))];
    case 'ListStacks':
      return [right('ListStacks', stackArn('*/*'))];
    default:
      return [right(operation, '*')];
  }
}

/**
 * API Gateway's access-denied errors name the connection as `{connectionId}`: policies can't distinguish the connections of a
 * stage, so all of them share one verdict.
 */
function callbackRights({ path, method }: AwsRequest, { region, accountId }: CallPlace): readonly Right[] {
  const [, apiId = '', stage = ''] = CALLBACK_PATH.exec(path) ?? [];
  const resource = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stage}/${method}/@connections/{connectionId}`;
  return [{ action: 'execute-api:ManageConnections', resource }];
}

function fieldsOf(request: AwsRequest): Fields {
  try {
    return recordOf(request.json());
  } catch {
    return {};
  }
}

function recordOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
