// Types that the parts of the local cloud share. A service emulates an AWS service, independently of CloudFormation. A resource
// type (one file each in cloudformation/resources/) creates the resources of a template in the services.
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from './support/clock';

/** One call of an emulated AWS API. */
export interface AwsRequest {
  readonly method: string;
  /** Path without the query, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Parses the body, once. @throws SyntaxError when it is not JSON */
  readonly json: () => unknown;
  /** Part of `X-Amz-Target` after the dot, or `Action` of the query protocol; empty for services that route by path. */
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

/** Result of an invocation. */
export interface InvocationResult {
  readonly payload: unknown;
  /** Error as Lambda reports it: the function threw, timed out or crashed. */
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
  /** Rejected because of the concurrency limit (429, TooManyRequestsException). */
  readonly throttled?: boolean;
  /** Rejected because the event is too large (413, RequestTooLargeException). */
  readonly tooLarge?: boolean;
}

/** Invokes functions for other services. */
export interface FunctionInvoker {
  /** @param nameOrArn function name, ARN, or qualified ARN */
  invoke(nameOrArn: string, event: unknown): Promise<InvocationResult>;
}

/** A created resource: the values of `Ref` and `Fn::GetAtt`. */
export interface Resource {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Input of a resource type. */
export interface ResourceContext<Services = unknown> {
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  readonly logicalId: string;
  /** Properties with all intrinsics resolved. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Paths of unpacked assets, by the S3 key of a deployment. */
  readonly assets: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly services: Services;
  /** A name in CloudFormation's format, `stack-logicalId-…`, the same at every start. */
  physicalName(): string;
  /** Reports a part of the resource that is not emulated, and its effect. */
  readonly unsupported: (meaning: string) => void;
}

/** Creates the resources of one CloudFormation type. */
export interface ResourceType<Services = unknown> {
  /** The CloudFormation name, `AWS::SQS::Queue`. */
  readonly type: string;
  /** Creates a resource in `context.services`. @throws LocalError when the template uses a feature that is not emulated */
  create(context: ResourceContext<Services>): Resource | Promise<Resource>;
}

/** One log entry: output of a function, a denied call, or a message of a service. */
export interface CloudLog {
  readonly region: string;
  /** Name of the function, or a service such as `sqs`. */
  readonly source: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  /** Lambda request that the entry belongs to. */
  readonly requestId?: string;
  /** Milliseconds since 1970, on the cloud's clock. */
  readonly time: number;
}
