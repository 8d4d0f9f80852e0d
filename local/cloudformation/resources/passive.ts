import type { Resource, ResourceContext } from '../../types';
import { stableId } from './naming';
import { text } from './properties';

/** Resource types that the other resources do not need, and the effect of their absence. */
export const PASSIVE: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': 'access logs need no account role',
  'AWS::ApiGatewayV2::Deployment': 'a stage serves the current API without a deployment',
  'AWS::CDK::Metadata': 'usage reporting to AWS has no effect on other resources',
  'AWS::CloudWatch::Alarm': 'metrics are not emulated, so alarms never fire',
  'AWS::CloudWatch::CompositeAlarm': 'metrics are not emulated, so alarms never fire',
  'AWS::CloudWatch::Dashboard': 'metrics are not emulated',
  'AWS::KMS::Alias': 'nothing is encrypted',
  'AWS::KMS::Key': 'nothing is encrypted',
  'AWS::Lambda::Permission': 'AWS services may invoke every function; functions need a policy in their role',
  'AWS::Logs::LogGroup': 'logs go to the terminal',
  'AWS::Logs::MetricFilter': 'metrics are not emulated',
  'AWS::SecretsManager::ResourcePolicy': 'only the policies of roles are evaluated',
  'AWS::SNS::Topic': 'a topic without a subscription delivers nothing; subscriptions are reported',
  'AWS::SNS::TopicPolicy': 'topics are not emulated',
  'AWS::SQS::QueuePolicy': 'only the policies of roles are evaluated',
};

/** Resource types that are not emulated, with the effect that is reported to the user. */
export const NOTED: Readonly<Record<string, string>> = {
  'AWS::Lambda::EventInvokeConfig': 'not emulated; failed asynchronous invocations are retried twice and then dropped',
  'AWS::SNS::Subscription': 'topics are not emulated; the subscription receives nothing',
};

/** A resource without behaviour: a name, and an ARN in the format of its service. */
export function passiveResource(type: string, context: ResourceContext): Resource {
  const { properties, region, accountId, stackName, logicalId } = context;
  const [, service = '', kind = ''] = type.split('::');
  const name =
    text(properties, `${kind}Name`) ??
    text(properties, 'Name') ??
    `${context.physicalName()}-${stableId(6, region, stackName, logicalId)}`;
  const path = `${kind.toLowerCase()}${service === 'Logs' ? ':' : '/'}${name}`;
  const arn = `arn:aws:${service.toLowerCase()}:${region}:${accountId}:${service === 'Logs' ? `log-group:${name}:*` : path}`;
  if (type === 'AWS::SNS::Topic') {
    const topicArn = `arn:aws:sns:${region}:${accountId}:${name}`;
    return { ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } };
  }
  return { ref: name, attributes: { Arn: arn, Id: name, KeyId: name } };
}
