// Functions may do only what their roles allow: calls of a function whose role the test defines.
import type { InvocationResult } from '../../../../../local/types';
import { startCloud, type Cloud, type CloudLog } from '../../../../../local';
import {
  ACCOUNT,
  assemblyOf,
  cloudOf,
  fn,
  REGION,
  type Resources,
  type TestCloud,
} from '../../../../support/local/local-cloud';
import { until } from '../../../../support/until';
import { connect, WEBSOCKET_OUTPUTS, webSocketApi } from '../../../../support/local/local-websocket';
import { allow, arn, caller, CALLER, document, inline } from '../../../../support/local/local-roles';

const OTHER = 'us-east-1';
const TABLE = arn('dynamodb', 'table/items');
const QUEUE = arn('sqs', 'jobs');
const CALLBACKS = { 'Fn::Sub': 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/v1/POST/@connections/*' };
const SECRET = arn('secretsmanager', 'secret:key-??????');

const RESOURCES: Resources = {
  Items: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      TableName: 'items',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: ['pk', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOwner',
          KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    },
  },
  Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } },
  Key: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'key', SecretString: 'x' } },
  ...webSocketApi({ routes: { $connect: {} } }),
  ...caller('nobody'),
  ...caller(
    'everybody',
    inline(
      allow(['dynamodb:GetItem', 'dynamodb:BatchWriteItem'], { 'Fn::GetAtt': ['Items', 'Arn'] }),
      allow('dynamodb:Query', `${TABLE}/index/*`),
      allow('sqs:SendMessage', { 'Fn::GetAtt': ['Jobs', 'Arn'] }),
      allow('secretsmanager:GetSecretValue', SECRET),
      allow('lambda:InvokeFunction', arn('lambda', 'function:nobody')),
      allow('execute-api:ManageConnections', CALLBACKS),
      allow('cloudformation:DescribeStacks', arn('cloudformation', 'stack/Test/*')),
      allow('lambda:ListFunctions', '*'),
      allow('lambda:GetFunctionConfiguration', arn('lambda', 'function:nobody')),
    ),
  ),
  // Each policy is created after its function, as in a stack of the CDK.
  ...caller('attached'),
  Attached: {
    Type: 'AWS::IAM::Policy',
    DependsOn: 'attached',
    Properties: {
      PolicyName: 'attached',
      Roles: [{ Ref: 'attachedRole' }],
      PolicyDocument: document(allow('dynamodb:GetItem', TABLE)),
    },
  },
  ...caller('managed'),
  Managed: {
    Type: 'AWS::IAM::ManagedPolicy',
    DependsOn: 'managed',
    Properties: { Roles: ['managed-role'], PolicyDocument: document(allow('dynamodb:GetItem', TABLE)) },
  },
  ...caller('named', {
    Path: '/some/path/',
    ManagedPolicyArns: [{ Ref: 'Shared' }, 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
  }),
  Shared: {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: document(allow('dynamodb:GetItem', TABLE)) },
  },
  ...caller('basic', {
    ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
  }),
  ...caller('foreign', { ManagedPolicyArns: [`arn:aws:iam::${ACCOUNT}:policy/made-elsewhere`] }),
  ...caller(
    'denied',
    inline(allow('*', '*'), { Effect: 'Deny', Action: ['dynamodb:*', 'execute-api:*'], Resource: '*' }),
  ),
  imported: fn('imported', CALLER, { Role: `arn:aws:iam::${ACCOUNT}:role/made-elsewhere` }),
  free: fn('free', CALLER),
};

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await cloudOf(RESOURCES, { template: WEBSOCKET_OUTPUTS });
});

interface Call {
  readonly service: string;
  readonly command: string;
  readonly input: object;
  readonly options?: object;
}

const outcome = ({ payload, error }: InvocationResult): unknown => error ?? payload;
const call = async (name: string, what: Call): Promise<unknown> => outcome(await cloud.invoke(name, what));

const GET: Call = { service: 'dynamodb', command: 'GetItem', input: { TableName: 'items', Key: { pk: { S: 'a' } } } };
const queueUrl = (): string => cloud.services.sqs.url('jobs');

/** Message of an access-denied error. */
const said = (name: string, action: string, resource: string): string =>
  `User: arn:aws:sts::${ACCOUNT}:assumed-role/${name}-role/${name} is not authorized to perform: ${action} ` +
  `on resource: ${resource} because no identity-based policy allows the ${action} action`;

const CALLS: [Call | (() => Call), (name: string) => unknown[]][] = [
  [GET, (name) => ['AccessDeniedException', 400, said(name, 'dynamodb:GetItem', TABLE)]],
  [
    { ...GET, input: { ...GET.input, TableName: TABLE } },
    (name) => ['AccessDeniedException', 400, said(name, 'dynamodb:GetItem', TABLE)],
  ],
  [
    {
      service: 'dynamodb',
      command: 'BatchWriteItem',
      input: { RequestItems: { items: [{ PutRequest: { Item: { pk: { S: 'a' } } } }] } },
    },
    (name) => ['AccessDeniedException', 400, said(name, 'dynamodb:BatchWriteItem', TABLE)],
  ],
  [
    {
      service: 'dynamodb',
      command: 'Query',
      input: {
        TableName: 'items',
        IndexName: 'byOwner',
        KeyConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: 'me' } },
      },
    },
    (name) => ['AccessDeniedException', 400, said(name, 'dynamodb:Query', `${TABLE}/index/byOwner`)],
  ],
  [
    () => ({ service: 'sqs', command: 'SendMessage', input: { QueueUrl: queueUrl(), MessageBody: 'hello' } }),
    (name) => [expect.stringMatching(/^AccessDenied/), 403, said(name, 'sqs:sendmessage', QUEUE)],
  ],
  [
    () => ({
      service: 'sqs',
      command: 'SendMessageBatch',
      input: { QueueUrl: queueUrl(), Entries: [{ Id: '1', MessageBody: 'hello' }] },
    }),
    (name) => [expect.stringMatching(/^AccessDenied/), 403, said(name, 'sqs:sendmessage', QUEUE)],
  ],
  [
    { service: 'secrets-manager', command: 'GetSecretValue', input: { SecretId: 'key' } },
    () => [
      'AccessDeniedException',
      400,
      expect.stringMatching(/secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:.*:secret:key-\w{6} /),
    ],
  ],
  [
    { service: 'lambda', command: 'Invoke', input: { FunctionName: 'nobody', InvocationType: 'DryRun' } },
    (name) => ['AccessDeniedException', 403, said(name, 'lambda:InvokeFunction', arn('lambda', 'function:nobody'))],
  ],
  [
    { service: 'lambda', command: 'ListFunctions', input: {} },
    (name) => ['AccessDeniedException', 403, said(name, 'lambda:ListFunctions', '*')],
  ],
  [
    { service: 'lambda', command: 'GetFunctionConfiguration', input: { FunctionName: 'nobody' } },
    (name) => [
      'AccessDeniedException',
      403,
      said(name, 'lambda:GetFunctionConfiguration', arn('lambda', 'function:nobody')),
    ],
  ],
  [
    { service: 'cloudformation', command: 'DescribeStacks', input: { StackName: 'Test' } },
    (name) => [
      'AccessDenied',
      403,
      said(name, 'cloudformation:DescribeStacks', arn('cloudformation', 'stack/Test/local')),
    ],
  ],
];

