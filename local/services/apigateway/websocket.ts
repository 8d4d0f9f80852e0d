// WebSocket APIs: connect, messages, disconnect.
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { authorize } from './authorizer';
import { type Closing, Connection } from './connection';
import {
  type ConnectionFacts,
  disconnectHeaders,
  gatewayMessage,
  handshakeFields,
  readHandshake,
  requestContext,
} from './events';
import { FrameWatcher } from './frame-watcher';
import type { Gateway } from './gateway';
import { newConnectionId } from './ids';
import { TokenBucket } from './limits';
import { mockResponse } from './mock';
import type { ApiModel, Route, Stage } from './model';
import { type ProxyResponse, proxyResponse } from './proxy-response';
import { UpgradeRejection, rejectUpgrade } from './refusal';
import { selectRoute } from './route-selection';
import { renderContext } from './templates';

/** How long a client has to answer when the local cloud stops. Milliseconds. */
const CLOSE_TIMEOUT = 500;

/** A client that may connect. */
interface Admission {
  readonly facts: ConnectionFacts;
  readonly authorizer: Record<string, unknown> | undefined;
  readonly subprotocol: string | undefined;
}

/** All WebSocket connections of one region. */
export class WebSocketGateway {
  public readonly connections = new Map<string, Connection>();
  /** One for each connection: resolves when its `$disconnect` has run. */
  private readonly pendingDisconnects = new Set<Promise<void>>();
  /** Connections that the quota refused. */
  public refusedConnects = 0;
  private connects: TokenBucket;
  private readonly server: WebSocketServer;
  /** The subprotocol that `$connect` chose, while its upgrade is being answered. */
  private readonly accepted = new WeakMap<IncomingMessage, string | undefined>();

