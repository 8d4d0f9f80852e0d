// Reads one HTTP request as a call of an emulated AWS API: which service it is for, and which operation.
import type { IncomingMessage } from 'node:http';
import type { AwsCall } from '../faults/call-hooks';
import { parametersOf } from '../services/cloudformation/request';
import { type Caller, callerOf } from '../services/iam/access';
import type { AuthorizedService } from '../services/iam/rights';
import type { AwsRequest } from '../types';

/** `X-Amz-Target` prefixes to services. */
const TARGETS: Readonly<Record<string, AuthorizedService>> = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  secretsmanager: 'secrets',
};

/** A request to an emulated AWS API, read completely. */
export interface ReceivedCall {
  /** Undefined when the local cloud does not emulate the service. */
  readonly service: AuthorizedService | undefined;
  /** Function that made the call; undefined for every other caller. */
  readonly caller: Caller | undefined;
  readonly request: AwsRequest;
  /** Names of service and operation for hooks and for the meter. */
  readonly names: AwsCall;
}

/** Whether a path belongs to the `@connections` API. */
export function isCallbackPath(path: string): boolean {
  return /^\/execute-api\/[^/]+\/[^/]+\/(?:@|%40)connections\//i.test(path);
}

/** Path and query string of a request URL. */
export function splitUrl(url = '/'): { readonly path: string; readonly query: string } {
  const [path = '/', ...rest] = url.split('?');
  return { path, query: rest.join('?') };
}

/** Reads the body and determines service, operation and caller. */
export async function readCall(incoming: IncomingMessage): Promise<ReceivedCall> {
  const { headers, method = 'GET' } = incoming;
  const { path, query: search } = splitUrl(incoming.url);
  const target = headers['x-amz-target'];
  const [prefix = '', targetOperation = ''] = typeof target === 'string' ? target.split('.') : [];
  const body = await readBody(incoming);
  const service = isCallbackPath(path) ? 'apigateway' : serviceOf(prefix, headers.authorization, path);
  const query = new URLSearchParams(search);
  const action = service === 'cloudformation' ? parametersOf({ body, query }).get('Action') : null;
  const operation = action ?? targetOperation;
  return {
    service,
    caller: callerOf(headers.authorization),
    request: { method, path, query, headers, body, json: parsedOnce(body), operation },
    names: { service: service ?? prefix, operation: operation === '' ? method : operation },
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Authorization and the service both read the body: it is parsed once. */
function parsedOnce(body: Buffer): () => unknown {
  let parsed: { readonly value: unknown } | undefined;
  return () => (parsed ??= { value: JSON.parse(body.toString('utf8')) as unknown }).value;
}

function serviceOf(prefix: string, authorization: string | undefined, path: string): AuthorizedService | undefined {
  if (Object.hasOwn(TARGETS, prefix)) return TARGETS[prefix];
  const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(authorization ?? '')?.[1];
  if (scope === 'cloudformation') return scope;
  return scope === 'lambda' || /^\/2015-03-31\/functions(?:\/|$)/.test(path) ? 'lambda' : undefined;
}
