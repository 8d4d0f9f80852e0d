// HTTP/1.1 over kept connections, one request at a time on each: as little as posting needs, which takes the CPU of the leanest
// library, and a small part of its code to load (docs/decisions/0015).
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type HttpResponse, ResponseReader } from './response';

/**
 * A connection that nobody has used for longer is not used again: the other side may be about to close it, and timers stand
 * still while a function is frozen. Milliseconds.
 */
const KEEP_ALIVE = 50_000;
/** Until a connection that can't be made is given up. Milliseconds. */
const CONNECT_TIMEOUT = 1_000;
/**
 * Connections that are being made at once: a handshake takes over a millisecond of CPU, less with an earlier one's session, and of
 * hundreds at once none would be done for long. Meanwhile those that are made take what waits.
 */
const OPENING = 32;

export interface CallbackTransportOptions {
  /** Connections at once; requests beyond wait for one. */
  readonly connections: number;
  /** Until a request is given up, and its connection with it. Milliseconds. */
  readonly timeout: number;
}

/** A request, and who waits for its answer. */
interface Exchange {
  readonly request: Buffer;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
  connection: Connection | undefined;
  /** It was begun before, on a connection that had been closed meanwhile, or was never made. */
  isSecond: boolean;
}

export class CallbackTransport {
  private readonly idle: Connection[] = [];
  private readonly all = new Set<Connection>();
  private readonly waiting = new Set<Exchange>();
  private readonly origin: URL;
  private opening = 0;
  private isClosed = false;
  /** Of the newest connection: the next one's handshake is shorter with it. */
  private session: Buffer | undefined;

  /** @param origin protocol, host and port */
  public constructor(
    origin: string,
    private readonly options: CallbackTransportOptions,
  ) {
    this.origin = new URL(origin);
  }

  /**
   * @param headers lines, each with its end
   * @throws Error when there is no answer: `name` is TimeoutError after the time limit, `code` tells others as sockets do
   */
  public post(path: string, headers: string, body: Uint8Array): Promise<HttpResponse> {
    const head = `POST ${path} HTTP/1.1\r\n${headers}content-length: ${body.length}\r\n\r\n`;
    // One buffer, one write, one TLS record.
    const request = Buffer.allocUnsafe(head.length + body.length);
    request.write(head, 'latin1');
    request.set(body, head.length);
    return new Promise((resolve, reject) => {
      const exchange: Exchange = {
        ...{ request, resolve, reject },
        ...{ timer: undefined, connection: undefined, isSecond: false },
      };
      const { timeout } = this.options;
      exchange.timer = setTimeout(() => {
        exchange.timer = undefined;
        this.waiting.delete(exchange);
        const error = Object.assign(new Error(`no answer in ${timeout} ms`), { name: 'TimeoutError' });
        // An answer that still comes must not be taken for the next request's.
        if (exchange.connection === undefined) reject(error);
        else exchange.connection.break(error);
      }, timeout);
      this.begin(exchange);
    });
  }

  /** Closes all connections. */
  public close(): void {
    this.isClosed = true;
    for (const connection of this.all) connection.break(new Error('closed'));
  }

  private begin(exchange: Exchange): void {
    // What was idle as long as the one that had been closed is closed, too.
    const connection = exchange.isSecond ? this.fresh() : this.take();
    if (connection === undefined) this.waiting.add(exchange);
    else connection.send(exchange);
  }

  private take(): Connection | undefined {
    for (let found = this.idle.pop(); found !== undefined; found = this.idle.pop()) {
      if (performance.now() - found.idleSince < KEEP_ALIVE) return found;
      found.break(new Error('idle for too long'));
    }
    return this.fresh();
  }

  private fresh(): Connection | undefined {
    if (this.all.size >= this.options.connections || this.opening >= OPENING) return undefined;
    this.opening += 1;
    const connection = new Connection(this.open(), {
      opened: () => {
        this.opening -= 1;
        this.goOn();
      },
      free: (one) => {
        this.free(one);
      },
      gone: (one, exchange, error) => {
        this.gone(one, exchange, error);
      },
    });
    this.all.add(connection);
    return connection;
  }

