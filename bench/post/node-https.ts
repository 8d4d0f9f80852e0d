// Node's own HTTPS client with a keep-alive agent: the candidate to replace our transport (docs/decisions/0015-posting.md).
import type { ClientRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AwsCredentialIdentity } from '@smithy/types';
import { CallbackSigner } from '../../lambda/adapters/api-gateway/sigv4';

export interface NodeHttpsOptions {
  /** URL of the stage. */
  readonly endpoint: string;
  /** Concurrent connections; posts beyond wait for one. */
  readonly sockets: number;
  /**
   * Time limit of a post, the wait for a socket included. Milliseconds.
   *
   * @default no limit
   */
  readonly timeout?: number;
  /** @default posts are not signed */
  readonly signing?: { readonly region: string; readonly credentials: AwsCredentialIdentity };
  /** Certificate authority, in PEM. */
  readonly ca?: string;
}

interface PathAndHeaders {
  readonly path: string;
  /** Names and values in turn: Node writes an array as it is, which costs less than an object. */
  readonly headers: readonly string[];
}

export class NodeHttpsClient {
  private readonly agent: Agent;
  private readonly url: URL;
  private readonly signer: CallbackSigner | undefined;

  public constructor(private readonly options: NodeHttpsOptions) {
    const { sockets, ca, signing } = options;
    this.url = new URL(options.endpoint);
    // `lifo` reuses the socket that was used last, as our transport does. `noDelay` is the default.
    this.agent = new Agent({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets, scheduling: 'lifo', ca });
    const { host, pathname } = this.url;
    if (signing !== undefined) this.signer = new CallbackSigner({ host, basePath: pathname, region: signing.region });
  }

  /** @throws Error when the response is not 200, or when the connection fails; TimeoutError after the time limit */
  public post(connectionId: string, frame: Uint8Array): Promise<void> {
    const { agent } = this;
    const { hostname, port } = this.url;
    const { path, headers } = this.pathAndHeaders(connectionId, frame);
    const fields = [...headers, 'content-length', String(frame.length), 'connection', 'keep-alive'];
    return new Promise((resolve, reject) => {
      // The array form of `headers` is missing in Node's types of this version.
      const request = httpsRequest({ method: 'POST', agent, hostname, port, path, headers: fields as never });
      const timer = this.startTimer(request);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
      };
      request.on('response', (response) => {
        response.resume();
        response.on('end', () => {
          clearTimeout(timer);
          if (response.statusCode === 200) resolve();
          else reject(new Error(`HTTP ${response.statusCode}`));
        });
        response.on('error', fail);
      });
      request.on('error', fail);
      request.end(frame);
    });
  }

  /** Closes all connections. */
  public destroy(): void {
    this.agent.destroy();
  }

  private startTimer(request: ClientRequest): NodeJS.Timeout | undefined {
    const { timeout } = this.options;
    if (timeout === undefined) return undefined;
    return setTimeout(() => {
      // Destroys the socket, too: its late response must not be read as that of the next post.
      request.destroy(Object.assign(new Error(`no answer in ${timeout} ms`), { name: 'TimeoutError' }));
    }, timeout);
  }

  private pathAndHeaders(connectionId: string, frame: Uint8Array): PathAndHeaders {
    const { signing } = this.options;
    if (this.signer === undefined || signing === undefined) {
      const path = `${this.url.pathname}/@connections/${encodeURIComponent(connectionId)}`;
      return { path, headers: ['host', this.url.host, 'content-type', 'application/octet-stream'] };
    }
    const { path, headers } = this.signer.sign({
      connectionId,
      frame,
      now: Date.now(),
      credentials: signing.credentials,
    });
    return { path, headers: headers.trimEnd().split(/: |\r\n/) };
  }
}
