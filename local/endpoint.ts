// One HTTP server a region: every emulated AWS API at `/`, told apart as AWS's SDKs sign and name them, and the APIs of API
// Gateway below `/execute-api/`.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AwsCall } from './faults/call-hooks';
import type { Clock } from './support/clock';
import { roundTrip } from './network/latency';
import { LocalError } from './support/errors';
import { AccessControl, type Caller, callerOf } from './services/iam/access';
import type { AuthorizedService } from './services/iam/rights';
import type { Topology } from './network/topology';
import type { Services } from './services/registry';
import { parametersOf } from './services/cloudformation/request';
import type { FaultyService } from './faults/service-faults';
import type { AwsRequest, AwsResponse } from './types';

/** `X-Amz-Target` prefixes to services. */
const TARGETS = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  secretsmanager: 'secrets',
} as const satisfies Readonly<Record<string, keyof Services>>;

/** As the switchboard calls them. CloudFormation has no faults. */
const FAULTY_NAMES = {
  dynamodb: 'dynamodb',
  sqs: 'sqs',
  secrets: 'secretsmanager',
  lambda: 'lambda',
  apigateway: 'callbacks',
} as const satisfies Readonly<Record<string, FaultyService>>;

export interface EndpointOptions {
  readonly region: string;
  readonly network: Topology;
  readonly clock: Clock;
  /** Undefined while the region is still starting. */
  readonly services: () => Services | undefined;
  /** Told of faults of the emulation itself. */
  readonly onError: (error: unknown) => void;
}

/** A region's server. */
export class Endpoint {
  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();
  private readonly access: AccessControl;

