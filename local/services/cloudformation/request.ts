import type { AwsRequest } from '../../types';

/** Parameters of a call of the query protocol: the body of a POST, or the query of a GET. */
export function parametersOf({ body, query }: Pick<AwsRequest, 'body' | 'query'>): URLSearchParams {
  return body.length === 0 ? query : new URLSearchParams(body.toString('utf8'));
}
