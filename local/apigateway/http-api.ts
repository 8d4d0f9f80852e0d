// HTTP APIs with Lambda proxy integrations, payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gateway } from './gateway';
import { newExtendedRequestId, requestTime } from './ids';
import { TokenBucket } from './limits';
import type { ApiModel, Cors, Route, Stage } from './model';
import { renderContext } from './templates';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body: string | Buffer;
}

interface RouteMatch {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/** All HTTP APIs of one region. */
export class HttpGateway {
  private readonly stages = new Map<Stage, TokenBucket>();

  public constructor(private readonly gateway: Gateway) {}

  /** @param path what follows the API's (and stage's) part of the URL, without the query */
  public async handle(
    api: ApiModel,
    stage: Stage,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const origin = request.headers.origin;
    const cors = api.cors === undefined || origin === undefined ? {} : corsHeaders(api.cors, origin);
    const answer = await this.answer(api, stage, path, request);
    const headers = { ...answer.headers, ...cors, 'apigw-requestid': newExtendedRequestId() };
    response.writeHead(answer.status, { ...headers, ...(answer.cookies ? { 'set-cookie': [...answer.cookies] } : {}) });
    response.end(answer.body);
  }

  private async answer(api: ApiModel, stage: Stage, path: string, request: IncomingMessage): Promise<Answer> {
    if (!this.gateway.requests.take() || !this.bucket(stage).take()) return message(429, 'Too Many Requests');
    const method = request.method ?? 'GET';
    if (method === 'OPTIONS' && api.cors !== undefined) return { status: 204, headers: {}, body: '' };
    const match = matchRoute(api, method, path);
    if (match === undefined) return message(404, 'Not Found');
    const body = await readBody(request, this.gateway.limits.httpBytes);
    if (body === undefined) return message(413, 'Request Entity Too Large');
    const event = this.event(api, stage, path, match, request, body);
    const answer = await this.invoke(api, match.route, event);
    if (stage.accessLogFormat !== undefined) {
      const { http } = event.requestContext;
      const context = {
        ...event.requestContext,
        httpMethod: method,
        path,
        status: answer.status,
        identity: { sourceIp: http.sourceIp },
      };
      this.gateway.info(api.id, renderContext(stage.accessLogFormat, context));
    }
    return answer;
  }

  private async invoke(api: ApiModel, route: Route, event: object): Promise<Answer> {
    const integration = api.integrations.get(route.integrationId ?? '');
    if (integration === undefined) return message(500, 'Internal Server Error');
    try {
      const { limits, invoker } = this.gateway;
      // HTTP APIs wait up to 30 seconds.
      const timeout = Math.min(integration.timeout ?? 30_000, limits.integrationTimeout + 1_000);
      const result = await this.gateway.withTimeout(invoker.invoke(integration.functionArn ?? '', event), timeout);
      if (result.throttled === true) return message(503, 'Service Unavailable');
      if (result.error !== undefined) return message(500, 'Internal Server Error');
      return fromResult(result.payload);
    } catch (error) {
      this.gateway.error(api.id, `route ${route.key} failed`, error);
      return message(503, 'Service Unavailable');
    }
  }

  private event(
    api: ApiModel,
    stage: Stage,
    path: string,
    { route, parameters }: RouteMatch,
    request: IncomingMessage,
    body: Buffer,
  ) {
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
    return {
      version: '2.0',
      routeKey: route.key,
      rawPath: path,
      rawQueryString: url.search.slice(1),
      ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
      headers,
      ...(url.search === '' ? {} : { queryStringParameters: query }),
      ...(Object.keys(parameters).length === 0 ? {} : { pathParameters: parameters }),
      requestContext: {
        accountId: this.gateway.accountId,
        apiId: api.id,
        domainName: `${api.id}.execute-api.${this.gateway.region}.amazonaws.com`,
        domainPrefix: api.id,
        http: {
          method: request.method ?? 'GET',
          path,
          protocol: 'HTTP/1.1',
          sourceIp: request.socket.remoteAddress?.replace('::ffff:', '') ?? '127.0.0.1',
          userAgent: headers['user-agent'] ?? '',
        },
        requestId: newExtendedRequestId(),
        routeKey: route.key,
        stage: stage.name,
        time: requestTime(now),
        timeEpoch: now,
      },
      ...(body.length === 0 ? {} : { body: isText ? body.toString('utf8') : body.toString('base64') }),
      isBase64Encoded: !isText,
    };
  }

