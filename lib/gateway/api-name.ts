import { Names } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Maximum length of an API's name. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html */
const MAX_LENGTH = 128;

/** Default name of an API: unique among the stacks and backends of an app, so that the console shows which is which. */
export function apiNameOf(gateway: Construct): string {
  return Names.uniqueResourceName(gateway, { maxLength: MAX_LENGTH, separator: '-' });
}