  private open(): Socket {
    const { protocol, hostname, port } = this.origin;
    const host = hostname.replace(/^\[|\]$/g, '');
    if (protocol === 'http:') return connectTcp({ host, port: Number(port || 80), noDelay: true });
    const { session } = this;
    const socket = connectTls({
      ...{ host, port: Number(port || 443), ALPNProtocols: ['http/1.1'] },
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ...(session === undefined ? {} : { session }),
    });
    socket.on('session', (newest) => {
      this.session = newest;
    });
    return socket.setNoDelay(true);
  }

  private free(connection: Connection): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.idle.push(connection);
      return;
    }
    this.waiting.delete(next);
    connection.send(next);
  }

  private gone(connection: Connection, exchange: Exchange | undefined, error: Error): void {
    this.all.delete(connection);
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
    if (exchange !== undefined) {
      // The other side closes connections that are idle, also while this function is frozen, and then nothing of it was read.
      // Where something was, the subscriber gets it twice and drops one. On a connection that was never made, nothing was sent.
      const isUnread = connection.isStale || !connection.isMade;
      if (isUnread && !exchange.isSecond && !this.isClosed && exchange.timer !== undefined) {
        exchange.isSecond = true;
        exchange.connection = undefined;
        this.begin(exchange);
      } else {
        clearTimeout(exchange.timer);
        exchange.reject(error);
      }
    }
    this.goOn();
  }

  /** There may be room for one that waits. */
  private goOn(): void {
    const [next] = this.waiting;
    if (next === undefined) return;
    this.waiting.delete(next);
    this.begin(next);
  }
}

/** What a connection tells its owner. */
interface Owner {
  /** It is made, or never will be. */
  readonly opened: () => void;
  readonly free: (connection: Connection) => void;
  /** @param exchange what it was at, if anything */
  readonly gone: (connection: Connection, exchange: Exchange | undefined, error: Error) => void;
}

class Connection {
  public idleSince = 0;
  /** Requests can be sent by it. */
  public isMade = false;
  private readonly reader = new ResponseReader();
  private exchange: Exchange | undefined;
  private isOpened = false;
  private isGone = false;
  /** Answers that have come by it. */
  private answers = 0;
  private wasBroken = false;

  public constructor(
    private readonly socket: Socket,
    private readonly owner: Owner,
  ) {
    const timer = setTimeout(() => {
      this.break(Object.assign(new Error(`no connection in ${CONNECT_TIMEOUT} ms`), { name: 'TimeoutError' }));
    }, CONNECT_TIMEOUT);
    const isTls = 'encrypted' in socket;
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      this.isMade = true;
      this.opened();
    });
    socket.on('data', (chunk: Buffer) => {
      this.read(() => this.reader.take(chunk));
    });
    socket.on('end', () => {
      this.read(() => this.reader.end());
    });
    socket.on('error', (error) => {
      this.leave(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      this.leave(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
    });
  }

  /** Whether it had been used, was closed by the other side, and nothing of an answer had come. */
  public get isStale(): boolean {
    return this.answers > 0 && !this.wasBroken && !this.reader.hasBegun;
  }

  public send(exchange: Exchange): void {
    this.exchange = exchange;
    exchange.connection = this;
    this.socket.write(exchange.request);
  }

  /** Gives it up. */
  public break(error: Error): void {
    this.wasBroken = true;
    this.leave(error);
    this.socket.destroy();
  }

  private read(next: () => HttpResponse | undefined): void {
    let response: HttpResponse | undefined;
    try {
      response = next();
      if (this.exchange === undefined && (response !== undefined || this.reader.hasBegun))
        throw new Error('an answer that nobody has asked for');
    } catch (error) {
      this.break(error as Error);
      return;
    }
    const { exchange } = this;
    if (response === undefined || exchange === undefined) return;
    this.exchange = undefined;
    this.answers += 1;
    clearTimeout(exchange.timer);
    exchange.resolve(response);
    if (response.isLast) this.break(new Error('the last answer has come'));
    else {
      this.idleSince = performance.now();
      this.owner.free(this);
    }
  }

  private opened(): void {
    if (this.isOpened) return;
    this.isOpened = true;
    this.owner.opened();
  }

  private leave(error: Error): void {
    if (this.isGone) return;
    this.isGone = true;
    this.opened();
    const { exchange } = this;
    this.exchange = undefined;
    this.owner.gone(this, exchange, error);
  }
}
