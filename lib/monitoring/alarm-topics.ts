import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { AlarmSeverity } from '../alarm-severity';
import type { RealtimeAlarmTopics } from '../realtime-alarm-options';

/** Props of {@link SeverityTopics}. */
export interface SeverityTopicsProps {
  /** Existing topics. */
  readonly existing: RealtimeAlarmTopics;
}

/** Topics of the alarms, one for each severity. Topics that were not passed are created when they are first used. */
export class SeverityTopics extends Construct {
  private readonly topics: Partial<Record<AlarmSeverity, ITopic>>;
  private key?: Key;

  public constructor(scope: Construct, id: string, props: SeverityTopicsProps) {
    super(scope, id);
    const { p1, p2, p3 } = props.existing;
    this.topics = { [AlarmSeverity.P1]: p1, [AlarmSeverity.P2]: p2, [AlarmSeverity.P3]: p3 };
  }

  /** The topic of a severity. */
  public topic(severity: AlarmSeverity): ITopic {
    return (this.topics[severity] ??= this.createTopic(severity));
  }

  private createTopic(severity: AlarmSeverity): ITopic {
    // CloudWatch can't use the AWS managed key for SNS, so encryption needs a customer managed key.
    this.key ??= this.createKey();
    const topic = new Topic(this, severity, { masterKey: this.key, enforceSSL: true });
    // The topic policy replaces the default one, which would have allowed alarms to publish.
    topic.addToResourcePolicy(this.allowAlarms('sns:Publish', [topic.topicArn]));
    return topic;
  }

  /** Without permission on the key, notifications are lost, and only the history of the alarm shows it. */
  private createKey(): Key {
    const key = new Key(this, 'Key', {
      description: 'Encrypts alarm notifications of cdk-realtime',
      enableKeyRotation: true,
      // No stored data is encrypted with it.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    key.addToResourcePolicy(this.allowAlarms(['kms:Decrypt', 'kms:GenerateDataKey*'], ['*']));
    return key;
  }

  /** A statement that allows actions to alarms of this account. */
  private allowAlarms(actions: string | string[], resources: string[]): PolicyStatement {
    return new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: [actions].flat(),
      resources,
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
  }
}
