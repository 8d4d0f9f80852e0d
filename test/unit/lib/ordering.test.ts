import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ChannelOrdering, Namespace, RealtimeApi } from '../../../lib';
import {
  only,
  readable,
  realtimeStack,
  realtimeTemplate,
  resources,
  withoutHash,
} from '../../support/templates/templates';

const namespaces = [Namespace.durable('chat'), Namespace.durable('orders', { ordering: ChannelOrdering.FIFO })];
const isPublish = (id: string): boolean => id.startsWith('RealtimePublishQueue');
const isDead = (id: string): boolean => isPublish(id) && id.includes('DeadLetters');
const isLive = (id: string): boolean => isPublish(id) && !isDead(id);

test('given no FIFO namespace, then there are no publish queue and no writer', () => {
  const { realtime, template } = realtimeStack();
  const ids = (type: string): string[] => resources(template(), type).map(([id]) => withoutHash(id));
  expect(ids('AWS::SQS::Queue').sort()).toEqual(['RealtimeFanoutQueue', 'RealtimeFanoutQueueDeadLetters']);
  expect(ids('AWS::Lambda::EventSourceMapping')).toEqual(['RealtimeFunctionsFanoutSource']);
  expect(ids('AWS::Lambda::Function')).not.toContain('RealtimeFunctionsWriter');
  expect(JSON.stringify(template().toJSON())).not.toContain('PUBLISH_QUEUE_URL');
  expect([realtime.publishQueue, realtime.publishDeadLetterQueue]).toEqual([undefined, undefined]);
});

describe('a backend with a FIFO namespace', () => {
  const template = realtimeTemplate({ namespaces });

  test.each([
    ['the queue', isLive],
    ['its dead letters', isDead],
  ])(
    'given %s, then it is FIFO with a throughput limit for each channel, encrypted, and keeps messages for 14 days',
    (_, fits) => {
      expect(only(template, 'AWS::SQS::Queue', fits)).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 86_400,
      });
    },
  );

  test('given the writer’s timeout, then a message is hidden for six of them, and received 100 times before it is a dead letter', () => {
    const queue = only(template, 'AWS::SQS::Queue', isLive);
    const writer = only(template, 'AWS::Lambda::Function', (id) => id.includes('Writer'));
    expect(queue.VisibilityTimeout).toBe(6 * writer.Timeout);
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(100);
    expect(readable(queue.RedrivePolicy.deadLetterTargetArn)).toBe('${RealtimePublishQueueDeadLetters.Arn}');
  });

  test('given the queues, then they require TLS', () => {
    for (const [, { Properties }] of resources(template, 'AWS::SQS::QueuePolicy')) {
      expect(Properties.PolicyDocument.Statement).toEqual([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]);
    }
    // The publish queue, the fan-out queue, and the dead letters of both.
    expect(resources(template, 'AWS::SQS::QueuePolicy')).toHaveLength(4);
  });

  test('given the event source, then the writer receives batches, and reports failed messages', () => {
    const source = only(template, 'AWS::Lambda::EventSourceMapping', (id) => id.includes('Writer'));
    expect(source).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(readable(source.EventSourceArn)).toBe('${RealtimePublishQueue.Arn}');
    expect(readable(source.FunctionName)).toBe('${RealtimeFunctionsWriter}');
  });

  test.each(['Message', 'Publish', 'Writer'])(
    'given %s, then its variables have the queue and the FIFO namespaces',
    (name) => {
      const { Variables } = only(template, 'AWS::Lambda::Function', (id) =>
        id.includes(`Functions${name}`),
      ).Environment;
      expect(readable(Variables.PUBLISH_QUEUE_URL)).toBe('${RealtimePublishQueue}');
      expect(JSON.parse(Variables.NAMESPACES)).toEqual({
        chat: { kind: 'durable', retention: 86_400 },
        orders: { kind: 'durable', retention: 86_400, ordering: 'fifo' },
      });
    },
  );

  test('given a removal policy, then both queues have it', () => {
    const policies = (removalPolicy?: RemovalPolicy): string[] =>
      resources(realtimeTemplate({ namespaces, removalPolicy }), 'AWS::SQS::Queue')
        .filter(([id]) => isPublish(id))
        .map(([, { DeletionPolicy }]) => DeletionPolicy);
    expect(policies()).toEqual(['Retain', 'Retain']);
    expect(policies(RemovalPolicy.DESTROY)).toEqual(['Delete', 'Delete']);
  });

  test('given a backend, then its fields have both queues', () => {
    const { stack, realtime } = realtimeStack({ namespaces });
    const names = [realtime.publishQueue, realtime.publishDeadLetterQueue].map((queue) =>
      readable(stack.resolve(queue?.queueArn)),
    );
    expect(names).toEqual(['${RealtimePublishQueue.Arn}', '${RealtimePublishQueueDeadLetters.Arn}']);
  });

  test('given an encryption key, then it encrypts all queues', () => {
    const stack = new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
    new RealtimeApi(stack, 'Realtime', { namespaces, encryptionKey: new Key(stack, 'Key') });
    const queues = resources(Template.fromStack(stack), 'AWS::SQS::Queue');
    expect(queues).toHaveLength(4);
    for (const [, { Properties }] of queues) expect(readable(Properties.KmsMasterKeyId)).toBe('${Key.Arn}');
  });
});

test('given an invalid ordering, then it throws', () => {
  const bad = Namespace.durable('orders', { ordering: 'lifo' as unknown as ChannelOrdering });
  expect(() => realtimeTemplate({ namespaces: [bad] })).toThrow(
    '61000 prop_invalid at Test/Realtime: `namespaces[0].ordering` must be a ChannelOrdering, got: "lifo". ' +
      'Omit it for ChannelOrdering.DIRECT.',
  );
});
