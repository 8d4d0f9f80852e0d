// WebSocket APIs: connect, messages, disconnect.
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { Connection } from './connection';
import { type ConnectionFacts, gatewayMessage, handshakeFields, readHandshake, requestContext } from './events';
import { FrameWatcher } from './frame-watcher';
import type { Gateway } from './gateway';
import { newConnectionId, newRequestId } from './ids';
import { TokenBucket } from './limits';
import type { ApiModel, Integration, Route, Stage } from './model';
import { allowsInvoke } from './policy';
import { renderContext } from './templates';

/** How long a client has to answer when the local cloud stops. Milliseconds. */
const GOODBYE = 500;

/** Why an upgrade is refused: an HTTP status and API Gateway's words. */
class Refusal extends Error {
  public constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** All WebSocket connections of one region. */
export class WebSocketGateway {
  public readonly connections = new Map<string, Connection>();
  /** One for each connection: resolves when its `$disconnect` has run. */
  private readonly endings = new Set<Promise<void>>();
  private readonly connects: TokenBucket;
  private readonly stages = new Map<Stage, TokenBucket>();
  private readonly server: WebSocketServer;
  /** The subprotocol that `$connect` chose, while its upgrade is being answered. */
  private readonly accepted = new WeakMap<IncomingMessage, string | undefined>();

