// What posts to connections, with the shapes and the errors of @aws-sdk/client-apigatewaymanagementapi, at a small part of
// its work (`npm run bench:post`, docs/decisions/0015).
import type {
  PostToConnectionCommandInput,
  PostToConnectionCommandOutput,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { AwsCredentialIdentity } from '@smithy/types';
import { CallbackSigner } from './sigv4';
import type { HttpResponse } from './response';
import { CallbackTransport, type CallbackTransportOptions } from './transport';

/** As the SDK's, for bytes: a frame is encoded once, whoever gets it. */
export class PostToConnectionCommand {
  public constructor(public readonly input: PostToConnectionCommandInput & { readonly Data: Uint8Array }) {}
}

/** The part of the SDK's client that posting needs. */
export interface CallbackClient {
  send(command: PostToConnectionCommand): Promise<PostToConnectionCommandOutput>;
}

export interface CallbackClientOptions extends CallbackTransportOptions {
  /** Of the stage: `https://<api>.execute-api.<region>.amazonaws.com/<stage>`. */
  readonly endpoint: string;
  readonly region: string;
  /** Asked at most once a second: it may keep what it knows until that expires. */
  readonly credentials: () => Promise<AwsCredentialIdentity>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The answer to every post that was taken. */
const OK: PostToConnectionCommandOutput = { $metadata: { httpStatusCode: 200, attempts: 1, totalRetryDelay: 0 } };

const ERROR_NAMES: Readonly<Record<number, string>> = {
  403: 'ForbiddenException',
  410: 'GoneException',
  413: 'PayloadTooLargeException',
  429: 'LimitExceededException',
};

export class FastCallbackClient implements CallbackClient {
  private readonly signer: CallbackSigner;
  private readonly transport: CallbackTransport;
  private identity: AwsCredentialIdentity | undefined;
  private askedAt = -Infinity;

  public constructor(private readonly options: CallbackClientOptions) {
    const { origin, host, pathname } = new URL(options.endpoint);
    this.signer = new CallbackSigner({ host, basePath: pathname.replace(/\/$/, ''), region: options.region });
    this.transport = new CallbackTransport(origin, options);
  }

  /** @throws Error with the SDK's `name`, `$fault` and `$metadata`; without `$metadata` when there was no answer */
  public async send({ input }: PostToConnectionCommand): Promise<PostToConnectionCommandOutput> {
    const { ConnectionId: id, Data: frame } = input;
    if (id === undefined || id === '') throw new TypeError('ConnectionId must be given');
    const now = this.options.now();
    const identity = this.identity !== undefined && now - this.askedAt < 1_000 ? this.identity : await this.ask(now);
    const { path, headers } = this.signer.sign(id, frame, now, identity);
    const response = await this.transport.post(path, headers, frame);
    if (response.status >= 300) throw errorOf(response);
    return OK;
  }

  /** Closes all connections. */
  public destroy(): void {
    this.transport.close();
  }

  private async ask(now: number): Promise<AwsCredentialIdentity> {
    const identity = await this.options.credentials();
    // They go into headers as they are.
    if (/[^\x21-\x7e]/.test(`${identity.accessKeyId}${identity.sessionToken ?? ''}`))
      throw new TypeError('credentials must be visible ASCII characters');
    this.identity = identity;
    this.askedAt = now;
    return identity;
  }
}

function errorOf({ status, headers, body }: HttpResponse): Error {
  // "GoneException:http://…" and "namespace#GoneException" mean the same.
  const told = /^(?:[^:]*#)?([^:#]+)/.exec(headers.get('x-amzn-errortype') ?? '')?.[1];
  const requestId = headers.get('x-amzn-requestid');
  return Object.assign(new Error(messageOf(body.toString()) ?? `HTTP ${status}`), {
    name: told ?? ERROR_NAMES[status] ?? 'ApiGatewayManagementApiServiceException',
    $fault: status < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode: status, requestId, attempts: 1, totalRetryDelay: 0 },
  });
}

function messageOf(body: string): string | undefined {
  try {
    const { message, Message = message } = JSON.parse(body) as { message?: unknown; Message?: unknown };
    return typeof Message === 'string' ? Message : undefined;
  } catch {
    // It was not API Gateway that answered.
    return undefined;
  }
}
