import { MAX_BYTES } from '../../services/sqs';
import type { ResourceType } from '../../types';
import { flag, number, object, text } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html */
export const awsSqsQueue: ResourceType<Services> = {
  type: 'AWS::SQS::Queue',
  create(context) {
    const { properties, services } = context;
    const fifo = flag(properties, 'FifoQueue');
    const name = text(properties, 'QueueName') ?? `${context.physicalName()}${fifo ? '.fifo' : ''}`;
    const redrive = object(properties, 'RedrivePolicy');
    const maxReceiveCount = number(redrive, 'maxReceiveCount');
    services.sqs.addQueue(
      {
        name,
        fifo,
        contentBasedDeduplication: flag(properties, 'ContentBasedDeduplication'),
        deduplicatesByGroup: text(properties, 'DeduplicationScope') === 'messageGroup',
        receiveWait: (number(properties, 'ReceiveMessageWaitTimeSeconds') ?? 0) * 1000,
        maxBytes: number(properties, 'MaximumMessageSize') ?? MAX_BYTES,
        visibilityTimeout: (number(properties, 'VisibilityTimeout') ?? 30) * 1000,
        delay: (number(properties, 'DelaySeconds') ?? 0) * 1000,
        retention: (number(properties, 'MessageRetentionPeriod') ?? 345_600) * 1000,
        maxReceiveCount,
      },
      text(redrive, 'deadLetterTargetArn'),
    );
    const url = services.sqs.url(name);
    return { ref: url, attributes: { Arn: services.sqs.arn(name), QueueName: name, QueueUrl: url } };
  },
};
