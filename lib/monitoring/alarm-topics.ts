import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { AlarmSeverity } from '../alarm-severity';
import type { RealtimeAlarmTopics } from '../realtime-alarms';

/** Props of {@link SeverityTopics}. */
export interface SeverityTopicsProps {
  /** Topics that are there already. */
  readonly given: RealtimeAlarmTopics;
}

/** Where alarms go, by severity: topics that were given, and for the others topics of its own, made when they are asked for. */
export class SeverityTopics extends Construct {
  private readonly topics: Partial<Record<AlarmSeverity, ITopic>>;
  private key?: Key;

  public constructor(scope: Construct, id: string, props: SeverityTopicsProps) {
    super(scope, id);
    const { p1, p2, p3 } = props.given;
    this.topics = {
      ...(p1 === undefined ? {} : { [AlarmSeverity.P1]: p1 }),
      ...(p2 === undefined ? {} : { [AlarmSeverity.P2]: p2 }),
      ...(p3 === undefined ? {} : { [AlarmSeverity.P3]: p3 }),
    };
  }

  /** The topic of a severity. */
  public topic(severity: AlarmSeverity): ITopic {
    return (this.topics[severity] ??= this.make(severity));
  }

  private make(severity: AlarmSeverity): ITopic {
    // CloudWatch can't use the key that AWS manages for SNS, so topics that are encrypted need one of ours.
    this.key ??= this.makeKey();
    const topic = new Topic(this, severity, { masterKey: this.key, enforceSSL: true });
    // A policy of its own takes the place of the default one, which would have let alarms in.
    topic.addToResourcePolicy(this.letAlarms('sns:Publish', [topic.topicArn]));
    return topic;
  }

  /** Without this right of CloudWatch, notifications are lost, and only the alarm's history tells. */
  private makeKey(): Key {
    const key = new Key(this, 'Key', {
      description: 'Encrypts what cdk-realtime’s alarms tell',
      enableKeyRotation: true,
      // Nothing is stored under it.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    key.addToResourcePolicy(this.letAlarms(['kms:Decrypt', 'kms:GenerateDataKey*'], ['*']));
    return key;
  }

  /** Lets alarms of this account do something. */
  private letAlarms(actions: string | string[], resources: string[]): PolicyStatement {
    return new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: [actions].flat(),
      resources,
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
  }
}
