// One server for all custom domain names, at `/<host>/<path>`. It resolves a name with Route 53, and forwards the request to the
// region of the answer.
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { UpgradeRejection, rejectUpgrade } from '../../services/apigateway/upgrade-rejection';
import type { Clock } from '../../support/clock';
import { LocalError } from '../../support/errors';
import { COORDINATES, type Locate, type Route53Service } from '../../services/route53';
import { forwardHttp, forwardUpgrade } from './forward';
import { type CustomDomainRequest, readRequest } from './request';
import { CachingResolver } from './resolver';

export { customDomainNames } from './names';

export interface CustomDomainOptions {
  readonly clock: Clock;
  readonly route53: Route53Service;
  readonly locate: Locate;
  /** Regions of this cloud. A client without a location is in the first one. */
  readonly regions: readonly string[];
}

/** Server of the custom domain names of a cloud. */
export class CustomDomainServer {
  private readonly server: Server;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly resolver: CachingResolver;
  private readonly sockets = new Set<Duplex>();

  public constructor(private readonly options: CustomDomainOptions) {
    const { clock, route53 } = options;
    this.resolver = new CachingResolver(clock, (name, location) => route53.resolve(name, location));
    this.server = createServer((request, response) => {
      this.answer(request, response);
    });
    this.server.on('upgrade', (request, socket, head) => {
      this.upgrade(request, socket, head);
    });
  }

  /** @param port 0 for any */
  public async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (cause: NodeJS.ErrnoException) => {
        const taken = new LocalError('port_in_use', `Port ${port} is taken.`, { cause });
        reject(cause.code === 'EADDRINUSE' ? taken : cause);
      });
      this.server.listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    for (const socket of this.sockets) socket.destroy();
    this.agent.destroy();
    await closed;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const parsed = readRequest(request);
    const respond = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify(body, undefined, 2)}\n`);
    };
    if (parsed.host === '') {
      respond(200, this.overview());
      return;
    }
    const target = this.find(parsed);
    if (target instanceof URL) forwardHttp({ request, url: target, host: parsed.host }, response, this.agent);
    else respond(target.status, { message: target.message });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    const parsed = readRequest(request);
    const target = this.find(parsed);
    if (target instanceof URL) {
      forwardUpgrade({ request, url: target, host: parsed.host }, socket, head);
      return;
    }
    socket.on('error', () => undefined);
    rejectUpgrade(socket, target);
  }

  /** URL of the region that the name resolves to for this client, or the error. */
  private find({
    host,
    path,
    query,
    location = this.home,
    resolverId: asker,
  }: CustomDomainRequest): URL | UpgradeRejection {
    if (COORDINATES[location] === undefined) return new UpgradeRejection(400, `${location} is not an AWS region.`);
    const answer = this.resolver.lookUp(host, location, asker);
    if (answer === undefined) {
      const known = this.options.route53.names.join(', ');
      return new UpgradeRejection(404, `${host} does not resolve. Names with records: ${known}.`);
    }
    const { region, chain } = answer;
    if (region === undefined || !this.options.regions.includes(region))
      return new UpgradeRejection(502, `${chain.join(' -> ')} does not resolve to a region of this cloud.`);
    const url = this.options.locate(region, host, path);
    // API Gateway's response when no API of the region is mapped to the name and path.
    if (url === undefined) return new UpgradeRejection(403, 'Forbidden');
    return new URL(`${url}${query}`);
  }

  /** Names, and the current answer for each from every region. */
  private overview(): object {
    const { route53, regions } = this.options;
    return {
      names: route53.names.map((name) => ({
        name,
        from: Object.fromEntries(regions.map((location) => [location, route53.resolve(name, location) ?? null])),
      })),
      healthChecks: route53.healthChecks,
    };
  }

  private get home(): string {
    return this.options.regions[0] ?? 'us-east-1';
  }
}