test.each(CALLS)(
  'when %j is called, then it is denied without the right and allowed with it',
  async (what, refused) => {
    const given = typeof what === 'function' ? what() : what;
    expect(await call('nobody', given)).toEqual(refused('nobody'));
    expect(await call('everybody', given)).toBe('done');
  },
);

test('when a function posts to a connection, then it is denied without the right and allowed with it', async () => {
  const { socket, texts } = await connect(cloud);
  const [ConnectionId] = cloud.services.apigateway.connectionIds;
  const post = (command: string, more = {}): Call => ({
    service: 'apigatewaymanagementapi',
    command,
    input: { ConnectionId, ...more },
    options: { endpoint: cloud.outputs.http },
  });
  const posting = post('PostToConnection', { Data: 'hello' });
  const [, apiId] = /execute-api\/(\w+)/.exec(cloud.outputs.http!)!;
  const resource = (method: string): string =>
    `arn:aws:execute-api:${REGION}:********3333:${apiId}/v1/${method}/@connections/{connectionId}`;
  const refused = (name: string, method: string): unknown[] => [
    'AccessDeniedException',
    403,
    `User: arn:aws:sts::${ACCOUNT}:assumed-role/${name}-role/${name} is not authorized to perform: ` +
      `execute-api:ManageConnections on resource: ${resource(method)}`,
  ];
  expect(await call('nobody', posting)).toEqual(refused('nobody', 'POST'));
  expect(await call('denied', posting)).toEqual(refused('denied', 'POST'));
  expect(await call('everybody', post('DeleteConnection'))).toEqual(refused('everybody', 'DELETE'));
  expect(texts).toEqual([]);
  expect(await call('everybody', posting)).toBe('done');
  await until(() => texts.length === 1, 'the post arrives');
  socket.close();
});

test.each(['attached', 'managed', 'named'])('given a policy that is %s, then its rights apply', async (name) => {
  const put: Call = { ...GET, command: 'PutItem', input: { TableName: 'items', Item: { pk: { S: 'a' } } } };
  expect(await call(name, GET)).toBe('done');
  expect(await call(name, put)).toEqual(['AccessDeniedException', 400, said(name, 'dynamodb:PutItem', TABLE)]);
});

