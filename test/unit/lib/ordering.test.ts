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

test('without a FIFO namespace there is no queue but the fan-out queue, and no writer', () => {
  const { realtime, template } = realtimeStack();
  const ids = (type: string): string[] => resources(template(), type).map(([id]) => withoutHash(id));
  expect(ids('AWS::SQS::Queue').sort()).toEqual(['RealtimeFanoutQueue', 'RealtimeFanoutQueueDeadLetters']);
  expect(ids('AWS::Lambda::EventSourceMapping')).toEqual(['RealtimeFunctionsFanoutSource']);
  expect(ids('AWS::Lambda::Function')).not.toContain('RealtimeFunctionsWriter');
  expect(JSON.stringify(template().toJSON())).not.toContain('PUBLISH_QUEUE_URL');
  expect([realtime.publishQueue, realtime.publishDeadLetterQueue]).toEqual([undefined, undefined]);
});

describe('with a FIFO namespace', () => {
  const template = realtimeTemplate({ namespaces });

  test.each([
    ['the queue', isLive],
    ['its dead letters', isDead],
  ])('%s: FIFO with a throughput for each channel, encrypted, kept for as long as SQS keeps anything', (_, fits) => {
    expect(only(template, 'AWS::SQS::Queue', fits)).toMatchObject({
      ...{ FifoQueue: true, DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' },
      ...{ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 },
    });
  });

  test('a message is hidden for six times the writer’s time, and is put aside only after an hour of failures', () => {
    const queue = only(template, 'AWS::SQS::Queue', isLive);
    const writer = only(template, 'AWS::Lambda::Function', (id) => id.includes('Writer'));
    expect(queue.VisibilityTimeout).toBe(6 * writer.Timeout);
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(100);
    expect(readable(queue.RedrivePolicy.deadLetterTargetArn)).toBe('${RealtimePublishQueueDeadLetters.Arn}');
  });

  test('only by TLS', () => {
    for (const [, { Properties }] of resources(template, 'AWS::SQS::QueuePolicy')) {
      expect(Properties.PolicyDocument.Statement).toEqual([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]);
    }
    // The publish queue, the fan-out queue, and the dead letters of both.
    expect(resources(template, 'AWS::SQS::QueuePolicy')).toHaveLength(4);
  });

  test('the writer gets batches, and names what failed in them', () => {
    const source = only(template, 'AWS::Lambda::EventSourceMapping', (id) => id.includes('Writer'));
    expect(source).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(readable(source.EventSourceArn)).toBe('${RealtimePublishQueue.Arn}');
    expect(readable(source.FunctionName)).toBe('${RealtimeFunctionsWriter}');
  });

  test.each(['Message', 'Publish', 'Writer'])('%s knows the queue and which namespaces use it', (name) => {
    const { Variables } = only(template, 'AWS::Lambda::Function', (id) => id.includes(`Functions${name}`)).Environment;
    expect(readable(Variables.PUBLISH_QUEUE_URL)).toBe('${RealtimePublishQueue}');
    expect(JSON.parse(Variables.NAMESPACES)).toEqual({
      chat: { kind: 'durable', retention: 86_400 },
      orders: { kind: 'durable', retention: 86_400, ordering: 'fifo' },
    });
  });

  test('queues outlive the stack unless they are made to be thrown away', () => {
    const policies = (removalPolicy?: RemovalPolicy): string[] =>
      resources(
        realtimeTemplate({ namespaces, ...(removalPolicy === undefined ? {} : { removalPolicy }) }),
        'AWS::SQS::Queue',
      )
        .filter(([id]) => isPublish(id))
        .map(([, { DeletionPolicy }]) => DeletionPolicy);
    expect(policies()).toEqual(['Retain', 'Retain']);
    expect(policies(RemovalPolicy.DESTROY)).toEqual(['Delete', 'Delete']);
  });

  test('the fields lead to both queues', () => {
    const { stack, realtime } = realtimeStack({ namespaces });
    const names = [realtime.publishQueue, realtime.publishDeadLetterQueue].map((queue) =>
      readable(stack.resolve(queue?.queueArn)),
    );
    expect(names).toEqual(['${RealtimePublishQueue.Arn}', '${RealtimePublishQueueDeadLetters.Arn}']);
  });

  test('a customer’s key encrypts both, and the fan-out queue with its dead letters', () => {
    const stack = new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
    new RealtimeApi(stack, 'Realtime', { namespaces, encryptionKey: new Key(stack, 'Key') });
    const queues = resources(Template.fromStack(stack), 'AWS::SQS::Queue');
    expect(queues).toHaveLength(4);
    for (const [, { Properties }] of queues) expect(readable(Properties.KmsMasterKeyId)).toBe('${Key.Arn}');
  });
});

test('an ordering that is none is refused', () => {
  const bad = Namespace.durable('orders', { ordering: 'lifo' as unknown as ChannelOrdering });
  expect(() => realtimeTemplate({ namespaces: [bad] })).toThrow(
    '61000 prop_invalid at Test/Realtime: `namespaces[0].ordering` must be a ChannelOrdering, got: "lifo". ' +
      'Leave it out for ChannelOrdering.DIRECT.',
  );
});
