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
import { UpgradeRejection, rejectUpgrade } from './upgrade-rejection';
import { selectRoute } from './route-selection';
import { renderContext } from './templates';

/** Time for clients to complete the closing handshake when the local cloud stops. Milliseconds. */
const CLOSE_TIMEOUT = 500;

/** An upgrade request, as Node.js passes it. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

interface ApiStage {
  readonly api: ApiModel;
  readonly stage: Stage;
}

/** A client that was accepted by the authorizer and by `$connect`. */
interface Admission {
  readonly facts: ConnectionFacts;
  readonly authorizer: Record<string, unknown> | undefined;
  readonly subprotocol: string | undefined;
}

/** All WebSocket connections of one region. */
export class WebSocketGateway {
  public readonly connections = new Map<string, Connection>();
  /** One promise for each connection; resolves when its `$disconnect` has run. */
  private readonly pendingDisconnects = new Set<Promise<void>>();
  /** Connections that the quota rejected. */
  public refusedConnects = 0;
  private connects: TokenBucket;
  private readonly server: WebSocketServer;
  /** Subprotocol that `$connect` selected, during the upgrade. */
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
      // Only `$connect` selects the subprotocol.
      handleProtocols: (_offered, request) => this.accepted.get(request) ?? false,
    });
  }

  /** @param rate new connections per second, and burst. @default - the default quota */
  public limitConnects(rate: number | undefined): void {
    const { clock, limits } = this.gateway;
    this.connects = new TokenBucket(clock, rate ?? limits.connectRate, rate ?? limits.connectBurst);
  }

  /** Runs the authorizer and `$connect`, then accepts or rejects the upgrade. */
  public async upgrade(api: ApiModel, stageName: string, { request, socket, head }: UpgradeRequest): Promise<void> {
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
      const admission = await this.connect({ api, stage }, request);
      if (gone.signal.aborted) return;
      socket.off('error', onError);
      this.accepted.set(request, admission.subprotocol);
      this.server.handleUpgrade(request, socket, head, (webSocket) => {
        this.open({ api, stage }, admission, { webSocket, socket });
      });
    } catch (error) {
      if (!(error instanceof UpgradeRejection)) this.gateway.error(api.id, 'connect failed', error);
      rejectUpgrade(
        socket,
        error instanceof UpgradeRejection ? error : new UpgradeRejection(500, 'Internal server error'),
      );
    }
  }

  private async connect({ api, stage }: ApiStage, request: IncomingMessage): Promise<Admission> {
    const { clock, region } = this.gateway;
    const facts: ConnectionFacts = {
      apiId: api.id,
      stage: stage.name,
      region,
      connectedAt: clock.now(),
      connectionId: newConnectionId(),
      handshake: readHandshake(request),
    };
    const route = api.routeByKey('$connect');
    if (route === undefined) return { facts, authorizer: undefined, subprotocol: undefined };
    let context = requestContext(facts, { eventType: 'CONNECT', routeKey: '$connect', now: clock.now() });
    try {
      const authorizer = await authorize(this.gateway, api, route, facts);
      context = { ...context, authorizer };
      const { statusCode, headers } = await this.connectRoute(api, route, facts, context);
      if (statusCode < 200 || statusCode > 299)
        throw new UpgradeRejection(statusCode, STATUS_CODES[statusCode] ?? 'Error');
      this.accessLog(api, stage, { ...context, status: statusCode });
      const [, subprotocol] =
        Object.entries(headers).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol') ?? [];
      return { facts, authorizer, subprotocol };
    } catch (error) {
      this.accessLog(api, stage, { ...context, status: error instanceof UpgradeRejection ? error.status : 500 });
      throw error;
    }
  }

  /** Runs the `$connect` integration. A failure or a malformed response rejects the client with 502. */
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
    target: ApiStage,
    { facts, authorizer }: Admission,
    { webSocket, socket }: { readonly webSocket: WebSocket; readonly socket: Duplex },
  ): void {
    const { clock, limits } = this.gateway;
    const connection = new Connection({ facts, authorizer, socket: webSocket, clock, limits });
    this.connections.set(connection.id, connection);
    // The watcher receives the bytes before ws does, so that a message with an oversized frame is not delivered.
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
      else void this.message(target, connection, data.toString('utf8'));
    });
    // ws closes the socket with the right code before it reports an error.
    webSocket.on('error', () => undefined);
    const ending = new Promise<void>((resolve) => {
      webSocket.on('close', (code, reason) => {
        this.connections.delete(connection.id);
        this.addTime(connection);
        void this.disconnect(target, connection, connection.closed(code, reason.toString('utf8'))).finally(resolve);
      });
    }).finally(() => this.pendingDisconnects.delete(ending));
    this.pendingDisconnects.add(ending);
  }

  /** Handles a message. Messages of one connection run concurrently: API Gateway does not guarantee their order. */
  private async message({ api, stage }: ApiStage, connection: Connection, body: string): Promise<void> {
    const { clock } = this.gateway;
    connection.touch();
    const route = selectRoute(api, body);
    const context = requestContext(connection.facts, {
      eventType: 'MESSAGE',
      routeKey: route?.key ?? '$default',
      now: clock.now(),
      authorizer: connection.authorizer,
    });
    const rejectMessage = (status: number, message: string, integrationErrorMessage?: string): void => {
      this.accessLog(api, stage, { ...context, status, integrationErrorMessage });
      this.reply(connection, 'error', gatewayMessage(message, connection.id, context.requestId));
    };
    if (!this.gateway.takeRequest(stage)) {
      rejectMessage(429, 'Too Many Requests');
      return;
    }
    this.gateway.received(api.id, route?.key ?? '$default', Buffer.byteLength(body));
    if (route === undefined) {
      rejectMessage(403, 'Forbidden');
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
      rejectMessage(500, 'Internal server error', String(error));
    }
  }

  private reply(connection: Connection, operation: string, text: string): void {
    if (connection.isClosing) return;
    if (connection.send(text)) this.gateway.sent(connection.facts.apiId, operation, Buffer.byteLength(text));
  }

  /** Meters the open time of a connection. AWS does not document its rounding, so it is not rounded here. */
  private addTime(connection: Connection): void {
    const amount = connection.takeDuration() / 60_000;
    const { apiId: resource } = connection.facts;
    this.gateway.meter.add({
      service: 'apigateway',
      unit: 'connection minutes',
      resource,
      operation: 'connection',
      amount,
    });
  }

  /** Runs `$disconnect`, as best effort like AWS. A fault can skip it. */
  private async disconnect({ api, stage }: ApiStage, connection: Connection, closing: Closing): Promise<void> {
    const route = api.routeByKey('$disconnect');
    if (route === undefined || this.gateway.faults.dropDisconnects || this.gateway.faults.isDown) return;
    const { facts, authorizer } = connection;
    const context = {
      ...requestContext(facts, {
        eventType: 'DISCONNECT',
        routeKey: '$disconnect',
        now: this.gateway.clock.now(),
        authorizer,
      }),
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

  /** Runs the integration of a route. @throws Error when the integration fails */
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
   * AWS documents the size limit of messages, and close code 1009 for an oversized message of a client, but not the result of an
   * oversized route response. Here it counts as a failed integration: the client receives an error, and the connection stays open.
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

  /** Closes every connection; resolves when all `$disconnect` integrations have run. */
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
