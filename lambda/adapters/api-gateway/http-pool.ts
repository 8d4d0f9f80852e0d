// A pool of HTTP/1.1 keep-alive connections to one origin, each with one request at a time. It does only what posts need: it
// takes about the CPU of undici, far less than node:https, and is small to load (docs/decisions/0015-posting.md).
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { HttpConnection, type PendingPost } from './http-connection';
import type { HttpResponse } from './http-response';
import type { SignedPost } from './sigv4';

/**
 * Longest time that a connection may have been idle when it is used again: the server may be about to close it, and timers do
 * not run while a function is frozen. Milliseconds.
 */
const MAX_IDLE = 50_000;
/**
 * Connections that may be opening at once. A TLS handshake takes over a millisecond of CPU (less when it resumes an earlier
 * session), so that hundreds at once would all finish late. Open connections serve the waiting posts meanwhile.
 */
const MAX_OPENING = 32;

export interface HttpPoolOptions {
  /** Maximum number of connections. Further posts wait for one. */
  readonly connections: number;
  /** Time limit of a post, the wait for a connection included; its connection is closed then. Milliseconds. */
  readonly timeout: number;
}

export class HttpPool {
  private readonly idle: HttpConnection[] = [];
  private readonly connections = new Set<HttpConnection>();
  private readonly waiting = new Set<PendingPost>();
  private readonly origin: URL;
  private openingCount = 0;
  private isClosed = false;
  /** TLS session of the newest connection, which shortens the next handshake. */
  private session: Buffer | undefined;

  /** @param origin protocol, host and port */
  public constructor(
    origin: string,
    private readonly options: HttpPoolOptions,
  ) {
    this.origin = new URL(origin);
  }

  /**
   * Sends a post and returns the response, whatever its status.
   *
   * @throws Error without a response: `name` is TimeoutError after the time limit; otherwise the socket's error, with its `code`
   */
  public post({ path, headers }: SignedPost, body: Uint8Array): Promise<HttpResponse> {
    const head = `POST ${path} HTTP/1.1\r\n${headers}content-length: ${body.length}\r\n\r\n`;
    // A single buffer becomes a single write and a single TLS record.
    const request = Buffer.allocUnsafe(head.length + body.length);
    request.write(head, 'latin1');
    request.set(body, head.length);
    return new Promise((resolve, reject) => {
      const post: PendingPost = {
        request,
        resolve,
        reject,
        timer: undefined,
        connection: undefined,
        isRetry: false,
      };
      post.timer = setTimeout(() => {
        this.expire(post);
      }, this.options.timeout);
      this.start(post);
    });
  }

  /** Closes all connections. */
  public close(): void {
    this.isClosed = true;
    for (const connection of this.connections) connection.close(new Error('closed'));
  }

  private expire(post: PendingPost): void {
    post.timer = undefined;
    this.waiting.delete(post);
    const error = Object.assign(new Error(`no answer in ${this.options.timeout} ms`), { name: 'TimeoutError' });
    // The connection is closed because its late response would be read as that of the next post.
    if (post.connection === undefined) post.reject(error);
    else post.connection.close(error);
  }

  private start(post: PendingPost): void {
    // A retry takes a new connection: the idle ones are likely closed, like that of the first attempt.
    const connection = post.isRetry ? this.openConnection() : this.takeConnection();
    if (connection === undefined) this.waiting.add(post);
    else connection.send(post);
  }

  private takeConnection(): HttpConnection | undefined {
    for (let connection = this.idle.pop(); connection !== undefined; connection = this.idle.pop()) {
      if (performance.now() - connection.idleSince < MAX_IDLE) return connection;
      connection.close(new Error('idle for too long'));
    }
    return this.openConnection();
  }

  /** Returns undefined when there are as many connections, or as many opening ones, as there may be. */
  private openConnection(): HttpConnection | undefined {
    if (this.connections.size >= this.options.connections || this.openingCount >= MAX_OPENING) return undefined;
    this.openingCount += 1;
    const connection = new HttpConnection(this.openSocket(), {
      onOpenOrFailed: () => {
        this.openingCount -= 1;
        this.startNextWaiting();
      },
      onIdle: (idle) => {
        this.reuse(idle);
      },
      onClosed: (closed, post, error) => {
        this.remove(closed);
        if (post !== undefined) this.retryOrReject(post, closed, error);
        this.startNextWaiting();
      },
    });
    this.connections.add(connection);
    return connection;
  }

  private openSocket(): Socket {
    const { protocol, hostname, port } = this.origin;
    const host = hostname.replace(/^\[|\]$/g, '');
    if (protocol === 'http:') return connectTcp({ host, port: Number(port || 80), noDelay: true });
    const isIpAddress = /^[\d.]+$|:/.test(host);
    const socket = connectTls({
      host,
      port: Number(port || 443),
      ALPNProtocols: ['http/1.1'],
      // An IP address is not allowed as a server name (https://www.rfc-editor.org/rfc/rfc6066#section-3).
      servername: isIpAddress ? undefined : host,
      session: this.session,
    });
    socket.on('session', (session) => {
      this.session = session;
    });
    return socket.setNoDelay(true);
  }

  private reuse(connection: HttpConnection): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.idle.push(connection);
      return;
    }
    this.waiting.delete(next);
    connection.send(next);
  }

  private remove(connection: HttpConnection): void {
    this.connections.delete(connection);
    const index = this.idle.indexOf(connection);
    if (index >= 0) this.idle.splice(index, 1);
  }

  private retryOrReject(post: PendingPost, connection: HttpConnection, error: Error): void {
    // Servers close idle connections, also while this function is frozen, and then they have not read the post. If one has read
    // it after all, the subscriber receives it twice and drops the second. A connection that never opened has sent nothing.
    const isRetryable = connection.isStale || !connection.isOpen;
    const isExpired = post.timer === undefined;
    if (isRetryable && !post.isRetry && !isExpired && !this.isClosed) {
      post.isRetry = true;
      post.connection = undefined;
      this.start(post);
    } else {
      clearTimeout(post.timer);
      post.reject(error);
    }
  }

  private startNextWaiting(): void {
    const [next] = this.waiting;
    if (next === undefined) return;
    this.waiting.delete(next);
    this.start(next);
  }
}
