import { Names } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Longest name of an API. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html */
const MAX_LENGTH = 128;

/** A name that tells an API from those of other stacks and backends, in the console and in the CDK's own lists. */
export function apiNameOf(gateway: Construct): string {
  return Names.uniqueResourceName(gateway, { maxLength: MAX_LENGTH, separator: '-' });
}
