// A region that is a plain server, for tests of custom domains.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';

/** A region that reports requests, echoes socket data, and has a controllable health. */
export class BareRegion {
  public healthy = true;
  public readonly asked: { url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  public readonly sockets: WebSocket[] = [];
  private readonly server: Server;

  public constructor(public readonly name: string) {
    this.server = createServer((incoming, response) => {
      const { url = '', headers, method } = incoming;
      if (url === '/health') {
        response.writeHead(this.healthy ? 200 : 503).end();
        return;
      }
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
      incoming.on('end', () => {
        this.asked.push({ url, headers, body });
        if (url === '/hang') return;
        if (url === '/cut') response.write('half', () => incoming.socket.destroy());
        else
          response
            .writeHead(201, ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-region', name])
            .end(`${method} ${body}`);
      });
    });
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
    this.server.on('upgrade', (incoming, socket, head) => {
      this.asked.push({ url: incoming.url ?? '', headers: incoming.headers, body: '' });
      if (incoming.url === '/closed') socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
      else
        sockets.handleUpgrade(incoming, socket, head, (webSocket) => {
          this.sockets.push(webSocket);
          webSocket.send(`hello from ${name}`);
          webSocket.on('message', (data: Buffer, isBinary) => webSocket.send(data, { binary: isBinary }));
        });
    });
  }

  public async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Takes the region down: connections break, and new ones are refused. */
  public async die(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.terminate();
    this.server.closeAllConnections();
    await closed;
  }
}
