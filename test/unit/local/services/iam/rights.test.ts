// Rights of calls that need more than their operation on the named resource.
import { type AuthorizedService, rightsOf } from '../../../../../local/services/iam/rights';
import { SecretsManagerService } from '../../../../../local/services/secretsmanager';
import { CloudFormationService } from '../../../../../local/services/cloudformation';
import { SqsService } from '../../../../../local/services/sqs';
import type { AwsRequest } from '../../../../../local/types';
import { ManualClock } from '../../../../support/manual-clock';

const [region, accountId] = ['eu-west-1', '111122223333'];
const sqs = new SqsService({ region, accountId, clock: new ManualClock(), baseUrl: () => 'http://localhost' });
const secrets = new SecretsManagerService();
const cloudformation = new CloudFormationService();

/** Rights as texts: `action on resource`. */
function rights(
  service: AuthorizedService,
  operation: string,
  body: unknown,
  { path = '/', method = 'POST' }: { readonly path?: string; readonly method?: string } = {},
): readonly string[] {
  const [route = '', query] = path.split('?');
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request: AwsRequest = {
    method,
    path: route,
    query: new URLSearchParams(query),
    headers: {},
    operation,
    body: Buffer.from(text),
    json: () => JSON.parse(text) as unknown,
  };
  const place = { region, accountId, services: { sqs, secrets, cloudformation } };
  return rightsOf(service, request, place).map(({ action, resource }) => `${action} on ${resource}`);
}

const table = (name: string): string => `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
const invoke = (name: string): string => `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
const FUNCTION = `arn:aws:lambda:${region}:${accountId}:function:f`;

test('when a batch names several tables, then it needs a right on each', () => {
  const RequestItems = { one: { Keys: [] }, two: { Keys: [] } };
  const needed = [`dynamodb:BatchGetItem on ${table('one')}`, `dynamodb:BatchGetItem on ${table('two')}`];
  expect(rights('dynamodb', 'BatchGetItem', { RequestItems })).toEqual(needed);
});

test('when a transaction is called, then it needs the rights of its parts', () => {
  const part = { TableName: 'one' };
  const writes = { TransactItems: [{ Put: part }, { Update: part }, { Delete: part }, { ConditionCheck: part }] };
  expect(rights('dynamodb', 'TransactWriteItems', writes)).toEqual(
    ['PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'].map((one) => `dynamodb:${one} on ${table('one')}`),
  );
  const reads = { TransactItems: [{ Get: { TableName: 'two' } }] };
  expect(rights('dynamodb', 'TransactGetItems', reads)).toEqual([`dynamodb:GetItem on ${table('two')}`]);
});

test('when a batch of messages is sent, then it needs the right of a single send', () => {
  for (const operation of ['SendMessage', 'DeleteMessage', 'ChangeMessageVisibility']) {
    const needed = [`sqs:${operation} on arn:aws:sqs:${region}:${accountId}:jobs`];
    const QueueUrl = `https://sqs.${region}.amazonaws.com/${accountId}/jobs`;
    for (const asked of [operation, `${operation}Batch`]) expect(rights('sqs', asked, { QueueUrl })).toEqual(needed);
  }
  expect(rights('sqs', 'GetQueueUrl', { QueueName: 'jobs' })).toEqual([
    `sqs:GetQueueUrl on arn:aws:sqs:${region}:${accountId}:jobs`,
  ]);
});

test.each([
  [invoke('f'), FUNCTION],
  [invoke('f:live'), `${FUNCTION}:live`],
  [`${invoke('f')}?Qualifier=live`, `${FUNCTION}:live`],
  [invoke(FUNCTION), FUNCTION],
  [invoke(`${accountId}:function:f`), FUNCTION],
])('when %s is invoked, then the right is on %s', (path, resource) => {
  expect(rights('lambda', '', {}, { path })).toEqual([`lambda:InvokeFunction on ${resource}`]);
});

describe('calls that describe functions', () => {
  const get = (path: string): readonly string[] =>
    rights('lambda', '', '', { path: `/2015-03-31/functions${path}`, method: 'GET' });

  test('when functions are listed, then the right is on no resource', () => {
    for (const path of ['', '/', '/?MaxItems=1']) expect(get(path)).toEqual(['lambda:ListFunctions on *']);
  });

  test.each([
    ['/f', `lambda:GetFunction on ${FUNCTION}`],
    ['/f?Qualifier=live', `lambda:GetFunction on ${FUNCTION}:live`],
    ['/f/configuration', `lambda:GetFunctionConfiguration on ${FUNCTION}`],
    [`/${encodeURIComponent(FUNCTION)}/configuration`, `lambda:GetFunctionConfiguration on ${FUNCTION}`],
  ])('when %s is asked for, then the right is %s', (path, right) => {
    expect(get(path)).toEqual([right]);
  });

  test('when the path is another one, then no right is needed: Lambda rejects the call', () => {
    expect(get('/f/policy')).toEqual([]);
  });
});

describe('calls of CloudFormation', () => {
  const stack = (path: string): string => `arn:aws:cloudformation:${region}:${accountId}:stack/${path}`;
  const call = (parameters: Record<string, string>): readonly string[] =>
    rights('cloudformation', '', new URLSearchParams(parameters).toString());

  beforeAll(() => {
    cloudformation.add({
      name: 'Mine',
      id: stack('Mine/1234'),
      createdAt: 0,
      parameters: [],
      tags: {},
      outputs: [],
      resources: [],
    });
  });

  test.each([
    ['Mine', stack('Mine/1234')],
    [stack('Mine/1234'), stack('Mine/1234')],
    ['Other', stack('Other/*')],
    [stack('Other/5'), stack('Other/5')],
  ])('when DescribeStacks names %s, then the right is on %s', (StackName, resource) => {
    expect(call({ Action: 'DescribeStacks', StackName })).toEqual([`cloudformation:DescribeStacks on ${resource}`]);
  });

  test('when DescribeStacks names no stack, then ListStacks is needed, too', () => {
    expect(call({ Action: 'DescribeStacks' })).toEqual([
      'cloudformation:DescribeStacks on *',
      `cloudformation:ListStacks on ${stack('*/*')}`,
    ]);
    expect(call({ Action: 'ListStacks' })).toEqual([`cloudformation:ListStacks on ${stack('*/*')}`]);
    expect(call({ Action: 'ListExports' })).toEqual(['cloudformation:ListExports on *']);
  });

  test('when a call has no action, then no right is needed: CloudFormation rejects the call', () => {
    expect(call({})).toEqual([]);
  });
});

test('when resources are listed, then the right is on *', () => {
  expect(rights('dynamodb', 'ListTables', {})).toEqual(['dynamodb:ListTables on *']);
  expect(rights('sqs', 'ListQueues', {})).toEqual(['sqs:ListQueues on *']);
});

test('when a secret does not exist, then the right is on the requested name', () => {
  expect(rights('secrets', 'GetSecretValue', { SecretId: 'x' })).toEqual(['secretsmanager:GetSecretValue on x']);
});

test('when a call names no resource, then no right is needed: its service rejects it', () => {
  for (const body of [
    '',
    '{',
    'null',
    '{}',
    '[]',
    { TableName: 1, QueueUrl: 1, SecretId: 1 },
    { TransactItems: [1] },
  ]) {
    for (const service of ['dynamodb', 'sqs', 'secrets'] as const) expect(rights(service, 'X', body)).toEqual([]);
  }
  expect(rights('lambda', '', {}, { path: '/2015-03-31/functions/' })).toEqual([]);
});
