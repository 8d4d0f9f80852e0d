import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RealtimeApi, Namespace } from '../../../lib';
import { DynamoDbConnectionStore } from '../../../lambda/adapters/dynamodb/connection-store';
import {
  only,
  readable,
  realtimeStack,
  realtimeTemplate,
  resources,
  withoutHash,
} from '../../support/templates/templates';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const SECRET = 'AWS::SecretsManager::Secret';
const LOG_GROUP = 'AWS::Logs::LogGroup';
const QUEUE = 'AWS::SQS::Queue';

// cdk-nag does not check AWS::DynamoDB::GlobalTable, so the rules that it has for tables are asserted here.
describe('tables of a RealtimeApi', () => {
  test('given a backend, then there are two on-demand tables with the same keys', () => {
    const template = realtimeTemplate();
    template.resourceCountIs(TABLE, 2);
    template.resourceCountIs('AWS::DynamoDB::Table', 0);
    template.allResourcesProperties(TABLE, {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
  });

  test('given the time-to-live attribute, then it is the one that the handlers write', async () => {
    // GIVEN
    let written: Record<string, unknown> = {};
    const send = (command: { input: { Item: Record<string, unknown> } }): Promise<object> => {
      written = command.input.Item;
      return Promise.resolve({});
    };
    const store = new DynamoDbConnectionStore({ send } as never, 'connections');

    // WHEN
    await store.open({ id: 'c', clientId: 'ada', connectedAt: 1_000, expiresAt: 9_000 });

    // THEN
    const [attribute] = Object.entries(written).find(([, value]) => value === 9) ?? [];
    expect(attribute).toBeDefined();
    realtimeTemplate().allResourcesProperties(TABLE, {
      TimeToLiveSpecification: { AttributeName: attribute, Enabled: true },
    });
  });

  test('given the tables, then point-in-time recovery is on', () => {
    realtimeTemplate().allResourcesProperties(TABLE, {
      Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
    });
  });

  test('given a single region, then tables have one replica, no stream and no index', () => {
    for (const [, { Properties }] of resources(realtimeTemplate(), TABLE)) {
      expect(Properties.Replicas).toHaveLength(1);
      expect(Properties.Replicas[0].Region).toBe('eu-west-1');
      for (const absent of ['StreamSpecification', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes']) {
        expect(Properties[absent]).toBeUndefined();
      }
    }
  });

  test('given the name of a restored table, then none is created for messages, and functions use that one', () => {
    const { template } = realtimeStack({ messagesTableName: 'messages-2026-11-30' });
    template().resourceCountIs(TABLE, 1);
    const { Environment } = only(template(), 'AWS::Lambda::Function', (id) => id.includes('FunctionsMessage'));
    expect(Environment.Variables.MESSAGES_TABLE).toBe('messages-2026-11-30');
    const rights = JSON.stringify(resources(template(), 'AWS::IAM::Role'));
    expect(rights).toContain(':table/messages-2026-11-30');
  });

  test('given a table, then its default child changes the CloudFormation resource', () => {
    const { realtime, template } = realtimeStack();
    const table = realtime.messagesTable.node.defaultChild as CfnGlobalTable;
    table.addPropertyOverride('TimeToLiveSpecification.Enabled', false);
    template().hasResourceProperties(TABLE, { TimeToLiveSpecification: { Enabled: false } });
  });
});

test('given two stacks, then no resource has a physical name', () => {
  const named = Object.values(realtimeTemplate().toJSON().Resources as Record<string, any>).flatMap(
    ({ Type, Properties }) =>
      ['TableName', 'FunctionName', 'RoleName', 'LogGroupName', 'PolicyName']
        .filter((name) => typeof Properties?.[name] === 'string')
        .map((name) => `${Type as string} ${name}`),
  );
  expect(named).toEqual([]);
  realtimeTemplate().hasResourceProperties(SECRET, { Name: Match.absent() });
});

describe('encryption of a RealtimeApi', () => {
  test('given no key, then keys that AWS owns or manages encrypt tables and secret', () => {
    const template = realtimeTemplate();
    template.allResourcesProperties(TABLE, { SSESpecification: { SSEEnabled: false } });
    template.hasResourceProperties(SECRET, { KmsKeyId: Match.absent() });
  });

  test('given a key, then it encrypts both tables and the secret', () => {
    // GIVEN
    const stack = new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
    const encryptionKey = new Key(stack, 'Key');

    // WHEN
    new RealtimeApi(stack, 'Realtime', { namespaces: [Namespace.durable('chat')], encryptionKey });

    // THEN
    const template = Template.fromStack(stack);
    for (const [, { Properties }] of resources(template, TABLE)) {
      expect(Properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
      expect(readable(Properties.Replicas[0].SSESpecification.KMSMasterKeyId)).toBe('${Key.Arn}');
    }
    const [[, secret] = []] = resources(template, SECRET);
    expect(readable(secret?.Properties.KmsKeyId)).toBe('${Key.Arn}');
  });
});

describe('FanoutQueue', () => {
  const { stack, realtime, template: made } = realtimeStack();
  const template = made();
  const isDead = (id: string): boolean => id.includes('DeadLetters');
  const queue = only(template, QUEUE, (id) => !isDead(id));
  const deadLetters = only(template, QUEUE, isDead);
  const worker = only(template, 'AWS::Lambda::Function', (id) => id.startsWith('RealtimeFunctionsFanout'));

  test.each([
    ['it', queue],
    ['its dead letters', deadLetters],
  ])(
    'given %s, then it is FIFO with a throughput limit for each shard, encrypted, without a physical name',
    (_, properties) => {
      expect(properties).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        SqsManagedSseEnabled: true,
      });
      expect(properties.QueueName).toBeUndefined();
    },
  );

  test('given the worker’s timeout, then a job is hidden for two of them, and kept for all receives', () => {
    expect(worker.Timeout).toBe(10);
    expect(queue).toMatchObject({ VisibilityTimeout: 2 * worker.Timeout, MessageRetentionPeriod: 15 * 60 });
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(5);
    expect(queue.MessageRetentionPeriod).toBeGreaterThan(queue.RedrivePolicy.maxReceiveCount * queue.VisibilityTimeout);
    expect(readable(queue.RedrivePolicy.deadLetterTargetArn)).toBe('${RealtimeFanoutQueueDeadLetters.Arn}');
  });

  test('given the dead-letter queue, then it keeps messages for four days', () => {
    expect(deadLetters.MessageRetentionPeriod).toBe(4 * 86_400);
  });

  test('given both queues, then they require TLS', () => {
    const policies = resources(template, 'AWS::SQS::QueuePolicy').map(([, { Properties }]) => Properties);
    expect(policies.map(({ Queues }) => Queues.map(readable)).sort()).toEqual([
      ['${RealtimeFanoutQueueDeadLetters}'],
      ['${RealtimeFanoutQueue}'],
    ]);
    for (const { PolicyDocument } of policies) {
      expect(PolicyDocument.Statement).toEqual([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]);
    }
  });

  test('given the event source, then workers receive batches, report failed jobs, and have a maximum concurrency', () => {
    const source = only(template, 'AWS::Lambda::EventSourceMapping');
    expect(source).toMatchObject({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 3 },
    });
    expect(readable(source.EventSourceArn)).toBe('${RealtimeFanoutQueue.Arn}');
    expect(readable(source.FunctionName)).toBe('${RealtimeFunctionsFanout}');
  });

  test('given the functions, then only those that fan out have FANOUT_QUEUE_URL', () => {
    const knowing = resources(template, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
      const url: unknown = Properties.Environment.Variables.FANOUT_QUEUE_URL;
      return url === undefined ? [] : [[withoutHash(id), readable(url)]];
    });
    expect(Object.fromEntries(knowing)).toEqual({
      RealtimeFunctionsFanout: '${RealtimeFanoutQueue}',
      RealtimeFunctionsMessage: '${RealtimeFanoutQueue}',
      RealtimeFunctionsPublish: '${RealtimeFanoutQueue}',
    });
  });

  test('given RETAIN, then the queue is still deleted with the stack', () => {
    const retained = realtimeTemplate({ removalPolicy: RemovalPolicy.RETAIN });
    const policies = resources(retained, QUEUE).map(([, { DeletionPolicy }]) => DeletionPolicy);
    expect(policies).toEqual(['Delete', 'Delete']);
  });

  test('given a backend, then its fields have both queues', () => {
    const arns = [realtime.fanoutQueue, realtime.fanoutDeadLetterQueue].map(({ queueArn }) =>
      readable(stack.resolve(queueArn)),
    );
    expect(arns).toEqual(['${RealtimeFanoutQueue.Arn}', '${RealtimeFanoutQueueDeadLetters.Arn}']);
  });
});

