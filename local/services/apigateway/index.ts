import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AwsRequest, AwsResponse, AwsService } from '../../types';
import { handleCallback } from './callbacks';
import type { Connection } from './connection';
import type { GatewayFaults } from './faults';
import { Gateway, type GatewayOptions } from './gateway';
import { ApiHosts } from './hosts';
import { HttpGateway } from './http-api';
import type { ApiModel, Stage } from './model';
import { WebSocketGateway } from './websocket';

export { type CallbackFault, GatewayFaults } from './faults';
export { AWS_LIMITS, type GatewayLimits } from './limits';
export * from './model';
export { isEmulatedSelection } from './route-selection';

/** API Gateway of one region: WebSocket APIs, HTTP APIs, and `@connections`, below `/execute-api/{apiId}`. */
export class ApiGatewayService implements AwsService {
  public readonly hosts = new ApiHosts();
  private readonly apis = new Map<string, ApiModel>();
  private readonly gateway: Gateway;
  private readonly webSockets: WebSocketGateway;
  private readonly https: HttpGateway;

  public constructor(options: GatewayOptions) {
    this.gateway = new Gateway(options);
    this.webSockets = new WebSocketGateway(this.gateway);
    this.https = new HttpGateway(this.gateway);
  }

  public get faults(): GatewayFaults {
    return this.gateway.faults;
  }

  /** Ids of open connections. */
  public get connectionIds(): readonly string[] {
    return [...this.webSockets.connections.keys()];
  }

  public get connections(): readonly Connection[] {
    return [...this.webSockets.connections.values()];
  }

  /** Destroys the sockets of all connections, except half-open ones: their clients must not notice. */
  public terminateConnections(): void {
    for (const connection of this.connections) if (!connection.isHalfOpen) connection.terminate();
  }

  /** New connections per second, and burst. Undefined restores the default quota. */
  public set connectQuota(rate: number | undefined) {
    this.webSockets.limitConnects(rate);
  }

  /** Connections that the quota of new connections rejected. */
  public get refusedConnects(): number {
    return this.webSockets.refusedConnects;
  }

  public addApi(api: ApiModel): void {
    this.apis.set(api.id, api);
  }

  /** The APIs of all stacks. */
  public all(): readonly ApiModel[] {
    return [...this.apis.values()];
  }

  /** @throws Error when the API does not exist */
  public api(id: string): ApiModel {
    const api = this.apis.get(id);
    if (api === undefined) throw new Error(`the API ${id} does not exist`);
    return api;
  }

  /** Answers a request to an HTTP API. */
  public async handleHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, apiId = '', rest = '/'] = /^\/execute-api\/([^/?]+)(\/[^?]*)?/.exec(request.url ?? '') ?? [];
    const api = this.apis.get(apiId);
    const found = api === undefined ? undefined : stageOf(api, rest);
    if (api === undefined || found === undefined || api.protocol === 'WEBSOCKET') {
      // A WebSocket API answers a request without an upgrade with 403 as well.
      const status = api === undefined ? 404 : 403;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: status === 404 ? 'Not Found' : 'Forbidden' }));
      return;
    }
    await this.https.handle({ api, stage: found.stage, path: found.path, request }, response);
  }

  /** Answers a request to open a WebSocket connection. */
  public handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [, apiId = '', stage = ''] = /^\/execute-api\/([^/?]+)\/([^/?]+)\/?(?:\?|$)/.exec(request.url ?? '') ?? [];
    const api = this.apis.get(apiId);
    if (api?.protocol === 'WEBSOCKET') void this.webSockets.upgrade(api, stage, { request, socket, head });
    else socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  }

  /** Answers a call of the `@connections` API. */
  public handle(request: AwsRequest): Promise<AwsResponse> {
    return handleCallback(this.gateway, this.apis, this.webSockets.connections, request);
  }

  public stop(): Promise<void> {
    return this.webSockets.stop();
  }
}

/** Stage of a path. A named stage is its first segment; `$default` has none. */
function stageOf(api: ApiModel, path: string): { stage: Stage; path: string } | undefined {
  const [, first = '', rest = ''] = /^\/([^/]*)(.*)$/.exec(path) ?? [];
  const named = api.stages.get(first);
  if (named !== undefined) return { stage: named, path: rest === '' ? '/' : rest };
  const fallback = api.stages.get('$default');
  return fallback === undefined ? undefined : { stage: fallback, path };
}
