// What the local cloud's parts know of each other. Services emulate an AWS service and know nothing of CloudFormation;
// resource types (one file each in resources/) make a template's resources in them.
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from './support/clock';

/** One call of an emulated AWS API, after the endpoint has found out which service it is for. */
export interface AwsRequest {
  readonly method: string;
  /** Path without the query, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body, which is parsed once. @throws SyntaxError when it is not JSON */
  readonly json: () => unknown;
  /** What follows the dot of `X-Amz-Target`, or `Action` of the query protocol; empty for services that route by path. */
  readonly operation: string;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** An emulated AWS service of one region. */
export interface AwsService {
  handle(request: AwsRequest): Promise<AwsResponse>;
  stop(): Promise<void>;
}

/** What an invocation came to: `error` is set when the function threw, timed out or crashed, as Lambda reports it. */
export interface InvocationResult {
  readonly payload: unknown;
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
  /** Lambda refused to start it: the concurrency limit (429, TooManyRequestsException). */
  readonly throttled?: boolean;
  /** Lambda refused to start it: the event is too large (413, RequestTooLargeException). */
  readonly tooLarge?: boolean;
}

/** How other services call functions. */
export interface FunctionInvoker {
  /** @param nameOrArn function name, ARN, or qualified ARN */
  invoke(nameOrArn: string, event: unknown): Promise<InvocationResult>;
}

/** What a template's resource came to be: what `Ref` and `Fn::GetAtt` return. */
export interface Resource {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Everything that a resource type may use to make its resource. Properties arrive with all intrinsics resolved. */
export interface ResourceContext<Services = unknown> {
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Unpacked assets by the key that a deployment would upload them under. */
  readonly assets: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly services: Services;
  /** A name as CloudFormation would make it: `stack-logicalId-…`, the same at every start. */
  physicalName(): string;
  /** Notes that a part of the resource is not emulated, and what that means. */
  readonly unsupported: (meaning: string) => void;
}

/** How one CloudFormation resource type is made in the local cloud: one file of `resources/` exports one of these. */
export interface ResourceType<Services = unknown> {
  /** The CloudFormation name, `AWS::SQS::Queue`. */
  readonly type: string;
  /** Makes it in `context.services`. Throws `LocalError` when the template asks for what the emulation can't do. */
  create(context: ResourceContext<Services>): Resource | Promise<Resource>;
}

/** One line that the local cloud has to tell: a function's output, a refused call, a service's remark. */
export interface CloudLog {
  readonly region: string;
  /** Who says it: a function's name, or a service such as `sqs`. */
  readonly source: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  /** The Lambda request during which it was said. */
  readonly requestId?: string;
  /** Milliseconds since 1970, on the cloud's clock. */
  readonly time: number;
}
