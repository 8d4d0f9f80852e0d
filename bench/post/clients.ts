// What can post to connections: ours, what it is measured by, and the SDK as people use it.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Dispatcher, Pool } from 'undici';

import {
  FastCallbackClient,
  PostToConnectionCommand as OwnPostToConnectionCommand,
} from '../../lambda/adapters/callbacks/client';

export interface Setting {
  /** Of a stage. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  /** Posts at once. */
  readonly inFlight: number;
}

export type Post = (connectionId: string, frame: Uint8Array) => Promise<unknown>;

export interface Client {
  readonly title: string;
  /** One post after another, as samples do. */
  readonly isSequential?: true;
  readonly make: (setting: Setting) => Post;
}

/** The least that a post can take with undici: no signature, no time limit, nothing made of the answer. */
class Bare implements Dispatcher.DispatchHandlers {
  private status = 0;
  public constructor(
    private readonly resolve: () => void,
    private readonly reject: (error: Error) => void,
  ) {}
  public onConnect(): void {
    // Nobody gives it up.
  }
  public onHeaders(status: number): boolean {
    this.status = status;
    return true;
  }
  public onData(): boolean {
    return true;
  }
  public onComplete(): void {
    if (this.status === 200) this.resolve();
    else this.reject(new Error(`HTTP ${this.status}`));
  }
  public onError(error: Error): void {
    this.reject(error);
  }
}

function bare({ endpoint, inFlight }: Setting): Post {
  const { origin, pathname } = new URL(endpoint);
  const pool = new Pool(origin, { connections: inFlight, pipelining: 1 });
  const headers = ['content-type', 'application/octet-stream'];
  return (id, body) =>
    new Promise<void>((resolve, reject) => {
      const path = `${pathname}/@connections/${encodeURIComponent(id)}`;
      pool.dispatch({ method: 'POST', path, headers, body }, new Bare(resolve, reject));
    });
}

function ours({ endpoint, region, credentials, inFlight }: Setting): Post {
  const client = new FastCallbackClient({
    ...{ endpoint, region, connections: inFlight, timeout: 3_000 },
    credentials: () => Promise.resolve(credentials),
    now: Date.now,
  });
  return (ConnectionId, Data) => client.send(new OwnPostToConnectionCommand({ ConnectionId, Data }));
}

function sdk({ endpoint, region, credentials }: Setting, requestHandler?: NodeHttpHandler): Post {
  const client = new ApiGatewayManagementApiClient({
    ...{ endpoint, region, credentials, maxAttempts: 1 },
    ...(requestHandler === undefined ? {} : { requestHandler }),
    ...{ cacheMiddleware: requestHandler !== undefined },
  });
  return (ConnectionId, Data) => client.send(new PostToConnectionCommand({ ConnectionId, Data }));
}

const tuned = ({ inFlight }: Setting): NodeHttpHandler =>
  new NodeHttpHandler({ httpsAgent: { maxSockets: inFlight, keepAlive: true } });

/** By name. */
export const CLIENTS = {
  undici: { title: 'undici, unsigned', make: bare },
  ours: { title: 'ours', make: ours },
  'sdk-tuned': { title: 'SDK, tuned (sockets, kept middleware)', make: (setting) => sdk(setting, tuned(setting)) },
  sdk: { title: 'SDK, default', make: (setting) => sdk(setting) },
  'sdk-sequence': { title: 'SDK, default, in sequence', isSequential: true, make: (setting) => sdk(setting) },
} as const satisfies Readonly<Record<string, Client>>;

export type ClientName = keyof typeof CLIENTS;
