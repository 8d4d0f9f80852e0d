// Clients that post to connections: ours, the references it is compared with, and the AWS SDK.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import {
  FastCallbackClient,
  PostToConnectionCommand as OwnPostToConnectionCommand,
} from '../../lambda/adapters/api-gateway/client';
import { NodeHttpsClient } from './node-https';
import { RawUndiciClient } from './raw-undici';

/** The stage that contenders post to, and the settings that all of them share. */
export interface PostTarget {
  /** URL of the stage. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  /** Concurrent posts, and sockets. */
  readonly inFlight: number;
}

export type Post = (connectionId: string, frame: Uint8Array) => Promise<unknown>;

export interface Contender {
  readonly title: string;
  /** Posts one frame after another, as the SDK's code samples do. */
  readonly isSequential?: true;
  readonly connect: (target: PostTarget) => Post;
}

/** Time limit of a post, as deployed. Milliseconds. */
const TIMEOUT = 3_000;

function rawUndici({ endpoint, inFlight }: PostTarget): Post {
  const client = new RawUndiciClient(endpoint, inFlight);
  return (connectionId, frame) => client.post(connectionId, frame);
}

function nodeHttps({ endpoint, inFlight }: PostTarget): Post {
  const client = new NodeHttpsClient({ endpoint, sockets: inFlight });
  return (connectionId, frame) => client.post(connectionId, frame);
}

function nodeHttpsSigned({ endpoint, inFlight, region, credentials }: PostTarget): Post {
  const client = new NodeHttpsClient({
    endpoint,
    sockets: inFlight,
    timeout: TIMEOUT,
    signing: { region, credentials },
  });
  return (connectionId, frame) => client.post(connectionId, frame);
}

function ours({ endpoint, region, credentials, inFlight }: PostTarget): Post {
  const client = new FastCallbackClient({
    endpoint,
    region,
    connections: inFlight,
    timeout: TIMEOUT,
    credentials: () => Promise.resolve(credentials),
    now: Date.now,
  });
  return (ConnectionId, Data) => client.send(new OwnPostToConnectionCommand({ ConnectionId, Data }));
}

function sdk({ endpoint, region, credentials }: PostTarget): Post {
  const client = new ApiGatewayManagementApiClient({ endpoint, region, credentials, maxAttempts: 1 });
  return (ConnectionId, Data) => client.send(new PostToConnectionCommand({ ConnectionId, Data }));
}

function tunedSdk({ endpoint, region, credentials, inFlight }: PostTarget): Post {
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    region,
    credentials,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpsAgent: { maxSockets: inFlight, keepAlive: true } }),
    cacheMiddleware: true,
  });
  return (ConnectionId, Data) => client.send(new PostToConnectionCommand({ ConnectionId, Data }));
}

/** By name, in the order of a run. */
export const CONTENDERS = {
  undici: { title: 'undici, unsigned', connect: rawUndici },
  https: { title: 'node:https, unsigned', connect: nodeHttps },
  'https-signed': { title: 'node:https, signed', connect: nodeHttpsSigned },
  ours: { title: 'ours', connect: ours },
  'sdk-tuned': { title: 'SDK, tuned (sockets, cached middleware)', connect: tunedSdk },
  sdk: { title: 'SDK, default', connect: sdk },
  'sdk-sequential': { title: 'SDK, default, one after another', isSequential: true, connect: sdk },
} as const satisfies Readonly<Record<string, Contender>>;

export type ContenderName = keyof typeof CONTENDERS;

export const CONTENDER_NAMES = Object.keys(CONTENDERS) as readonly ContenderName[];