  public constructor(private readonly gateway: Gateway) {
    const { clock, limits } = gateway;
    this.connects = new TokenBucket(clock, limits.connectRate, limits.connectBurst);
    this.server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: limits.messageBytes,
      // What `$connect` answered, and nothing that it did not.
      handleProtocols: (_offered, request) => this.accepted.get(request) ?? false,
    });
  }

  /** Answers an upgrade, after authorizer and `$connect` had their say: before that, no client is accepted. */
  public async upgrade(
    api: ApiModel,
    stageName: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const gone = new AbortController();
    const onError = (): void => {
      gone.abort();
    };
    socket.on('error', onError);
    try {
      const stage = api.stages.get(stageName);
      if (stage === undefined) throw new Refusal(403, 'Forbidden');
      if (!this.connects.take()) throw new Refusal(429, 'Too Many Requests');
      const connection = await this.connect(api, stage, request);
      if (gone.signal.aborted) return;
      socket.off('error', onError);
      this.accepted.set(request, connection.subprotocol);
      this.server.handleUpgrade(request, socket, head, (webSocket) => {
        this.open(api, stage, connection.facts, connection.authorizer, webSocket, socket);
      });
    } catch (error) {
      if (!(error instanceof Refusal)) this.gateway.error(api.id, 'connect failed', error);
      refuse(socket, error instanceof Refusal ? error : new Refusal(500, 'Internal server error'));
    }
  }

  private async connect(
    api: ApiModel,
    stage: Stage,
    request: IncomingMessage,
  ): Promise<{ facts: ConnectionFacts; authorizer?: Record<string, unknown>; subprotocol?: string }> {
    const { clock, region } = this.gateway;
    const facts: ConnectionFacts = {
      ...{ apiId: api.id, stage: stage.name, region, connectedAt: clock.now() },
      connectionId: newConnectionId(),
      handshake: readHandshake(request),
    };
    const route = api.routeByKey('$connect');
    if (route === undefined) return { facts };
    const authorizer = await this.authorize(api, route, facts);
    const context = requestContext(facts, 'CONNECT', '$connect', clock.now(), authorizer);
    const event = { ...handshakeFields(facts.handshake), requestContext: context, isBase64Encoded: false };
    const result = await this.invokeRoute(api, route, event, facts);
    const { statusCode = 200, headers = {} } = (result ?? {}) as {
      statusCode?: number;
      headers?: Record<string, string>;
    };
    this.accessLog(api, stage, { ...context, status: statusCode });
    if (statusCode < 200 || statusCode > 299) throw new Refusal(statusCode, STATUS_CODES[statusCode] ?? 'Error');
    const [, subprotocol] =
      Object.entries(headers).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol') ?? [];
    return {
      facts,
      ...(authorizer === undefined ? {} : { authorizer }),
      ...(subprotocol === undefined ? {} : { subprotocol }),
    };
  }

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html */
  private async authorize(
    api: ApiModel,
    route: Route,
    facts: ConnectionFacts,
  ): Promise<Record<string, unknown> | undefined> {
    const authorizer = api.authorizers.get(route.authorizerId ?? '');
    if (authorizer === undefined) return undefined;
    const { handshake, stage } = facts;
    if (!authorizer.identitySources.every((source) => hasIdentity(source, handshake)))
      throw new Refusal(401, 'Unauthorized');
    const { region, accountId, clock, invoker } = this.gateway;
    const methodArn = `arn:aws:execute-api:${region}:${accountId}:${api.id}/${stage}/$connect`;
    const result = await invoker.invoke(authorizer.functionArn, {
      ...{ type: 'REQUEST', methodArn, stageVariables: {} },
      ...handshakeFields(handshake),
      requestContext: requestContext(facts, 'CONNECT', '$connect', clock.now(), undefined),
    });
    if (result.error?.errorMessage === 'Unauthorized') throw new Refusal(401, 'Unauthorized');
    if (result.error !== undefined || result.throttled === true) throw new Refusal(500, 'Internal server error');
    const {
      principalId,
      policyDocument,
      context = {},
    } = (result.payload ?? {}) as {
      principalId?: string;
      policyDocument?: unknown;
      context?: Record<string, string | number | boolean>;
    };
    if (principalId === undefined || policyDocument === undefined) throw new Refusal(500, 'Internal server error');
    if (!allowsInvoke(policyDocument, methodArn)) {
      throw new Refusal(403, 'User is not authorized to access this resource');
    }
    // Numbers and booleans arrive as texts. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-output.html
    const texts = Object.entries(context).map(([name, value]) => [name, String(value)] as const);
    return { principalId, integrationLatency: 0, ...Object.fromEntries(texts) };
  }

  private open(
    api: ApiModel,
    stage: Stage,
    facts: ConnectionFacts,
    authorizer: Record<string, unknown> | undefined,
    webSocket: WebSocket,
    socket: Duplex,
  ): void {
    const { clock, limits } = this.gateway;
    const connection = new Connection(facts, authorizer, webSocket, clock, limits);
    this.connections.set(connection.id, connection);
    const watcher = new FrameWatcher(limits.frameBytes, () => {
      connection.close(1009, 'Message too long');
    });
    socket.on('data', (chunk: Buffer) => {
      watcher.feed(chunk);
    });
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) connection.close(1003, 'Unsupported data');
      else void this.message(api, stage, connection, data.toString('utf8'));
    });
    // ws has closed the socket with the right code by the time it reports an error.
    webSocket.on('error', () => undefined);
    const ending = new Promise<void>((resolve) => {
      webSocket.on('close', (code, reason) => {
        this.connections.delete(connection.id);
        void this.disconnect(api, stage, connection, connection.closed(code, reason.toString('utf8'))).finally(resolve);
      });
    }).finally(() => this.endings.delete(ending));
    this.endings.add(ending);
  }

  /** Frames of one connection are handled as they come, at once: API Gateway promises no order between them. */
  private async message(api: ApiModel, stage: Stage, connection: Connection, body: string): Promise<void> {
    const { clock, requests } = this.gateway;
    connection.touch();
    const reply = (text: string): void => {
      connection.send(text);
    };
    if (!requests.take() || !this.stageBucket(stage).take()) {
      reply(gatewayMessage('Too Many Requests', connection.id));
      return;
    }
    const route = selectRoute(api, body);
    if (route === undefined) {
      reply(gatewayMessage('Forbidden', connection.id));
      return;
    }
    const context = requestContext(connection.facts, 'MESSAGE', route.key, clock.now(), connection.authorizer);
    try {
      const event = { requestContext: context, body, isBase64Encoded: false };
      const result = await this.invokeRoute(api, route, event, connection.facts);
      this.accessLog(api, stage, { ...context, status: 200 });
      const answer = typeof result === 'object' && result !== null ? (result as { body?: unknown }).body : undefined;
      if (route.hasResponse && typeof answer === 'string') reply(answer);
    } catch (error) {
      this.accessLog(api, stage, { ...context, status: 500, integrationErrorMessage: String(error) });
      if (!(error instanceof Refusal)) this.gateway.error(api.id, `route ${route.key} failed`, error);
      reply(gatewayMessage('Internal server error', connection.id));
    }
  }

  /** At best effort, as on AWS; a fault can drop it. */
  private async disconnect(
    api: ApiModel,
    stage: Stage,
    connection: Connection,
    closing: { code: number; reason: string },
  ): Promise<void> {
    const route = api.routeByKey('$disconnect');
    if (route === undefined || this.gateway.faults.dropDisconnects) return;
    const { facts, authorizer } = connection;
    const context = {
      ...requestContext(facts, 'DISCONNECT', '$disconnect', this.gateway.clock.now(), authorizer),
      disconnectStatusCode: closing.code,
      disconnectReason: closing.reason,
    };
    const { Host = '', ...rest } = facts.handshake.headers;
    const headers = { Host, 'x-api-key': '', 'X-Forwarded-For': rest['X-Forwarded-For'] ?? '', 'x-restapi': '' };
    const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    try {
      await this.invokeRoute(
        api,
        route,
        { headers, multiValueHeaders, requestContext: context, isBase64Encoded: false },
        facts,
      );
      this.accessLog(api, stage, { ...context, status: 200 });
    } catch (error) {
      this.gateway.error(api.id, '$disconnect failed', error);
    }
  }

  /** Runs a route's integration and returns what a proxied function returned. */
  private async invokeRoute(api: ApiModel, route: Route, event: object, facts: ConnectionFacts): Promise<unknown> {
    const integration = api.integrations.get(route.integrationId ?? '');
    if (integration === undefined) throw new Error(`route ${route.key} has no integration`);
    if (integration.type === 'MOCK') return this.mock(api, integration, { ...facts, ...event });
    const { limits, invoker } = this.gateway;
    const timeout = Math.min(integration.timeout ?? limits.integrationTimeout, limits.integrationTimeout);
    const result = await this.gateway.withTimeout(invoker.invoke(integration.functionArn ?? '', event), timeout);
    if (result.throttled === true) throw new Error('the function was throttled');
    // The function's own log tells what happened.
    if (result.error !== undefined) throw new Refusal(500, result.error.errorMessage);
    return result.payload;
  }

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html */
  private mock(api: ApiModel, integration: Integration, context: Readonly<Record<string, unknown>>): unknown {
    const responses = api.integrationResponses.get(integration.id) ?? [];
    const response = responses.find(({ key }) => key === '$default');
    const template = response?.templates[response.templateSelection ?? '$default'] ?? '';
    return { body: renderContext(template, context) };
  }

  private stageBucket(stage: Stage): TokenBucket {
    let bucket = this.stages.get(stage);
    if (bucket === undefined) {
      const { clock, limits } = this.gateway;
      bucket = new TokenBucket(clock, stage.rateLimit ?? limits.requestRate, stage.burstLimit ?? limits.requestBurst);
      this.stages.set(stage, bucket);
    }
    return bucket;
  }

  private accessLog(api: ApiModel, stage: Stage, context: Readonly<Record<string, unknown>>): void {
    if (stage.accessLogFormat !== undefined) this.gateway.info(api.id, renderContext(stage.accessLogFormat, context));
  }

  /** Ends every connection; resolves when each one's `$disconnect` has run. */
  public async stop(): Promise<void> {
    for (const connection of this.connections.values()) connection.close(1001, 'Going away');
    const ended = Promise.all(this.endings);
    const impatience = setTimeout(() => {
      for (const client of this.server.clients) client.terminate();
    }, GOODBYE);
    await ended;
    clearTimeout(impatience);
  }
}

/** The route that a message selects: by `$request.body.<path>`, else `$default`. */
function selectRoute(api: ApiModel, body: string): Route | undefined {
  const path = /^\$\{?request\.body\.([^}]+)\}?$/.exec(api.routeSelection)?.[1]?.split('.') ?? [];
  let value: unknown;
  try {
    value = path.reduce<unknown>((level, name) => (level as Record<string, unknown> | null)?.[name], JSON.parse(body));
  } catch {
    // Not JSON: only $default is left.
  }
  const selected = typeof value === 'string' && !value.startsWith('$') ? api.routeByKey(value) : undefined;
  return selected ?? api.routeByKey('$default');
}

function hasIdentity(source: string, handshake: ConnectionFacts['handshake']): boolean {
  const [, kind, name = ''] = /^route\.request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (kind === 'querystring') return (handshake.query[name] ?? '') !== '';
  const header = Object.entries(handshake.headers).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return kind === 'header' && (header?.[1] ?? '') !== '';
}

function refuse(socket: Duplex, { status, message }: Refusal): void {
  if (!socket.writable) return;
  const body = JSON.stringify({ message, connectionId: newConnectionId(), requestId: newRequestId() });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