describe('removalPolicy', () => {
  const policies = (template: Template, type: string): unknown[] =>
    resources(template, type).map(([, { DeletionPolicy, UpdateReplacePolicy }]) => [
      DeletionPolicy,
      UpdateReplacePolicy,
    ]);
  const protectedTables = (template: Template): unknown[] =>
    resources(template, TABLE).map(([, { Properties }]) => Properties.Replicas[0].DeletionProtectionEnabled);

  test.each([
    [undefined, 'Retain', true],
    [RemovalPolicy.RETAIN, 'Retain', true],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, 'RetainExceptOnCreate', true],
    [RemovalPolicy.DESTROY, 'Delete', false],
  ])(
    'removalPolicy %s: tables, secret and logs: %s; tables protected from deletion: %s',
    (removalPolicy, name, held) => {
      const template = realtimeTemplate({ removalPolicy });
      const replaced = name === 'RetainExceptOnCreate' ? 'Retain' : name;

      for (const [type, count] of [
        [TABLE, 2],
        [SECRET, 1],
        [LOG_GROUP, 9],
      ] as const) {
        expect(policies(template, type)).toEqual(Array(count).fill([name, replaced]));
      }
      expect(protectedTables(template)).toEqual([held, held]);
    },
  );
});

describe('log groups of functions', () => {
  test('given a function, then it has a log group of its own', () => {
    const template = realtimeTemplate();
    const groups = resources(template, 'AWS::Lambda::Function').map(([, { Properties }]) =>
      readable(Properties.LoggingConfig.LogGroup),
    );
    expect(groups).toHaveLength(7);
    expect(new Set(groups).size).toBe(7);
    for (const group of groups) expect(group).toMatch(/^\$\{RealtimeFunctions\w+Logs\}$/);
  });

  test.each([
    [undefined, 30],
    [RetentionDays.ONE_WEEK, 7],
  ])('given logRetention %s, then logs are kept for %d days', (logRetention, days) => {
    realtimeTemplate({ logRetention }).allResourcesProperties(LOG_GROUP, { RetentionInDays: days });
  });
});

