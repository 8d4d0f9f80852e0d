// The @connections API. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
import type { AwsRequest, AwsResponse } from '../../types';
import type { Connection } from './connection';
import type { Gateway } from './gateway';
import { newRequestId } from './ids';
import type { ApiModel } from './model';

/** Path of a call: API, stage and connection. */
export const CALLBACK_PATH = /^\/execute-api\/([^/]+)\/([^/]+)\/(?:@|%40)connections\/([^/]+)$/i;
/** Format of connection ids. Any other id is a bad request (400), not a gone connection (410). */
const CONNECTION_ID = /^[A-Za-z0-9_-]{8,32}={0,2}$/;

/** Answers a call of `PostToConnection`, `GetConnection` or `DeleteConnection`. */
export async function handleCallback(
  gateway: Gateway,
  apis: ReadonlyMap<string, ApiModel>,
  connections: ReadonlyMap<string, Connection>,
  request: AwsRequest,
): Promise<AwsResponse> {
  const [, apiId = '', stage = '', encodedId = ''] = CALLBACK_PATH.exec(request.path) ?? [];
  const id = decoded(encodedId);
  // Unsigned calls and calls of an unknown API or stage are forbidden.
  const signed = request.headers.authorization?.startsWith('AWS4-HMAC-SHA256') === true;
  if (!signed || apis.get(apiId)?.stages.has(stage) !== true) return failure(403, 'ForbiddenException', 'Forbidden');
  if (!gateway.requests.take()) return limitExceeded();
  switch (gateway.faults.callbacks.get(id)) {
    case 'gone':
      return gone();
    case 'throttled':
      return limitExceeded();
    case 'forbidden':
      return failure(403, 'ForbiddenException', 'Forbidden');
    case 'stuck':
      return new Promise(() => undefined);
    case undefined:
  }
  if (!CONNECTION_ID.test(id)) return failure(400, 'BadRequestException', `Invalid connectionId: ${id}`);
  const connection = connections.get(id);
  // A connection of another API or stage is as unknown as a closed one.
  if (connection?.facts.apiId !== apiId || connection.facts.stage !== stage || connection.isClosing) return gone();
  switch (request.method) {
    case 'POST':
      return post(gateway, connection, request.body);
    case 'GET':
      return json(200, describe(connection));
    case 'DELETE':
      connection.close(1000, 'Connection closed');
      return { status: 204 };
    default:
      return failure(405, 'BadRequestException', `${request.method} is not a method of @connections`);
  }
}

/** Decodes a path segment. A malformed one is returned unchanged: it matches no connection id. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function post(gateway: Gateway, connection: Connection, body: Buffer): AwsResponse {
  if (body.length > gateway.limits.messageBytes) {
    return failure(413, 'PayloadTooLargeException', 'Message too long');
  }
  if (!connection.send(body)) return limitExceeded();
  gateway.sent(connection.facts.apiId, 'PostToConnection', body.length);
  return json(200, {});
}

function describe(connection: Connection): object {
  const { connectedAt, handshake } = connection.facts;
  return {
    connectedAt: new Date(connectedAt).toISOString(),
    identity: { sourceIp: handshake.sourceIp, userAgent: handshake.userAgent },
    lastActiveAt: new Date(connection.lastActiveAt).toISOString(),
  };
}

function gone(): AwsResponse {
  return failure(410, 'GoneException', 'Gone');
}

/** https://docs.aws.amazon.com/apigatewaymanagementapi/latest/reference/connections-connectionid.html */
function limitExceeded(): AwsResponse {
  return failure(429, 'LimitExceededException', 'Too Many Requests');
}

function failure(status: number, name: string, message: string): AwsResponse {
  return {
    ...json(status, { message, requestId: newRequestId() }),
    headers: { ...JSON_TYPE, 'x-amzn-errortype': name },
  };
}

function json(status: number, body: object): AwsResponse {
  return { status, headers: JSON_TYPE, body: JSON.stringify(body) };
}

const JSON_TYPE = { 'content-type': 'application/json' } as const;
