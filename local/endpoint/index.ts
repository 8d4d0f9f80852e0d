// The HTTP server of a region. Emulated AWS APIs are at `/`, told apart by the headers that AWS SDKs send; the APIs of API
// Gateway are below `/execute-api/`.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Topology } from '../network/topology';
import type { Services } from '../services/registry';
import type { Clock } from '../support/clock';
import { LocalError } from '../support/errors';
import type { AwsResponse } from '../types';
import { isCallbackPath, readCall, splitUrl } from './call';
import { CallHandler } from './call-handler';
import { RegionCrossing } from './region-crossing';

export interface EndpointOptions {
  readonly region: string;
  readonly topology: Topology;
  readonly clock: Clock;
  /** Undefined while the region is still starting. */
  readonly services: () => Services | undefined;
  /** Called when the emulation itself fails. */
  readonly onError: (error: unknown) => void;
}

/** The server of one region. */
export class Endpoint {
  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();
  private readonly calls: CallHandler;
  private readonly crossing: RegionCrossing;

  public constructor(private readonly options: EndpointOptions) {
    this.calls = new CallHandler(options.region);
    this.crossing = new RegionCrossing(options);
    this.server = createServer((request, response) => {
      if (this.destroyIfDown(request.socket)) return;
      this.answer(request, response).catch((error: unknown) => {
        this.fail(request, response, error);
      });
    });
    // Functions are frozen between invocations: an SDK's idle connections must outlive that.
    this.server.keepAliveTimeout = 60_000;
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.on('upgrade', (request, socket, head) => {
      if (this.destroyIfDown(socket)) return;
      // API Gateway owns the socket from here on, and terminates it itself.
      this.sockets.delete(socket);
      const services = options.services();
      if (services === undefined) socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      else services.apigateway.handleUpgrade(request, socket, head);
    });
  }

  /**
   * Starts to listen, and returns the base URL.
   *
   * @param port 0 for any
   */
  public async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      const onListenError = (cause: NodeJS.ErrnoException): void => {
        const taken = new LocalError('port_in_use', `Port ${port} is taken.`, { cause });
        reject(cause.code === 'EADDRINUSE' ? taken : cause);
      };
      this.server.once('error', onListenError);
      this.server.listen(port, '127.0.0.1', () => {
        this.server.off('error', onListenError);
        this.server.on('error', this.options.onError);
        resolve();
      });
    });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Destroys every connection without a closing handshake, as when the region goes down. */
  public terminateConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  public async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }

  /**
   * Destroys a socket when the region is down, and returns whether it did. The socket is accepted first: fetch reconnects
   * at once when a connection breaks before its first request.
   */
  private destroyIfDown(socket: Duplex): boolean {
    const isDown = !this.options.topology.isUp(this.options.region);
    if (isDown) socket.destroy();
    return isDown;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const services = this.options.services();
    if (services === undefined) {
      response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
      response.end(JSON.stringify({ __type: 'ServiceUnavailable', message: 'The local cloud is still starting.' }));
      return;
    }
    const { path } = splitUrl(request.url);
    if (path.startsWith('/execute-api/') && !isCallbackPath(path)) {
      await services.apigateway.handleHttp(request, response);
      return;
    }
    const call = await readCall(request);
    const caller = call.caller?.region;
    // A cut between regions produces no error: the caller waits until its own timeout.
    if (!(await this.crossing.arrives(caller))) return;
    const result = await this.calls.handle(services, call);
    if (call.service !== undefined)
      this.crossing.meter({ services, caller, names: call.names, request: call.request, response: result });
    if (result === undefined) request.destroy();
    else send(response, result);
  }

  private fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    // The caller closed the connection during its request: not an error of the emulation.
    if (request.destroyed && !request.complete) return;
    this.options.onError(error);
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ __type: 'InternalServerError', message: String(error) }));
  }
}

function send(response: ServerResponse, { status, headers, body }: AwsResponse): void {
  response.writeHead(status, { ...headers, 'x-amzn-requestid': randomUUID() });
  response.end(body);
}
