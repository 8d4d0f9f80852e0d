// A client that posts to connections, with the commands and the errors of @aws-sdk/client-apigatewaymanagementapi, at a fraction
// of its CPU time (docs/decisions/0015-posting.md).
import type {
  PostToConnectionCommandInput,
  PostToConnectionCommandOutput,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { HttpResponse } from './http-response';
import { CallbackSigner } from './sigv4';
import { HttpPool, type HttpPoolOptions } from './http-pool';

/** The SDK's command, for bytes only: a frame is encoded once for all its subscribers. */
export class PostToConnectionCommand {
  public constructor(public readonly input: PostToConnectionCommandInput & { readonly Data: Uint8Array }) {}
}

/** The part of the SDK's client that posts need. */
export interface CallbackClient {
  send(command: PostToConnectionCommand): Promise<PostToConnectionCommandOutput>;
}

export interface CallbackClientOptions extends HttpPoolOptions {
  /** URL of the stage: `https://<api>.execute-api.<region>.amazonaws.com/<stage>`. */
  readonly endpoint: string;
  readonly region: string;
  /** Called at most once a second. It may cache credentials until they expire. */
  readonly credentials: () => Promise<AwsCredentialIdentity>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Age after which credentials are read again. Milliseconds. */
const CREDENTIALS_MAX_AGE = 1_000;

/** The result of every successful post. */
const OK: PostToConnectionCommandOutput = { $metadata: { httpStatusCode: 200, attempts: 1, totalRetryDelay: 0 } };

const ERROR_NAMES: Readonly<Record<number, string>> = {
  403: 'ForbiddenException',
  410: 'GoneException',
  413: 'PayloadTooLargeException',
  429: 'LimitExceededException',
};

export class FastCallbackClient implements CallbackClient {
  private readonly signer: CallbackSigner;
  private readonly transport: HttpPool;
  private credentials: AwsCredentialIdentity | undefined;
  private credentialsReadAt = -Infinity;

  public constructor(private readonly options: CallbackClientOptions) {
    const { origin, host, pathname } = new URL(options.endpoint);
    this.signer = new CallbackSigner({ host, basePath: pathname.replace(/\/$/, ''), region: options.region });
    this.transport = new HttpPool(origin, options);
  }

  /** @throws Error with the SDK's `name`, `$fault` and `$metadata`; without `$metadata` when there was no response */
  public async send({ input }: PostToConnectionCommand): Promise<PostToConnectionCommandOutput> {
    const { ConnectionId: connectionId, Data: frame } = input;
    if (connectionId === undefined || connectionId === '') throw new TypeError('ConnectionId must be given');
    const now = this.options.now();
    const isCurrent = now - this.credentialsReadAt < CREDENTIALS_MAX_AGE;
    const credentials = (isCurrent ? this.credentials : undefined) ?? (await this.readCredentials(now));
    const signed = this.signer.sign({ connectionId, frame, now, credentials });
    const response = await this.transport.post(signed, frame);
    if (response.status >= 300) throw errorOf(response);
    return OK;
  }

  /** Closes all connections. */
  public destroy(): void {
    this.transport.close();
  }

  private async readCredentials(now: number): Promise<AwsCredentialIdentity> {
    const credentials = await this.options.credentials();
    // They become header values without any encoding.
    if (/[^\x21-\x7e]/.test(`${credentials.accessKeyId}${credentials.sessionToken ?? ''}`))
      throw new TypeError('credentials must be visible ASCII characters');
    this.credentials = credentials;
    this.credentialsReadAt = now;
    return credentials;
  }
}

function errorOf({ status, headers, body }: HttpResponse): Error {
  // The type may have a namespace before and a URL after the name: "namespace#GoneException", "GoneException:http://…".
  const typeName = /^(?:[^:]*#)?([^:#]+)/.exec(headers.get('x-amzn-errortype') ?? '')?.[1];
  const requestId = headers.get('x-amzn-requestid');
  return Object.assign(new Error(messageOf(body.toString()) ?? `HTTP ${status}`), {
    name: typeName ?? ERROR_NAMES[status] ?? 'ApiGatewayManagementApiServiceException',
    $fault: status < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode: status, requestId, attempts: 1, totalRetryDelay: 0 },
  });
}

/** Returns undefined when the body is not JSON, so that the response is not API Gateway's own. */
function messageOf(body: string): string | undefined {
  try {
    const { message, Message = message } = JSON.parse(body) as { message?: unknown; Message?: unknown };
    return typeof Message === 'string' ? Message : undefined;
  } catch {
    return undefined;
  }
}
