import { LocalError } from '../../support/errors';
import { IdlePolls, meterRequest } from '../../services/sqs/billing';
import { EventSourceMapping } from '../../services/sqs/event-source';
import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { number, object, required, text, texts } from './properties';
import type { Services } from '../../services/registry';

/** Maximum concurrent invocations of one event source mapping. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const DEFAULT_CONCURRENCY = 1_000;
/** Actions that Lambda needs from the function's role to poll a queue. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const POLLER_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html */
export const awsLambdaEventSourceMapping: ResourceType<Services> = {
  type: 'AWS::Lambda::EventSourceMapping',
  create({ properties, region, stackName, logicalId, clock, services }) {
    const queueArn = required(properties, 'EventSourceArn');
    const queue = services.sqs.find(queueArn);
    const where = `${stackName}: ${logicalId}`;
    if (!queueArn.includes(':sqs:') || queue === undefined) {
      throw new LocalError(
        'template_unsupported',
        `${where}: only SQS queues are emulated as event sources, got: ${queueArn}.`,
      );
    }
    if (properties.FilterCriteria !== undefined) {
      throw new LocalError('template_unsupported', `${where}: FilterCriteria are not emulated.`);
    }
    const functionArn = required(properties, 'FunctionName');
    const logError = (message: string): void => {
      services.log({ region, source: queueArn, level: 'error', message, time: clock.now() });
    };
    const onError = (error: unknown): void => {
      logError(`can't invoke ${functionArn}: ${error instanceof Error ? error.message : String(error)}`);
    };
    const receiveFails = async (): Promise<boolean> => (await services.faults.draw('sqs')) !== undefined;
    const settings = {
      queueArn,
      region,
      functionArn,
      batchSize: number(properties, 'BatchSize') ?? 10,
      batchingWindow: (number(properties, 'MaximumBatchingWindowInSeconds') ?? 0) * 1000,
      maxConcurrency: number(object(properties, 'ScalingConfig'), 'MaximumConcurrency') ?? DEFAULT_CONCURRENCY,
      reportsBatchItemFailures: texts(properties, 'FunctionResponseTypes').includes('ReportBatchItemFailures'),
    };
    const invoker = services.faults.wrapInvoker(services.lambda);
    const onRequest = (operation: string, bytes: number): void => {
      meterRequest(services.meter, queue.settings, `${operation} of a poller`, bytes);
    };
    const mapping = new EventSourceMapping(settings, { queue, invoker, clock, onError, receiveFails, onRequest });
    const idlePolls = new IdlePolls(services.meter, queue.settings, clock);
    if (text(properties, 'Enabled') !== 'false') {
      services.onStart(() => {
        const role = services.lambda.find(functionArn)?.config.role;
        const lacks = (action: string): boolean =>
          role !== undefined && services.global.iam.verdict(role, region, { action, resource: queueArn }) !== 'allowed';
        const lacking = POLLER_ACTIONS.filter(lacks);
        // AWS rejects the creation of such a mapping.
        if (lacking.length > 0) {
          logError(`not polled for ${functionArn}: role ${role} does not allow ${lacking.join(', ')} on ${queueArn}`);
          return;
        }
        mapping.start();
        idlePolls.start();
      });
    }
    services.onStop(() => {
      mapping.stop();
    });
    const id = stableId(36, region, stackName, logicalId);
    return { ref: id, attributes: { Id: id } };
  },
};
