import type { Resource, ResourceContext } from '../../types';
import { stableId } from './naming';
import { text } from './properties';

/** Types that need no emulation to run the others, and what their absence means. */
export const PASSIVE: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': 'there is no account to set a log role for',
  'AWS::ApiGatewayV2::Deployment': 'stages are live at once',
  'AWS::CDK::Metadata': 'it only tells AWS which constructs are used',
  'AWS::CloudWatch::Alarm': 'metrics are not emulated, so alarms never fire',
  'AWS::CloudWatch::CompositeAlarm': 'metrics are not emulated, so alarms never fire',
  'AWS::CloudWatch::Dashboard': 'there is nothing to look at',
  'AWS::KMS::Alias': 'nothing is encrypted',
  'AWS::KMS::Key': 'nothing is encrypted',
  'AWS::Lambda::Permission': 'AWS services may invoke every function; functions need the right in their role',
  'AWS::Logs::LogGroup': 'logs go to the terminal',
  'AWS::Logs::MetricFilter': 'metrics are not emulated',
  'AWS::SecretsManager::ResourcePolicy': 'only the policies of roles are judged',
  'AWS::SNS::Topic': 'nobody is told by a topic alone; a subscription is noted',
  'AWS::SNS::TopicPolicy': 'topics are not emulated',
  'AWS::SQS::QueuePolicy': 'only the policies of roles are judged',
};

/** Types that are not made, and that a person has to know of. */
export const NOTED: Readonly<Record<string, string>> = {
  'AWS::Lambda::EventInvokeConfig': 'asynchronous invocations are retried twice, whatever is set, and then dropped',
  'AWS::SNS::Subscription': 'topics are not emulated: nothing is delivered to it',
};

/** A resource that is only known by name: its ARN looks like one of its service. */
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
