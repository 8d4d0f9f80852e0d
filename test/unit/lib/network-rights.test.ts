// Permissions of the functions of a network, and its inbox queues.
import { Namespace, ChannelOrdering } from '../../../lib';
import { networkTemplates, realtimeNetwork } from '../../support/templates/network-templates';
import { allowed, only, readable, resources, withoutHash } from '../../support/templates/templates';

const namespaces = [Namespace.durable('orders', { ordering: ChannelOrdering.FIFO })];
const { network } = realtimeNetwork({ namespaces });
const template = networkTemplates(network)['us-east-1']!;

const own = (service: string, resource: string): string =>
  `arn:\${AWS::Partition}:${service}:us-east-1:\${AWS::AccountId}:${resource}`;
const on = (resource: string, ...actions: string[]): string[] => actions.map((action) => `${action} on ${resource}`);
const CONNECTIONS = '${RealtimeTablesConnections.Arn}';
const MESSAGES = own('dynamodb', 'table/Chat-messages');
const CHANNELS = own('dynamodb', 'table/Chat-channels');
const INBOX = '${RealtimeInboxQueue.Arn}';
const FANOUT_QUEUE = '${RealtimeFanoutQueue.Arn}';
const PUBLISH_QUEUE = '${RealtimePublishQueue.Arn}';
const POST = on(own('execute-api', '${RealtimeWebSocketApi}/v1/POST/@connections/*'), 'execute-api:ManageConnections');
const PEER = on('arn:${AWS::Partition}:sqs:eu-west-1:${AWS::AccountId}:Chat-inbox', 'sqs:SendMessage');
const SECRET = on(own('secretsmanager', 'secret:Chat-token-key-??????'), 'secretsmanager:GetSecretValue');
const RECEIVE = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
const FAN_OUT = [
  ...on(CONNECTIONS, 'dynamodb:DeleteItem', 'dynamodb:Query'),
  ...POST,
  ...on(FANOUT_QUEUE, 'sqs:SendMessage'),
];
const INTEREST = on(CHANNELS, 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem');
const PUBLISH = [
  ...on(MESSAGES, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'),
  ...FAN_OUT,
  ...PEER,
  ...on(CHANNELS, 'dynamodb:Query'),
];

/** The permissions that the code of each function needs. */
const RIGHTS: Record<string, string[]> = {
  Authorizer: SECRET,
  Connect: on(CONNECTIONS, 'dynamodb:PutItem'),
  Disconnect: on(CONNECTIONS, 'dynamodb:BatchWriteItem', 'dynamodb:DeleteItem'),
  Message: [
    ...PUBLISH,
    ...INTEREST,
    ...on(PUBLISH_QUEUE, 'sqs:SendMessage'),
    ...on(CONNECTIONS, 'dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'),
  ],
  Publish: [
    ...[...PUBLISH, ...SECRET, ...on(PUBLISH_QUEUE, 'sqs:SendMessage')],
    ...on(MESSAGES, 'dynamodb:UpdateItem'),
  ],
  Fanout: [
    ...[...FAN_OUT, ...on(CONNECTIONS, 'dynamodb:GetItem', 'dynamodb:UpdateItem')],
    ...on(MESSAGES, 'dynamodb:Query'),
    ...on(FANOUT_QUEUE, ...RECEIVE),
  ],
  Writer: [...PUBLISH, ...on(PUBLISH_QUEUE, ...RECEIVE)],
  Inbox: [...FAN_OUT, ...INTEREST, ...on(INBOX, ...RECEIVE)],
  Drain: [...on(CONNECTIONS, 'dynamodb:Scan'), ...POST, ...on(CHANNELS, 'dynamodb:Query')],
  Health: [
    ...[...on(CONNECTIONS, 'dynamodb:GetItem'), ...on(MESSAGES, 'dynamodb:GetItem'), ...on(CHANNELS, 'dynamodb:Query')],
    ...on(INBOX, 'sqs:GetQueueAttributes'),
  ],
};

const rights = allowed(template);

test.each(Object.entries(RIGHTS))('given %s, then it has only the permissions of its handler', (name, expected) => {
  const log = on(`\${RealtimeFunctions${name}Logs.Arn}`, 'logs:CreateLogStream', 'logs:PutLogEvents');
  expect(rights[`RealtimeFunctions${name}Role`]).toEqual([...expected, ...log].sort());
});

test('given a backend, then its functions field has all of them', () => {
  const roles = Object.keys(RIGHTS).map((name) => `RealtimeFunctions${name}Role`);
  expect(Object.keys(rights).sort()).toEqual([...roles, 'RealtimeAccountLogRole'].sort());
  const { functions } = network.regional('us-east-1');
  for (const name of Object.keys(RIGHTS)) {
    expect(functions[name.toLowerCase() as keyof typeof functions]).toBeDefined();
  }
});

test('given a function, then it has FANOUT_QUEUE_URL exactly if it can send to the queue', () => {
  const knowing = resources(template, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
    const url: unknown = Properties.Environment.Variables.FANOUT_QUEUE_URL;
    return url === undefined ? [] : [[withoutHash(id), readable(url)]];
  });
  const names = ['Message', 'Publish', 'Fanout', 'Writer', 'Inbox'];
  expect(Object.fromEntries(knowing)).toEqual(
    Object.fromEntries(names.map((name) => [`RealtimeFunctions${name}`, '${RealtimeFanoutQueue}'])),
  );
});

test('given a network, then physical names are those that other regions and the command line use', () => {
  const named = resources(template, 'AWS::Lambda::Function').flatMap(
    ([, { Properties }]) => Properties.FunctionName ?? [],
  );
  expect(named.sort()).toEqual(['Chat-drain', 'Chat-publish']);
  expect(only(template, 'AWS::DynamoDB::GlobalTable').TableName).toBe('Chat-connections');
});

describe('InboxQueue', () => {
  const queue = (id: string): any => only(template, 'AWS::SQS::Queue', (one) => one.startsWith(`RealtimeInbox${id}`));

  test('given the queues, then they are standard, encrypted, and require TLS', () => {
    expect(queue('Queue')).toMatchObject({ QueueName: 'Chat-inbox', SqsManagedSseEnabled: true });
    expect(queue('Queue').FifoQueue).toBeUndefined();
    const policies = resources(template, 'AWS::SQS::QueuePolicy').map(([, { Properties }]) => Properties);
    const denied = policies.map(({ Queues, PolicyDocument: { Statement } }) => [readable(Queues[0]), Statement[0]]);
    expect(Object.fromEntries(denied)).toMatchObject({
      '${RealtimeInboxQueue}': { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      '${RealtimeInboxDeadLetters}': { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    });
  });

  test('given the timeout of the function, then a message is hidden for six of them, and kept for all receives', () => {
    const { VisibilityTimeout, MessageRetentionPeriod, RedrivePolicy } = queue('Queue');
    const { Timeout } = only(template, 'AWS::Lambda::Function', (id) => id.startsWith('RealtimeFunctionsInbox'));
    expect(VisibilityTimeout).toBe(6 * Timeout);
    expect(MessageRetentionPeriod).toBeGreaterThan(RedrivePolicy.maxReceiveCount * VisibilityTimeout);
    expect(readable(RedrivePolicy.deadLetterTargetArn)).toBe('${RealtimeInboxDeadLetters.Arn}');
    // The retention of a dead letter includes its time in the queue.
    expect(queue('DeadLetters').MessageRetentionPeriod).toBeGreaterThan(MessageRetentionPeriod);
  });

  test('given the event source, then a batch has ten messages, and failed ones are reported', () => {
    const source = only(template, 'AWS::Lambda::EventSourceMapping', (id) => id.includes('Inbox'));
    expect(source).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(readable(source.EventSourceArn)).toBe(INBOX);
  });

  test('given the event sources, then the inbox function has a maximum concurrency, and the writer has none', () => {
    const limit = (id: string): unknown =>
      only(template, 'AWS::Lambda::EventSourceMapping', (one) => one.includes(id)).ScalingConfig;
    expect(limit('Inbox')).toEqual({ MaximumConcurrency: 100 });
    expect(limit('Writer')).toBeUndefined();
  });

  test('given a backend, then its fields have both queues', () => {
    const { inboxQueue, inboxDeadLetterQueue, channelsTable } = network.regional('us-east-1');
    expect([inboxQueue, inboxDeadLetterQueue, channelsTable]).not.toContain(undefined);
  });
});

test('given several regions, then the HTTP API has a route that reports evacuated regions', () => {
  const keys = resources(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey);
  expect(keys).toEqual(expect.arrayContaining(['GET /health', 'GET /evacuated/{region}']));
});

test('given one region, then there are no inbox, drain function and evacuation route', () => {
  const alone = realtimeNetwork({ regions: ['eu-west-1'] }).network;
  const made = networkTemplates(alone)['eu-west-1']!;
  const queues = resources(made, 'AWS::SQS::Queue').map(([id]) => withoutHash(id));
  expect(queues.sort()).toEqual(['RealtimeFanoutQueue', 'RealtimeFanoutQueueDeadLetters']);
  made.resourceCountIs('AWS::Lambda::Function', 7);
  expect(JSON.stringify(allowed(made))).not.toContain('Chat-channels');
  expect(JSON.stringify(made.toJSON())).not.toContain('/evacuated');
  expect(alone.regional('eu-west-1').functions.drain).toBeUndefined();
});
