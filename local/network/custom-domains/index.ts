// The front door: one server for all custom domain names, at `/<host>/<path>`. It is what stands here between a client and a
// region: a resolver that asks Route 53, and the way to the region that was the answer.
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { UpgradeRejection, rejectUpgrade } from '../../services/apigateway/refusal';
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
  /** Of this cloud; a client that does not say where it is is in the first. */
  readonly regions: readonly string[];
}

/** Every custom domain name of a cloud. */
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
    const asked = readRequest(request);
    const tell = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify(body, undefined, 2)}\n`);
    };
    if (asked.host === '') {
      tell(200, this.overview());
      return;
    }
    const way = this.find(asked);
    if (way instanceof URL) forwardHttp(way, asked.host, this.agent, request, response);
    else tell(way.status, { message: way.message });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    const asked = readRequest(request);
    const way = this.find(asked);
    if (way instanceof URL) {
      forwardUpgrade(way, asked.host, request, socket, head);
      return;
    }
    socket.on('error', () => undefined);
    rejectUpgrade(socket, way);
  }

  /** The way to the region that the name resolves to, for that asker, now. */
  private find({ host, path, query, location = this.home, resolverId: asker }: CustomDomainRequest): URL | UpgradeRejection {
    if (COORDINATES[location] === undefined) return new UpgradeRejection(400, `${location} is not a region of AWS.`);
    const answer = this.resolver.lookUp(host, location, asker);
    if (answer === undefined) {
      const known = this.options.route53.names.join(', ');
      return new UpgradeRejection(404, `${host} does not resolve. Names with records: ${known}.`);
    }
    const { region, chain } = answer;
    if (region === undefined || !this.options.regions.includes(region))
      return new UpgradeRejection(502, `${chain.join(' -> ')} leads to no region of this cloud.`);
    const url = this.options.locate(region, host, path);
    // API Gateway's own word for a name, or a path below it, that no API of the region is mapped to.
    if (url === undefined) return new UpgradeRejection(403, 'Forbidden');
    return new URL(`${url}${query}`);
  }

  /** Which names there are, and what each resolves to now, from every region. */
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