  private bucket(stage: Stage): TokenBucket {
    let bucket = this.stages.get(stage);
    if (bucket === undefined) {
      const { clock, limits } = this.gateway;
      bucket = new TokenBucket(clock, stage.rateLimit ?? limits.requestRate, stage.burstLimit ?? limits.requestBurst);
      this.stages.set(stage, bucket);
    }
    return bucket;
  }
}

/** The most specific route: full match, then `{proxy+}`, then `$default`; a method before `ANY`. */
export function matchRoute(api: ApiModel, method: string, path: string): RouteMatch | undefined {
  const candidates = [...api.routes.values()].flatMap((route) => {
    const [routeMethod = '', template = ''] = route.key.split(' ');
    if (routeMethod !== method && routeMethod !== 'ANY') return [];
    const parameters = matchPath(template, path);
    if (parameters === undefined) return [];
    const rank = (template.includes('+}') ? 100 : template.split('{').length - 1) + (routeMethod === 'ANY' ? 0.5 : 0);
    return [{ route, parameters, rank }];
  });
  const [best] = candidates.sort((a, b) => a.rank - b.rank);
  if (best !== undefined) return best;
  const fallback = api.routeByKey('$default');
  return fallback === undefined ? undefined : { route: fallback, parameters: {} };
}

function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const parameters: Record<string, string> = {};
  const wanted = template.split('/');
  const given = path.split('/');
  for (const [i, part] of wanted.entries()) {
    const [, name = '', plus] = /^\{(.+?)(\+?)\}$/.exec(part) ?? [];
    if (plus === '+') {
      const rest = given.slice(i).join('/');
      return rest === '' ? undefined : { ...parameters, [name]: rest };
    }
    const value = given[i];
    if (value === undefined || (name === '' ? value !== part : value === '')) return undefined;
    if (name !== '') parameters[name] = decodeURIComponent(value);
  }
  return given.length === wanted.length ? parameters : undefined;
}

/** A function may answer with a structured result, or with anything, which then is the JSON body. */
function fromResult(payload: unknown): Answer {
  const json = { 'content-type': 'application/json' };
  if (typeof payload !== 'object' || payload === null || !('statusCode' in payload)) {
    return {
      status: 200,
      headers: json,
      body: typeof payload === 'string' ? payload : JSON.stringify(payload ?? null),
    };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = payload as {
    statusCode: number | string;
    headers?: Record<string, string | number | boolean>;
    cookies?: string[];
    body?: string;
    isBase64Encoded?: boolean;
  };
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return message(500, 'Internal Server Error');
  const texts = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const bytes = isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? '');
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...texts },
    ...(cookies ? { cookies } : {}),
    body: bytes,
  };
}

function message(status: number, text: string): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: text }) };
}

function isTextType(contentType: string): boolean {
  return /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded|[^;]+\+(json|xml)))/.test(contentType);
}

function corsHeaders(cors: Cors, origin: string): Record<string, string> {
  const any = cors.allowOrigins.includes('*');
  if (!any && !cors.allowOrigins.includes(origin)) return {};
  const list = (name: string, values: readonly string[]): Record<string, string> =>
    values.length === 0 ? {} : { [name]: values.join(',') };
  return {
    'access-control-allow-origin': any && !cors.allowCredentials ? '*' : origin,
    ...list('access-control-allow-methods', cors.allowMethods),
    ...list('access-control-allow-headers', cors.allowHeaders),
    ...list('access-control-expose-headers', cors.exposeHeaders),
    ...(cors.maxAge === undefined ? {} : { 'access-control-max-age': String(cors.maxAge) }),
    ...(cors.allowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
  };
}

/** The body, or undefined when it is larger than the limit. */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : Buffer.concat(chunks);
}