test('given an explicit deny, then it wins', async () => {
  const message = said('denied', 'dynamodb:GetItem', TABLE).replace(
    /because.*/,
    'with an explicit deny in an identity-based policy',
  );
  expect(await call('denied', GET)).toEqual(['AccessDeniedException', 400, message]);
});

test('given an AWS managed policy, then it is evaluated; an unknown role or policy allows everything', async () => {
  expect(await call('basic', GET)).toEqual(['AccessDeniedException', 400, said('basic', 'dynamodb:GetItem', TABLE)]);
  for (const name of ['imported', 'free', 'foreign']) expect(await call(name, GET)).toBe('done');
  expect(cloud.cloud.unsupported).toEqual([
    expect.objectContaining({ logicalId: 'foreignRole', meaning: expect.stringContaining('policy/made-elsewhere') }),
  ]);
});

test('when a call is denied repeatedly, then the log has it once, with the missing statement', async () => {
  const missing: Call = { ...GET, command: 'DescribeTable', input: { TableName: 'items' } };
  await call('everybody', missing);
  await call('everybody', missing);
  const told = cloud.logs.filter(({ message }) => message.includes('dynamodb:DescribeTable'));
  expect(told).toEqual([expect.objectContaining({ source: 'iam', level: 'error', region: REGION })]);
  expect(told[0]!.message).toBe(
    `everybody may not dynamodb:DescribeTable on ${TABLE}: its role arn:aws:iam::${ACCOUNT}:role/everybody-role needs ` +
      `a policy with {"Effect":"Allow","Action":"dynamodb:DescribeTable","Resource":"${TABLE}"}`,
  );
});

test('given a role without sqs:DeleteMessage, then the queue is not polled and the log has the reason', async () => {
  const worker = (name: string, actions: string[]): Resources => ({
    ...caller(name, inline(allow(actions, '*'))),
    [name]: fn(name, `exports.handler = async () => console.log('${name} got it');`, {
      Role: { 'Fn::GetAtt': [`${name}Role`, 'Arn'] },
    }),
    [`${name}Queue`]: { Type: 'AWS::SQS::Queue', Properties: { QueueName: name } },
    [`${name}Poller`]: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': [`${name}Queue`, 'Arn'] }, FunctionName: { Ref: name } },
    },
  });
  const polling = await cloudOf({
    ...worker('may', ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']),
    ...worker('mayNot', ['sqs:ReceiveMessage']),
  });
  const { sqs } = polling.services;
  for (const name of ['mayNot', 'may']) sqs.find(name)!.send({ body: 'x' });
  await until(() => polling.logs.some(({ message }) => message.includes('may got it')), 'the one that may gets it');
  expect(sqs.find('mayNot')!.counts().visible).toBe(1);
  expect(polling.logs.filter(({ level }) => level === 'error').map(({ source, message }) => [source, message])).toEqual(
    [
      [
        arn('sqs', 'mayNot'),
        `not polled for mayNot: role arn:aws:iam::${ACCOUNT}:role/mayNot-role does not allow ` +
          `sqs:DeleteMessage, sqs:GetQueueAttributes on ${arn('sqs', 'mayNot')}`,
      ],
    ],
  );
  await polling.stop();
});

describe('a call of another region', () => {
  let both: Cloud;
  const logs: CloudLog[] = [];
  const queue = { Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } } };
  beforeAll(async () => {
    const statement = allow('sqs:SendMessage', arn('sqs', 'jobs', OTHER));
    // The function has the same name in both regions, with different roles.
    const stacks = {
      Here: { template: { Resources: { ...queue, ...caller('sender', inline(statement)) } } },
      There: { region: OTHER, template: { Resources: { ...queue, ...caller('sender', { RoleName: 'none-role' }) } } },
    };
    both = await startCloud({ assembly: assemblyOf(stacks), log: (line) => logs.push(line) });
  });
  afterAll(() => both.stop());

  const send = async (from: string, to: string): Promise<unknown> => {
    const [here, there] = [from, to].map((name) => both.regions.find(({ region }) => region === name)!);
    const input = { QueueUrl: there!.services.sqs.url('jobs'), MessageBody: 'hello' };
    const options = { region: to, endpoint: there!.endpoint };
    const what = { service: 'sqs', command: 'SendMessage', input, options };
    return outcome(await here!.services.lambda.invoke('sender', what));
  };

  test('when it is authorized, then the caller role and the resource of the called region count', async () => {
    expect(await send(REGION, OTHER)).toBe('done');
    expect(await send(REGION, REGION)).toEqual([expect.anything(), 403, said('sender', 'sqs:sendmessage', QUEUE)]);
    expect(await send(OTHER, REGION)).toEqual([
      expect.anything(),
      403,
      expect.stringContaining('role/none-role/sender'),
    ]);
    expect(logs.filter(({ source }) => source === 'iam').map(({ region }) => region)).toEqual([REGION, OTHER]);
  });
});