  public constructor(private readonly options: EndpointOptions) {
    this.access = new AccessControl(options.region);
    this.server = createServer((request, response) => {
      if (this.isSilent(request.socket)) return;
      this.answer(request, response).catch((error: unknown) => {
        // Who is gone gets no answer, and that is no fault of the emulation.
        if (request.destroyed && !request.complete) return;
        options.onError(error);
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ __type: 'InternalServerError', message: String(error) }));
      });
    });
    // Kept connections of SDKs must outlive the pauses of frozen functions.
    this.server.keepAliveTimeout = 60_000;
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.on('upgrade', (request, socket, head) => {
      if (this.isSilent(socket)) return;
      // It is API Gateway's from now on, which breaks it off itself.
      this.sockets.delete(socket);
      const services = options.services();
      if (services === undefined) socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      else services.apigateway.handleUpgrade(request, socket, head);
    });
  }

  /** @param port 0 for any */
  public async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      const refused = (cause: NodeJS.ErrnoException): void => {
        const taken = new LocalError('port_in_use', `Port ${port} is taken.`, { cause });
        reject(cause.code === 'EADDRINUSE' ? taken : cause);
      };
      this.server.once('error', refused);
      this.server.listen(port, '127.0.0.1', () => {
        this.server.off('error', refused);
        this.server.on('error', this.options.onError);
        resolve();
      });
    });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Breaks every connection off, as when the region goes down: nobody is told anything. */
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
   * A region that is down says nothing, and the connection breaks; not before it was asked, since fetch opens another one
   * at once when a connection breaks that had no request on it yet.
   */
  private isSilent(socket: Duplex): boolean {
    const isDown = !this.options.network.isUp(this.options.region);
    if (isDown) socket.destroy();
    return isDown;
  }

  /** Whether a call gets here from the region of its caller, after the time that it takes there and back. */
  private async arrives(caller: string | undefined): Promise<boolean> {
    const { region, network, clock } = this.options;
    if (caller === undefined || caller === region) return true;
    if (!network.reaches(caller, region)) return false;
    await new Promise<void>((resolve) => clock.after(roundTrip(caller, region), resolve));
    return network.reaches(caller, region);
  }

  /** What goes from one region to another is billed to the one that it leaves: the request's to the caller's, the answer's to this one. */
  private meterTransfer(
    services: Services,
    caller: string | undefined,
    request: AwsRequest,
    { service, operation }: AwsCall,
    answer?: AwsResponse,
  ): void {
    const { region } = this.options;
    if (caller === undefined || caller === region) return;
    const add = (from: Services | undefined, to: string, amount: number): void => {
      const what = `${service} ${operation}`;
      from?.meter.add({
        service: 'datatransfer',
        unit: 'bytes to other regions',
        resource: to,
        operation: what,
        amount,
      });
    };
    add(services.global.inRegion(caller), region, request.body.length);
    add(services, caller, Buffer.byteLength(answer?.body ?? ''));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const services = this.options.services();
    if (services === undefined) {
      response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
      response.end(JSON.stringify({ __type: 'ServiceUnavailable', message: 'The local cloud is still starting.' }));
      return;
    }
    const [path = '/', ...rest] = (request.url ?? '/').split('?');
    const query = rest.join('?');
    const isCallback = /^\/execute-api\/[^/]+\/[^/]+\/(?:@|%40)connections\//i.test(path);
    if (path.startsWith('/execute-api/') && !isCallback) {
      await services.apigateway.handleHttp(request, response);
      return;
    }
    const target = request.headers['x-amz-target'];
    const [prefix = '', targetOperation = ''] = typeof target === 'string' ? target.split('.') : [];
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const caller = callerOf(request.headers.authorization);
    // Between regions that are cut off from each other there is no error either: the caller waits for as long as it will.
    if (!(await this.arrives(caller?.region))) return;
    const body = Buffer.concat(chunks);
    const name = isCallback ? 'apigateway' : serviceOf(prefix, request.headers.authorization, path);
    const parameters = new URLSearchParams(query);
    const action = name === 'cloudformation' ? parametersOf({ body, query: parameters }).get('Action') : null;
    const operation = action ?? targetOperation;
    const call: AwsRequest = {
      method: request.method ?? 'GET',
      path,
      query: parameters,
      headers: request.headers,
      body,
      json: parsedOnce(body),
      operation,
    };
    const met = { service: name ?? prefix, operation: operation === '' ? call.method : operation };
    const answer = async (): Promise<AwsResponse | undefined> => {
      if ((await services.callHooks.onCall(met, 'before')) === 'lost') return undefined;
      const result = name === undefined ? unknownService(prefix, path) : await this.serve(services, name, caller, call);
      return (await services.callHooks.onCall(met, 'after')) === 'lost' ? undefined : result;
    };
    const result = await answer();
    if (name !== undefined) this.meterTransfer(services, caller?.region, call, met, result);
    if (result === undefined) {
      request.destroy();
      return;
    }
    const { status, headers } = result;
    response.writeHead(status, { ...headers, 'x-amzn-requestid': randomUUID() });
    response.end(result.body);
  }

  /** The answer of a service: what is wrong with it comes first, then what its caller may do. */
  private async serve(
    services: Services,
    name: AuthorizedService,
    caller: Caller | undefined,
    call: AwsRequest,
  ): Promise<AwsResponse> {
    return (
      (name === 'cloudformation' ? undefined : await services.faults.apply(FAULTY_NAMES[name])) ??
      this.access.check(caller, name, call, services) ??
      (await services[name].handle(call))
    );
  }
}

/** Both who may make a call and what comes of it depend on its body. */
function parsedOnce(body: Buffer): () => unknown {
  let parsed: { readonly value: unknown } | undefined;
  return () => (parsed ??= { value: JSON.parse(body.toString('utf8')) as unknown }).value;
}

function serviceOf(
  prefix: string,
  authorization: string | undefined,
  path: string,
): (typeof TARGETS)[keyof typeof TARGETS] | 'lambda' | 'cloudformation' | undefined {
  if (Object.hasOwn(TARGETS, prefix)) return TARGETS[prefix as keyof typeof TARGETS];
  const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(authorization ?? '')?.[1];
  if (scope === 'cloudformation') return scope;
  return scope === 'lambda' || /^\/2015-03-31\/functions(?:\/|$)/.test(path) ? 'lambda' : undefined;
}

function unknownService(prefix: string, path: string): AwsResponse {
  const what = prefix === '' ? `a request to ${path}` : `the AWS API ${prefix}`;
  const message = `The local cloud does not emulate ${what}.`;
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': 'UnknownOperationException' };
  return { status: 400, headers, body: JSON.stringify({ __type: 'UnknownOperationException', message }) };
}
