import type { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { type IAccessLogSettings, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** How a stage logs. */
export interface AccessLogOptions {
  readonly enabled: boolean;
  readonly retention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * A stage's access log: a JSON object a line, of the named `$context` variables. Tokens never stand in it.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 */
export function accessLog(
  scope: Construct,
  options: AccessLogOptions,
  variables: readonly string[],
): IAccessLogSettings | undefined {
  if (!options.enabled) return undefined;
  const { retention, removalPolicy } = options;
  const logGroup = new LogGroup(scope, 'AccessLogs', { retention, removalPolicy });
  const fields = Object.fromEntries(variables.map((name) => [name.replaceAll('.', '_'), `$context.${name}`]));
  return { destination: new LogGroupLogDestination(logGroup), format: AccessLogFormat.custom(JSON.stringify(fields)) };
}