describe('functions of a RealtimeApi', () => {
  test('given a function, then it runs a prebuilt bundle on nodejs24.x and arm64, with a timeout below API Gateway’s 29 s', () => {
    const functions = resources(realtimeTemplate(), 'AWS::Lambda::Function');
    expect(functions).toHaveLength(7);
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
      expect(Properties.Timeout).toBeLessThan(29);
    }
  });

  test('given functions that post, then they have the URL of the stage, and the namespaces', () => {
    for (const name of ['Message', 'Publish']) {
      const [found] = resources(realtimeTemplate(), 'AWS::Lambda::Function').filter(([id]) =>
        id.startsWith(`RealtimeFunctions${name}`),
      );
      const { Variables } = found?.[1].Properties.Environment ?? {};
      expect(readable(Variables.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI)).toBe(
        'https://${RealtimeWebSocketApi}.execute-api.eu-west-1.${AWS::URLSuffix}/v1',
      );
      expect(JSON.parse(Variables.NAMESPACES as string)).toEqual({ chat: { kind: 'durable', retention: 86_400 } });
    }
  });
});

// With another logical id, CloudFormation would create an empty table, and delete or orphan the one with the data. Change this list
// only together with a migration for users.
test('given resources that hold data, then their logical ids do not change', () => {
  const template = realtimeTemplate();
  const ids = [TABLE, SECRET].flatMap((type) => resources(template, type).map(([id]) => id));
  expect(ids.sort()).toEqual([
    'RealtimeTablesConnections733946A2',
    'RealtimeTablesMessagesAA7B9EBE',
    'RealtimeTokensSecret07E897B8',
  ]);
});
