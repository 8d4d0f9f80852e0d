// A proxy between a client and the local cloud that injects network faults: lost frames, refused, stalled, half-open and broken
// connections.
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import WebSocket, { WebSocketServer } from 'ws';

type Receiver = 'client' | 'server';
type Matcher = (frame: any) => boolean;
interface Rule {
  readonly to: Receiver;
  readonly match: Matcher;
  left: number;
}
/** A frame that reached the proxy, forwarded or lost. */
interface Seen {
  readonly to: Receiver;
  /** Index of the connection: 0 for the first one. */
  readonly link: number;
  readonly frame: any;
  readonly lost: boolean;
}

/** One client's connection through the proxy. */
class Link {
  public constructor(
    private readonly client: WebSocket,
    private readonly server: WebSocket,
    private readonly socket: Socket,
  ) {}

  /** Closes the connection with a close frame to both sides. */
  public close(code: number): void {
    this.client.close(code);
    this.server.close(1000);
  }

  /** Ends the connection without a close frame: `end` as when a process exits, `reset` as when a router lost its state. */
  public cut(how: 'end' | 'reset' = 'end'): void {
    if (how === 'end') this.socket.destroy();
    else this.socket.resetAndDestroy();
    this.server.terminate();
  }

  /** Makes the connection half-open: no data passes in either direction, and neither side notices. */
  public freeze(): void {
    this.client.pause();
    this.server.pause();
  }

  /** Sends a frame to the client that the server did not send. */
  public inject(frame: object | string): void {
    this.client.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
}

export class FaultProxy {
  /** Handling of new connections: forwarded, rejected with an HTTP status, or never answered. */
  public accept: 'through' | 'stall' | number = 'through';
  /** Number of upgrade requests. */
  public attempts = 0;
  public readonly seen: Seen[] = [];
  private readonly links = new Set<Link>();
  private count = 0;
  private rules: Rule[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (_offered, request) => this.chosen.get(request) ?? false,
  });
  private readonly chosen = new WeakMap<IncomingMessage, string>();
  private server: Server | undefined;
  private port = 0;

  private constructor(private readonly target: URL) {}

  /** @param target WebSocket URL */
  public static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(target));
    await proxy.up();
    return proxy;
  }

  /** URL of the target through the proxy. */
  public get url(): string {
    return Object.assign(new URL(this.target), { port: String(this.port) }).href;
  }

  /** The only open connection. */
  public get link(): Link {
    const [link, ...others] = this.links;
    if (link === undefined || others.length > 0) throw new Error(`${this.links.size} connections are open, not one`);
    return link;
  }

  /** Drops the next matching frames. */
  public lose(to: Receiver, match: Matcher, times = 1): void {
    this.rules.push({ to, match, left: times });
  }

  /** Frames to one side, including lost ones. */
  public framesTo(to: Receiver, match: Matcher = () => true): Seen[] {
    return this.seen.filter((one) => one.to === to && match(one.frame));
  }

  /** Listens on the previous port. */
  public async up(): Promise<void> {
    const server = createServer();
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    });
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Breaks every connection and stops listening: the operating system refuses new ones. */
  public async down(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    for (const link of this.links) link.cut();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Clears all faults and recorded frames. Open connections stay open. */
  public reset(): void {
    this.accept = 'through';
    this.attempts = 0;
    this.rules = [];
    this.seen.length = 0;
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.attempts += 1;
    const refuse = (status: number): void =>
      void socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n\r\n`);
    if (this.accept === 'stall') return;
    if (this.accept !== 'through') return refuse(this.accept);
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
    const server = new WebSocket(Object.assign(new URL(this.target), { search: '' }), protocols);
    server.on('error', () => refuse(502));
    server.on('unexpected-response', (_, response) => refuse(response.statusCode ?? 502));
    server.on('open', () => {
      this.chosen.set(request, server.protocol);
      this.webSockets.handleUpgrade(request, socket, head, (client) => {
        if (socket instanceof Socket) this.join(client, server, socket);
      });
    });
  }

  private join(client: WebSocket, server: WebSocket, socket: Socket): void {
    const link = new Link(client, server, socket);
    const number = this.count++;
    this.links.add(link);
    const pass = (to: Receiver, target: WebSocket) => (data: Buffer) => {
      const text = data.toString();
      const frame = JSON.parse(text);
      const rule = this.rules.find((one) => one.left > 0 && one.to === to && one.match(frame));
      if (rule !== undefined) rule.left -= 1;
      this.seen.push({ to, link: number, frame, lost: rule !== undefined });
      if (rule === undefined && target.readyState === WebSocket.OPEN) target.send(text);
    };
    client.on('message', pass('server', server));
    server.on('message', pass('client', client));
    for (const one of [client, server]) {
      one.on('error', () => undefined);
      one.on('close', (code) => {
        this.links.delete(link);
        const other = one === client ? server : client;
        // 1005 and 1006 mean that no close frame was received, and must not be sent.
        if (code === 1005 || code === 1006) other.terminate();
        else other.close(code);
      });
    }
  }
}
