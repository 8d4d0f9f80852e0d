// One HTTP/1.1 connection of the transport's pool.
import type { Socket } from 'node:net';
import { type HttpResponse, ResponseReader } from './http-response';

/** Time limit for opening a connection, the TLS handshake included. Milliseconds. */
const CONNECT_TIMEOUT = 1_000;

/** A post without a response so far. */
export interface PendingPost {
  /** Bytes of the request. */
  readonly request: Buffer;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: Error) => void;
  /** Undefined once the time limit has passed. */
  timer: NodeJS.Timeout | undefined;
  /** Undefined while the post waits for a connection. */
  connection: HttpConnection | undefined;
  /** Whether this is the second attempt, after a connection that was stale or did not open. */
  isRetry: boolean;
}

export interface HttpConnectionListener {
  /** Called once, when the connection has opened or has failed to. */
  readonly onOpenOrFailed: () => void;
  /** Called after each response, when the connection can send the next post. */
  readonly onIdle: (connection: HttpConnection) => void;
  /** Called once. @param post the post that has no response, if any */
  readonly onClosed: (connection: HttpConnection, post: PendingPost | undefined, error: Error) => void;
}

export class HttpConnection {
  /** Time of the last response, by `performance.now()`. */
  public idleSince = 0;
  /** Whether the connection has opened. Stays true after it has closed. */
  public isOpen = false;
  private readonly reader = new ResponseReader();
  private post: PendingPost | undefined;
  private hasReportedOpening = false;
  private hasReportedClosing = false;
  private responseCount = 0;
  private isClosedByUs = false;

  public constructor(
    private readonly socket: Socket,
    private readonly listener: HttpConnectionListener,
  ) {
    const timer = setTimeout(() => {
      this.close(Object.assign(new Error(`no connection in ${CONNECT_TIMEOUT} ms`), { name: 'TimeoutError' }));
    }, CONNECT_TIMEOUT);
    const isTls = 'encrypted' in socket;
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      this.isOpen = true;
      this.reportOpening();
    });
    socket.on('data', (chunk: Buffer) => {
      this.read(() => this.reader.push(chunk));
    });
    socket.on('end', () => {
      this.read(() => this.reader.end());
    });
    socket.on('error', (error) => {
      this.reportClosing(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      this.reportClosing(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
    });
  }

  /** Whether the server closed the connection after an earlier response, and before any byte of the next one. */
  public get isStale(): boolean {
    return this.responseCount > 0 && !this.isClosedByUs && !this.reader.hasBegun;
  }

  public send(post: PendingPost): void {
    this.post = post;
    post.connection = this;
    this.socket.write(post.request);
  }

  public close(error: Error): void {
    this.isClosedByUs = true;
    this.reportClosing(error);
    this.socket.destroy();
  }

  private read(next: () => HttpResponse | undefined): void {
    let response: HttpResponse | undefined;
    try {
      response = next();
      if (this.post === undefined && (response !== undefined || this.reader.hasBegun))
        throw new Error('a response without a request');
    } catch (error) {
      this.close(error as Error);
      return;
    }
    const { post } = this;
    if (response === undefined || post === undefined) return;
    this.post = undefined;
    this.responseCount += 1;
    clearTimeout(post.timer);
    post.resolve(response);
    if (response.isLast) this.close(new Error('the server closes the connection'));
    else {
      this.idleSince = performance.now();
      this.listener.onIdle(this);
    }
  }

  private reportOpening(): void {
    if (this.hasReportedOpening) return;
    this.hasReportedOpening = true;
    this.listener.onOpenOrFailed();
  }

  private reportClosing(error: Error): void {
    if (this.hasReportedClosing) return;
    this.hasReportedClosing = true;
    this.reportOpening();
    const { post } = this;
    this.post = undefined;
    this.listener.onClosed(this, post, error);
  }
}
