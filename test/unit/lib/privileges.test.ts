import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ChannelOrdering, Namespace, RealtimeApi, RealtimeAuth } from '../../../lib';
import { allowed, realtimeTemplate, resources } from '../../support/templates/templates';

const CONNECTIONS = '${RealtimeTablesConnections.Arn}';
const MESSAGES = '${RealtimeTablesMessages.Arn}';
const FANOUT_QUEUE = '${RealtimeFanoutQueue.Arn}';
const POST =
  'arn:${AWS::Partition}:execute-api:eu-west-1:${AWS::AccountId}:${RealtimeWebSocketApi}/v1/POST/@connections/*';

/** The permissions that the code of each function needs. */
const RIGHTS: Record<string, string[]> = {
  Authorizer: ['secretsmanager:GetSecretValue on ${RealtimeTokensSecret}'],
  Connect: [`dynamodb:PutItem on ${CONNECTIONS}`],
  Disconnect: [`dynamodb:BatchWriteItem on ${CONNECTIONS}`, `dynamodb:DeleteItem on ${CONNECTIONS}`],
  Message: [
    `dynamodb:BatchWriteItem on ${CONNECTIONS}`,
    `dynamodb:DeleteItem on ${CONNECTIONS}`,
    `dynamodb:GetItem on ${CONNECTIONS}`,
    `dynamodb:PutItem on ${CONNECTIONS}`,
    `dynamodb:Query on ${CONNECTIONS}`,
    `dynamodb:UpdateItem on ${CONNECTIONS}`,
    `dynamodb:GetItem on ${MESSAGES}`,
    `dynamodb:PutItem on ${MESSAGES}`,
    `dynamodb:Query on ${MESSAGES}`,
    `execute-api:ManageConnections on ${POST}`,
    `sqs:SendMessage on ${FANOUT_QUEUE}`,
  ],
  Publish: [
    `dynamodb:DeleteItem on ${CONNECTIONS}`,
    `dynamodb:Query on ${CONNECTIONS}`,
    `dynamodb:GetItem on ${MESSAGES}`,
    `dynamodb:PutItem on ${MESSAGES}`,
    `dynamodb:Query on ${MESSAGES}`,
    `dynamodb:UpdateItem on ${MESSAGES}`,
    `execute-api:ManageConnections on ${POST}`,
    'secretsmanager:GetSecretValue on ${RealtimeTokensSecret}',
    `sqs:SendMessage on ${FANOUT_QUEUE}`,
  ],
  Health: [`dynamodb:GetItem on ${CONNECTIONS}`, `dynamodb:GetItem on ${MESSAGES}`],
  Fanout: [
    `dynamodb:DeleteItem on ${CONNECTIONS}`,
    `dynamodb:GetItem on ${CONNECTIONS}`,
    `dynamodb:Query on ${CONNECTIONS}`,
    `dynamodb:UpdateItem on ${CONNECTIONS}`,
    `dynamodb:Query on ${MESSAGES}`,
    `execute-api:ManageConnections on ${POST}`,
    `sqs:ChangeMessageVisibility on ${FANOUT_QUEUE}`,
    `sqs:DeleteMessage on ${FANOUT_QUEUE}`,
    `sqs:GetQueueAttributes on ${FANOUT_QUEUE}`,
    `sqs:ReceiveMessage on ${FANOUT_QUEUE}`,
    `sqs:SendMessage on ${FANOUT_QUEUE}`,
  ],
};

const ownLog = (name: string): string[] =>
  ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => `${action} on \${RealtimeFunctions${name}Logs.Arn}`);

