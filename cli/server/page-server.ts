import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Switchboard } from '../../local';
import { RealtimeError } from '../../protocol';
import { shippedFile } from '../files';
import { serveSwitchboard } from './switchboard-server';

export interface PageOptions {
  readonly port: number;
  /** Configuration of the page, served as `/config.json`. */
  readonly config: object;
  /** Served below `/cloud/`. */
  readonly switchboard: Switchboard;
  /** Mints a token for `/token?client=<name>`, optionally with `&cap=<JSON>` and `&expires=<seconds>`. */
  readonly token: (clientId: string, capabilities: string | null, expiresIn: number) => Promise<string>;
}

export interface PageServer {
  readonly url: string;
  stop(): Promise<void>;
}

const FILES = {
  '/': { file: 'page/index.html', type: 'text/html; charset=utf-8' },
  '/app.js': { file: 'page/app.js', type: 'text/javascript; charset=utf-8' },
  '/map.js': { file: 'page/map.js', type: 'text/javascript; charset=utf-8' },
  '/pane.js': { file: 'page/pane.js', type: 'text/javascript; charset=utf-8' },
  '/switches.js': { file: 'page/switches.js', type: 'text/javascript; charset=utf-8' },
  '/world.js': { file: 'page/world.js', type: 'text/javascript; charset=utf-8' },
  '/style.css': { file: 'page/style.css', type: 'text/css; charset=utf-8' },
  '/client.mjs': { file: 'client.mjs', type: 'text/javascript; charset=utf-8' },
} as const;

const LOCAL_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** Default lifetime of a token. Seconds. */
const TOKEN_LIFE = 3_600;

/**
 * Serves the chat page and its tokens, which your own backend does in your application. It gives any token to every process on this
 * machine, so it listens on the loopback interface only.
 *
 * @throws RealtimeError port_in_use
 */
export async function servePage(options: PageOptions): Promise<PageServer> {
  const server = createServer((request, response) => {
    // Prevents DNS rebinding: a web page whose host name resolves to this machine must not get tokens.
    if (!LOCAL_HOST.test(request.headers.host ?? '')) {
      send(response, 403, 'text/plain', 'Use the host 127.0.0.1 or localhost.');
      return;
    }
    const target = request.url ?? '/';
    const url = new URL(URL.canParse(target, 'http://local') ? target : '/not-an-address', 'http://local');
    const known = Object.hasOwn(FILES, url.pathname) ? FILES[url.pathname as keyof typeof FILES] : undefined;
    if (known !== undefined) send(response, 200, known.type, readFileSync(shippedFile(known.file)));
    else if (url.pathname === '/config.json') sendJson(response, 200, options.config);
    else if (url.pathname.startsWith('/cloud/')) serveSwitchboard(options.switchboard, url.pathname, request, response);
    else if (url.pathname === '/token') void sendToken(options, url.searchParams, response);
    else send(response, 404, 'text/plain', 'not found');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE' ? new RealtimeError('port_in_use', `Port: ${options.port}.`, { cause }) : cause,
      );
    });
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function sendToken({ token }: PageOptions, query: URLSearchParams, response: ServerResponse): Promise<void> {
  try {
    const expiresIn = Number(query.get('expires') ?? TOKEN_LIFE);
    sendJson(response, 200, { token: await token(query.get('client') ?? 'guest', query.get('cap'), expiresIn) });
  } catch (error) {
    const known = error instanceof RealtimeError ? error : new RealtimeError('internal', String(error));
    sendJson(response, 400, { error: known.toWire() });
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
