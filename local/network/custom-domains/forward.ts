// Forwards requests to a region. When the region is down the connection is destroyed, as a client of that region would see it.
import { Agent, type IncomingMessage, request as ask, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { passedHeaders } from './request';

/** A request, and its address in a region. */
interface Forwarded {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** The host of the custom domain that the client asked for. */
  readonly host: string;
}

/** Forwards an HTTP request. */
export function forwardHttp({ request, url, host }: Forwarded, response: ServerResponse, agent: Agent): void {
  const { method, socket } = request;
  const headers = passedHeaders(request, host);
  const upstream = ask(url, { agent, method, headers: [...headers] }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.on('error', () => socket.destroy());
    answer.pipe(response);
  });
  upstream.on('error', () => socket.destroy());
  response.on('close', () => {
    if (!response.writableFinished) upstream.destroy();
  });
  request.pipe(upstream);
}

/** Forwards an upgrade request, then every byte in both directions unchanged. */
export function forwardUpgrade({ request, url, host }: Forwarded, socket: Duplex, head: Buffer): void {
  const upstream = connect(Number(url.port), url.hostname);
  const lines = [`${request.method} ${url.pathname}${url.search} HTTP/1.1`];
  const headers = passedHeaders(request, host);
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
  upstream.write(head);
  upstream.setNoDelay(true);
  socket.pipe(upstream);
  upstream.pipe(socket);
  // The end of one socket destroys the other: WebSockets have no use for half-open sockets.
  for (const [one, other] of [
    [socket, upstream],
    [upstream, socket],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}
