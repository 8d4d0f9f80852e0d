import type { AwsResponse } from '../../types';

/** An error as Lambda returns it. */
export function lambdaError(status: number, name: string, message: string): AwsResponse {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': name };
  return { status, headers, body: JSON.stringify({ Type: 'User', Message: message }) };
}
