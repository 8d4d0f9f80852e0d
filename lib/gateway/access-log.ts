import type { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { type IAccessLogSettings, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** How stages log. */
export interface AccessLogOptions {
  /** Whether they log at all. */
  readonly enabled: boolean;
  /** How long the log is kept. */
  readonly retention: RetentionDays;
  /** What becomes of the log when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/** Props of {@link AccessLog}. */
export interface AccessLogProps extends AccessLogOptions {
  /** Names of `$context` variables. */
  readonly variables: string[];
}

/**
 * A stage's access log: a JSON object a line, of the named `$context` variables. Tokens never stand in it.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 */
export class AccessLog extends Construct {
  /** What the stage takes; empty when it does not log. */
  public readonly stageOptions: { readonly accessLogSettings?: IAccessLogSettings };

  public constructor(scope: Construct, id: string, props: AccessLogProps) {
    super(scope, id);
    if (!props.enabled) {
      this.stageOptions = {};
      return;
    }
    const { retention, removalPolicy, variables } = props;
    const logGroup = new LogGroup(this, 'Resource', { retention, removalPolicy });
    const fields = Object.fromEntries(variables.map((name) => [name.replaceAll('.', '_'), `$context.${name}`]));
    const format = AccessLogFormat.custom(JSON.stringify(fields));
    this.stageOptions = { accessLogSettings: { destination: new LogGroupLogDestination(logGroup), format } };
  }
}
