// Events that functions receive. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
import type { IncomingMessage } from 'node:http';
import { newExtendedRequestId, requestTime } from './ids';

/** The request that opened a connection. */
export interface Handshake {
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly query: Readonly<Record<string, string>>;
  readonly multiValueQuery: Readonly<Record<string, readonly string[]>>;
  readonly sourceIp: string;
  readonly userAgent: string;
}

export function readHandshake(request: IncomingMessage): Handshake {
  const multiValueHeaders: Record<string, string[]> = {};
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(i, i + 2);
    (multiValueHeaders[canonical(name)] ??= []).push(value);
  }
  // API Gateway appends the source address to the headers of the client.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
  const sourceIp = request.socket.remoteAddress?.replace('::ffff:', '') ?? '127.0.0.1';
  multiValueHeaders['X-Forwarded-For'] = [[...(multiValueHeaders['X-Forwarded-For'] ?? []), sourceIp].join(', ')];
  multiValueHeaders['X-Forwarded-Port'] = ['443'];
  multiValueHeaders['X-Forwarded-Proto'] = ['https'];
  const multiValueQuery: Record<string, string[]> = {};
  for (const [name, value] of new URL(request.url ?? '/', 'http://local').searchParams) {
    (multiValueQuery[name] ??= []).push(value);
  }
  return {
    headers: lastOfEach(multiValueHeaders),
    multiValueHeaders,
    query: lastOfEach(multiValueQuery),
    multiValueQuery,
    sourceIp,
    userAgent: request.headers['user-agent'] ?? '',
  };
}

/** Properties that all events of a connection share. */
export interface ConnectionFacts {
  readonly apiId: string;
  readonly stage: string;
  readonly region: string;
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly handshake: Handshake;
}

/** Properties of one event. */
export interface EventFacts {
  readonly eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT';
  readonly routeKey: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Result of the authorizer. @default - none */
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

/** `requestContext` of one event. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html */
export function requestContext(
  facts: ConnectionFacts,
  { eventType, routeKey, now, authorizer }: EventFacts,
): Record<string, unknown> & { readonly requestId: string } {
  const { apiId, stage, region, connectionId, connectedAt, handshake } = facts;
  const requestId = newExtendedRequestId();
  return {
    routeKey,
    authorizer,
    messageId: eventType === 'MESSAGE' ? newExtendedRequestId() : undefined,
    eventType,
    extendedRequestId: requestId,
    requestTime: requestTime(now),
    messageDirection: 'IN',
    stage,
    connectedAt,
    requestTimeEpoch: now,
    identity: { sourceIp: handshake.sourceIp, userAgent: handshake.userAgent },
    requestId,
    domainName: `${apiId}.execute-api.${region}.amazonaws.com`,
    connectionId,
    apiId,
  };
}

/** Headers and query of the events of `$connect` and its authorizer. */
export function handshakeFields(handshake: Handshake): Record<string, unknown> {
  const hasQuery = Object.keys(handshake.query).length > 0;
  return {
    headers: handshake.headers,
    multiValueHeaders: handshake.multiValueHeaders,
    queryStringParameters: hasQuery ? handshake.query : undefined,
    multiValueQueryStringParameters: hasQuery ? handshake.multiValueQuery : undefined,
  };
}

/** Headers of the event of `$disconnect`: API Gateway passes these four only. */
export function disconnectHeaders(handshake: Handshake): Record<string, unknown> {
  const { Host = '', 'X-Forwarded-For': forwardedFor = '' } = handshake.headers;
  const headers = { Host, 'x-api-key': '', 'X-Forwarded-For': forwardedFor, 'x-restapi': '' };
  const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { headers, multiValueHeaders };
}

/** A message of API Gateway itself to a client. */
export function gatewayMessage(message: string, connectionId: string, requestId: string): string {
  return JSON.stringify({ message, connectionId, requestId });
}

/** Header name in the capitalization that functions receive, such as `Sec-WebSocket-Protocol`. */
function canonical(name: string): string {
  const known = name.toLowerCase();
  if (known.startsWith('sec-websocket-')) return `Sec-WebSocket-${capitalized(known.slice('sec-websocket-'.length))}`;
  return known.split('-').map(capitalized).join('-');
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function lastOfEach(values: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1) ?? '']));
}