describe('permissions of each function', () => {
  const rights = allowed(realtimeTemplate());

  test.each(Object.entries(RIGHTS))('%s', (name, expected) => {
    expect(rights[`RealtimeFunctions${name}Role`]).toEqual([...expected, ...ownLog(name)].sort());
  });

  test('given a backend, then these are all roles, and none has a managed policy', () => {
    const roles = [...Object.keys(RIGHTS).map((name) => `RealtimeFunctions${name}Role`), 'RealtimeAccountLogRole'];
    expect(Object.keys(rights).sort()).toEqual(roles.sort());
    for (const [, { Properties }] of resources(realtimeTemplate(), 'AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns).toBeUndefined();
    }
    expect(resources(realtimeTemplate(), 'AWS::IAM::Policy')).toEqual([]);
  });

  test('given the policies, then none allows an action on all resources', () => {
    const everything = Object.values(rights)
      .flat()
      .filter((right) => / on (\*|arn:[^:]*:[^:]*:\*)/.test(right) || right.includes(':* on'));
    expect(everything).toEqual([]);
  });

  test('given an issuer, then no function can read a secret', () => {
    const auth = RealtimeAuth.issuer({ issuer: 'https://id.example.com', audience: 'chat' });
    expect(JSON.stringify(allowed(realtimeTemplate({ auth })))).not.toContain('secretsmanager');
  });
});

describe('permissions with a FIFO namespace', () => {
  const namespaces = [Namespace.durable('orders', { ordering: ChannelOrdering.FIFO })];
  const rights = allowed(realtimeTemplate({ namespaces }));
  const QUEUE = '${RealtimePublishQueue.Arn}';

  test.each(['Message', 'Publish'])('given %s, then it can also send to the publish queue', (name) => {
    const expected = [...(RIGHTS[name] ?? []), ...ownLog(name), `sqs:SendMessage on ${QUEUE}`];
    expect(rights[`RealtimeFunctions${name}Role`]).toEqual(expected.sort());
  });

  test('given Writer, then it can receive from the queue, append, and fan out', () => {
    const expected = [
      `dynamodb:DeleteItem on ${CONNECTIONS}`,
      `dynamodb:Query on ${CONNECTIONS}`,
      `dynamodb:GetItem on ${MESSAGES}`,
      `dynamodb:PutItem on ${MESSAGES}`,
      `dynamodb:Query on ${MESSAGES}`,
      `execute-api:ManageConnections on ${POST}`,
      `sqs:ChangeMessageVisibility on ${QUEUE}`,
      `sqs:DeleteMessage on ${QUEUE}`,
      `sqs:GetQueueAttributes on ${QUEUE}`,
      `sqs:ReceiveMessage on ${QUEUE}`,
      `sqs:SendMessage on ${FANOUT_QUEUE}`,
      ...ownLog('Writer'),
    ];
    expect(rights.RealtimeFunctionsWriterRole).toEqual(expected.sort());
  });
});

describe('permissions with an encryption key', () => {
  const rights = (() => {
    const stack = new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
    const encryptionKey = new Key(stack, 'Key');
    const namespaces = [Namespace.durable('orders', { ordering: ChannelOrdering.FIFO })];
    new RealtimeApi(stack, 'Realtime', { namespaces, encryptionKey });
    return allowed(Template.fromStack(stack));
  })();
  const keyRights = (name: string): string[] =>
    (rights[`RealtimeFunctions${name}Role`] ?? []).filter((right) => right.startsWith('kms:'));
  const byDynamoDb = 'on ${Key.Arn} if {"StringLike":{"kms:ViaService":"dynamodb.eu-west-1.*"}}';
  const read = ['kms:Decrypt', 'kms:DescribeKey'].map((action) => `${action} ${byDynamoDb}`);
  const write = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'].map(
    (action) => `${action} ${byDynamoDb}`,
  );
  const secret = ['kms:Decrypt on ${Key.Arn} if {"StringLike":{"kms:ViaService":"secretsmanager.eu-west-1.*"}}'];
  const receive = ['kms:Decrypt on ${Key.Arn} if {"StringLike":{"kms:ViaService":"sqs.eu-west-1.*"}}'];
  const send = [...receive, 'kms:GenerateDataKey on ${Key.Arn} if {"StringLike":{"kms:ViaService":"sqs.eu-west-1.*"}}'];

  test.each([
    ['Authorizer', secret],
    ['Connect', [...read, ...write]],
    ['Disconnect', [...read, ...write]],
    ['Message', [...read, ...write, ...send]],
    ['Publish', [...read, ...write, ...secret, ...send]],
    ['Writer', [...read, ...write, ...receive, ...send]],
    ['Fanout', [...read, ...write, ...receive, ...send]],
    ['Health', read],
  ])('given %s, then it can use the key for the resources that it uses', (name, expected) => {
    expect(keyRights(name)).toEqual([...expected].sort());
  });
});