  public constructor(private readonly gateway: Gateway) {
    const { clock, limits } = gateway;
    this.connects = new TokenBucket(clock, limits.connectRate, limits.connectBurst);
    gateway.meter.onRead(() => {
      for (const connection of this.connections.values()) this.addTime(connection);
    });
    this.server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: limits.messageBytes,
      // What `$connect` answered, and nothing that it did not.
      handleProtocols: (_offered, request) => this.accepted.get(request) ?? false,
    });
  }

  /** @param rate new connections a second, and at once. @default - those of the limits */
  public limitConnects(rate: number | undefined): void {
    const { clock, limits } = this.gateway;
    this.connects = new TokenBucket(clock, rate ?? limits.connectRate, rate ?? limits.connectBurst);
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
      if (stage === undefined) throw new UpgradeRejection(403, 'Forbidden');
      if (!this.connects.take()) {
        this.refusedConnects += 1;
        throw new UpgradeRejection(429, 'Too Many Requests');
      }
      const admission = await this.connect(api, stage, request);
      if (gone.signal.aborted) return;
      socket.off('error', onError);
      this.accepted.set(request, admission.subprotocol);
      this.server.handleUpgrade(request, socket, head, (webSocket) => {
        this.open(api, stage, admission, webSocket, socket);
      });
    } catch (error) {
      if (!(error instanceof UpgradeRejection)) this.gateway.error(api.id, 'connect failed', error);
      rejectUpgrade(socket, error instanceof UpgradeRejection ? error : new UpgradeRejection(500, 'Internal server error'));
    }
  }

  private async connect(api: ApiModel, stage: Stage, request: IncomingMessage): Promise<Admission> {
    const { clock, region } = this.gateway;
    const facts: ConnectionFacts = {
      apiId: api.id, stage: stage.name, region, connectedAt: clock.now(),
      connectionId: newConnectionId(),
      handshake: readHandshake(request),
    };
    const route = api.routeByKey('$connect');
    if (route === undefined) return { facts, authorizer: undefined, subprotocol: undefined };
    let context = requestContext(facts, 'CONNECT', '$connect', clock.now(), undefined);
    try {
      const authorizer = await authorize(this.gateway, api, route, facts);
      context = { ...context, authorizer };
      const { statusCode, headers } = await this.connectRoute(api, route, facts, context);
      if (statusCode < 200 || statusCode > 299) throw new UpgradeRejection(statusCode, STATUS_CODES[statusCode] ?? 'Error');
      this.accessLog(api, stage, { ...context, status: statusCode });
      const [, subprotocol] =
        Object.entries(headers).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol') ?? [];
      return { facts, authorizer, subprotocol };
    } catch (error) {
      this.accessLog(api, stage, { ...context, status: error instanceof UpgradeRejection ? error.status : 500 });
      throw error;
    }
  }

  /** An integration that fails, or answers nonsense, is a bad gateway to the client. */
  private async connectRoute(
    api: ApiModel,
    route: Route,
    facts: ConnectionFacts,
    context: object,
  ): Promise<ProxyResponse> {
    const event = { ...handshakeFields(facts.handshake), requestContext: context, isBase64Encoded: false };
    try {
      return await this.invokeRoute(api, route, event, context);
    } catch (error) {
      this.gateway.error(api.id, '$connect failed', error);
      throw new UpgradeRejection(502, 'Internal server error');
    }
  }

  private open(
    api: ApiModel,
    stage: Stage,
    { facts, authorizer }: Admission,
    webSocket: WebSocket,
    socket: Duplex,
  ): void {
    const { clock, limits } = this.gateway;
    const connection = new Connection(facts, authorizer, webSocket, clock, limits);
    this.connections.set(connection.id, connection);
    // It looks at the bytes before ws does, so that what is too large does not arrive as a message.
    const watcher = new FrameWatcher(limits.frameBytes);
    socket.prependListener('data', (chunk: Buffer) => {
      watcher.feed(chunk);
    });
    socket.on('data', () => {
      if (watcher.hasFailed) connection.close(1009, 'Message too long');
    });
    let count = 0;
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (connection.isClosing || connection.isHalfOpen || !watcher.accepts(count++)) return;
      if (isBinary) connection.close(1003, 'Unsupported data');
      else void this.message(api, stage, connection, data.toString('utf8'));
    });
    // ws has closed the socket with the right code by the time it reports an error.
    webSocket.on('error', () => undefined);
    const ending = new Promise<void>((resolve) => {
      webSocket.on('close', (code, reason) => {
        this.connections.delete(connection.id);
        this.addTime(connection);
        void this.disconnect(api, stage, connection, connection.closed(code, reason.toString('utf8'))).finally(resolve);
      });
    }).finally(() => this.pendingDisconnects.delete(ending));
    this.pendingDisconnects.add(ending);
  }

  /** Frames of one connection are handled as they come, at once: API Gateway promises no order between them. */
  private async message(api: ApiModel, stage: Stage, connection: Connection, body: string): Promise<void> {
    const { clock } = this.gateway;
    connection.touch();
    const route = selectRoute(api, body);
    const context = requestContext(
      connection.facts,
      'MESSAGE',
      route?.key ?? '$default',
      clock.now(),
      connection.authorizer,
    );
    const refuseMessage = (status: number, message: string, why?: string): void => {
      const integration = why === undefined ? {} : { integrationErrorMessage: why };
      this.accessLog(api, stage, { ...context, status, ...integration });
      this.reply(connection, 'error', gatewayMessage(message, connection.id, context.requestId));
    };
    if (!this.gateway.takeRequest(stage)) {
      refuseMessage(429, 'Too Many Requests');
      return;
    }
    this.gateway.received(api.id, route?.key ?? '$default', Buffer.byteLength(body));
    if (route === undefined) {
      refuseMessage(403, 'Forbidden');
      return;
    }
    try {
      const event = { requestContext: context, body, isBase64Encoded: false };
      const answer = await this.invokeRoute(api, route, event, context);
      const text = route.hasResponse ? answer.body : undefined;
      this.checkSize(text);
      this.accessLog(api, stage, { ...context, status: answer.statusCode });
      if (text !== undefined) this.reply(connection, `response of ${route.key}`, text);
    } catch (error) {
      this.gateway.error(api.id, `route ${route.key} failed`, error);
      refuseMessage(500, 'Internal server error', String(error));
    }
  }

  private reply(connection: Connection, operation: string, text: string): void {
    if (connection.isClosing) return;
    if (connection.send(text)) this.gateway.sent(connection.facts.apiId, operation, Buffer.byteLength(text));
  }

  /** AWS does not say how it rounds the minutes of a connection: here they are not. */
  private addTime(connection: Connection): void {
    const amount = connection.takeDuration() / 60_000;
    const { apiId: resource } = connection.facts;
    this.gateway.meter.add({
      service: 'apigateway', unit: 'connection minutes', resource, operation: 'connection', amount,
    });
  }

  /** At best effort, as on AWS; a fault can drop it. */
  private async disconnect(api: ApiModel, stage: Stage, connection: Connection, closing: Closing): Promise<void> {
    const route = api.routeByKey('$disconnect');
    if (route === undefined || this.gateway.faults.dropDisconnects || this.gateway.faults.isDown) return;
    const { facts, authorizer } = connection;
    const context = {
      ...requestContext(facts, 'DISCONNECT', '$disconnect', this.gateway.clock.now(), authorizer),
      disconnectStatusCode: closing.code,
      disconnectReason: closing.reason,
    };
    const event = { ...disconnectHeaders(facts.handshake), requestContext: context, isBase64Encoded: false };
    try {
      const { statusCode } = await this.invokeRoute(api, route, event, context);
      this.accessLog(api, stage, { ...context, status: statusCode });
    } catch (error) {
      this.accessLog(api, stage, { ...context, status: 500, integrationErrorMessage: String(error) });
      this.gateway.error(api.id, '$disconnect failed', error);
    }
  }

  /** Runs a route's integration. Throws when it fails. */
  private async invokeRoute(api: ApiModel, route: Route, event: object, context: object): Promise<ProxyResponse> {
    const integration = api.integrations.get(route.integrationId ?? '');
    if (integration === undefined) throw new Error(`route ${route.key} has no integration`);
    if (integration.type === 'MOCK') return mockResponse(api, integration, context);
    const { limits, invoker } = this.gateway;
    const timeout = Math.min(integration.timeout ?? limits.integrationTimeout, limits.integrationTimeout);
    const result = await this.gateway.withTimeout(invoker.invoke(integration.functionArn ?? '', event), timeout);
    if (result.throttled === true) throw new Error('the function was throttled');
    if (result.error !== undefined) throw new Error(result.error.errorMessage);
    return proxyResponse(result.payload);
  }

  /**
   * AWS documents the limit of a message's payload, and 1009 for one that a client sends, but not what becomes of a route
   * response above it. Here it fails like an integration: the client is told, and the connection stays.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
   */
  private checkSize(text = ''): void {
    const { messageBytes } = this.gateway.limits;
    const bytes = Buffer.byteLength(text);
    if (bytes > messageBytes) throw new Error(`the response has ${bytes} bytes, of at most ${messageBytes}`);
  }

  private accessLog(api: ApiModel, stage: Stage, context: object): void {
    if (stage.accessLogFormat !== undefined)
      this.gateway.logAccess(api.id, renderContext(stage.accessLogFormat, context));
  }

  /** Ends every connection; resolves when each one's `$disconnect` has run. */
  public async stop(): Promise<void> {
    for (const connection of this.connections.values()) connection.close(1001, 'Going away');
    const ended = Promise.all(this.pendingDisconnects);
    const closeTimeout = setTimeout(() => {
      for (const client of this.server.clients) client.terminate();
    }, CLOSE_TIMEOUT);
    await ended;
    clearTimeout(closeTimeout);
  }
}
