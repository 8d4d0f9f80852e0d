import type { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { type IAccessLogSettings, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Access log options of the stages. */
export interface AccessLogOptions {
  /** Whether stages write access logs. */
  readonly enabled: boolean;
  /** How long logs are kept. */
  readonly retention: RetentionDays;
  /** Removal policy of the log groups. */
  readonly removalPolicy: RemovalPolicy;
}

/** Props of {@link AccessLog}. */
export interface AccessLogProps extends AccessLogOptions {
  /** Names of the `$context` variables to log. */
  readonly variables: string[];
}

/**
 * Access log of a stage: one JSON object a line, with the named `$context` variables. None of them contains a token.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 */
export class AccessLog extends Construct {
  /** Settings of the stage; undefined when it writes no access log. */
  public readonly settings?: IAccessLogSettings;

  public constructor(scope: Construct, id: string, props: AccessLogProps) {
    super(scope, id);
    if (!props.enabled) return;
    const { retention, removalPolicy, variables } = props;
    const logGroup = new LogGroup(this, 'Resource', { retention, removalPolicy });
    const fields = Object.fromEntries(variables.map((name) => [name.replaceAll('.', '_'), `$context.${name}`]));
    const format = AccessLogFormat.custom(JSON.stringify(fields));
    this.settings = { destination: new LogGroupLogDestination(logGroup), format };
  }
}
