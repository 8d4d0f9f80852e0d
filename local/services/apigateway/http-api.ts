// HTTP APIs with Lambda proxy integrations, payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
import type { IncomingMessage, ServerResponse } from 'node:http';
import { corsHeaders, withoutCorsHeaders } from './cors';
import type { Gateway } from './gateway';
import { type Answer, fromResult, message } from './http-answer';
import { matchRoute, type RouteMatch } from './http-routing';
import { newExtendedRequestId, requestTime } from './ids';
import type { ApiModel, Route, Stage } from './model';
import { renderContext } from './templates';

/** Maximum integration timeout of HTTP APIs. Milliseconds. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_TIMEOUT = 30_000;

/** A request to a stage of an HTTP API. */
export interface HttpCall {
  readonly api: ApiModel;
  readonly stage: Stage;
  /** Path after the API and the stage, without the query. */
  readonly path: string;
  readonly request: IncomingMessage;
}

/** All HTTP APIs of one region. */
export class HttpGateway {
  public constructor(private readonly gateway: Gateway) {}

  public async handle(call: HttpCall, response: ServerResponse): Promise<void> {
    const { api, stage, request } = call;
    const isTaken = this.gateway.takeRequest(stage);
    const { answer, received = 0 } = isTaken ? await this.answer(call) : { answer: message(429, 'Too Many Requests') };
    const { status, headers, cookies, body } = answer;
    // Throttled requests are free.
    if (isTaken) this.gateway.answered(api.id, request.method ?? 'GET', received, Buffer.byteLength(body));
    const all =
      api.cors === undefined
        ? headers
        : { ...withoutCorsHeaders(headers), ...corsHeaders(api.cors, request.method ?? 'GET', request.headers) };
    response.writeHead(status, {
      ...all,
      'apigw-requestid': newExtendedRequestId(),
      ...(cookies === undefined ? {} : { 'set-cookie': [...cookies] }),
    });
    response.end(body);
  }

  private async answer({
    api,
    stage,
    path,
    request,
  }: HttpCall): Promise<{ readonly answer: Answer; readonly received?: number }> {
    const method = request.method ?? 'GET';
    // API Gateway answers preflight requests itself, even when an OPTIONS route exists.
    if (method === 'OPTIONS' && api.cors !== undefined) return { answer: { status: 204, headers: {}, body: '' } };
    let match: RouteMatch | undefined;
    let decodedPath: string;
    try {
      decodedPath = decodeURIComponent(path);
      match = matchRoute(api, method, path);
    } catch {
      return { answer: message(400, 'Bad Request') };
    }
    if (match === undefined) return { answer: message(404, 'Not Found') };
    const body = await readBody(request, this.gateway.limits.httpBytes);
    if (body === undefined) return { answer: message(413, 'Request Entity Too Large') };
    // Functions receive the decoded path, prefixed by the name of a named stage.
    const rawPath = stage.name === '$default' ? decodedPath : `/${stage.name}${decodedPath}`;
    const event = this.event({ api, stage, path: rawPath, request }, match, body);
    const answer = await this.invoke(api, match.route, event);
    this.accessLog(api, stage, { ...event.requestContext, status: answer.status });
    return { answer, received: body.length };
  }

  private accessLog(
    api: ApiModel,
    stage: Stage,
    context: {
      http: { method: string; path: string; sourceIp: string; userAgent: string; protocol: string };
      status: number;
    },
  ): void {
    if (stage.accessLogFormat === undefined) return;
    const { method, path, sourceIp, userAgent, protocol } = context.http;
    const variables = { ...context, httpMethod: method, path, protocol, identity: { sourceIp, userAgent } };
    this.gateway.logAccess(api.id, renderContext(stage.accessLogFormat, variables));
  }

  private async invoke(api: ApiModel, route: Route, event: object): Promise<Answer> {
    const integration = api.integrations.get(route.integrationId ?? '');
    if (integration === undefined) return message(500, 'Internal Server Error');
    try {
      const { limits, invoker } = this.gateway;
      const timeout = Math.min(integration.timeout ?? MAX_TIMEOUT, limits.integrationTimeout + 1_000);
      const result = await this.gateway.withTimeout(invoker.invoke(integration.functionArn ?? '', event), timeout);
      if (result.tooLarge === true) return message(413, 'Request Entity Too Large');
      if (result.throttled === true) return message(503, 'Service Unavailable');
      if (result.error !== undefined) return message(500, 'Internal Server Error');
      return fromResult(result.payload);
    } catch (error) {
      this.gateway.error(api.id, `route ${route.key} failed`, error);
      return message(503, 'Service Unavailable');
    }
  }

  private event({ api, stage, path, request }: HttpCall, { route, parameters }: RouteMatch, body: Buffer) {
    const now = this.gateway.clock.now();
    const url = new URL(request.url ?? '/', 'http://local');
    const { cookie, ...others } = request.headers;
    const headers = Object.fromEntries(
      Object.entries(others).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')]),
    );
    const query: Record<string, string> = {};
    for (const [name, value] of url.searchParams)
      query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
    const isText = isTextType(headers['content-type'] ?? '') || body.length === 0;
    const sourceIp = request.socket.remoteAddress?.replace('::ffff:', '') ?? '127.0.0.1';
    return {
      version: '2.0',
      routeKey: route.key,
      rawPath: path,
      rawQueryString: url.search.slice(1),
      cookies: cookie?.split('; '),
      headers: {
        ...headers,
        'x-forwarded-for': [headers['x-forwarded-for'] ?? [], sourceIp].flat().join(', '),
        'x-forwarded-port': '443',
        'x-forwarded-proto': 'https',
      },
      queryStringParameters: url.search === '' ? undefined : query,
      pathParameters: Object.keys(parameters).length === 0 ? undefined : parameters,
      requestContext: {
        accountId: this.gateway.accountId,
        apiId: api.id,
        domainName: `${api.id}.execute-api.${this.gateway.region}.amazonaws.com`,
        domainPrefix: api.id,
        http: {
          method: request.method ?? 'GET',
          path,
          protocol: 'HTTP/1.1',
          sourceIp,
          userAgent: headers['user-agent'] ?? '',
        },
        requestId: newExtendedRequestId(),
        routeKey: route.key,
        stage: stage.name,
        time: requestTime(now),
        timeEpoch: now,
      },
      body: body.length === 0 ? undefined : body.toString(isText ? 'utf8' : 'base64'),
      isBase64Encoded: !isText,
    };
  }
}

function isTextType(contentType: string): boolean {
  return /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded|[^;]+\+(json|xml)))/.test(contentType);
}

/** Reads the body; undefined when it is larger than the limit. */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : Buffer.concat(chunks);
}
