import type { Clock } from '../clock';
import type { AwsRequest, AwsResponse, AwsService, CloudLog, FunctionInvoker, InvocationResult } from '../types';
import { ACCOUNT_CONCURRENCY, type FunctionConfig } from './config';
import { LocalFunction } from './function';

export { ACCOUNT_CONCURRENCY, type FunctionConfig } from './config';

export interface LambdaOptions {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** Where functions find the emulated AWS APIs. */
  readonly endpoint: () => string;
  readonly log?: (log: CloudLog) => void;
  /**
   * Most invocations that this machine runs at once; later ones wait for their turn, which AWS does not do: there, each
   * gets an instance of its own at once.
   *
   * @default 64
   */
  readonly machineConcurrency?: number;
}

/** A failed asynchronous invocation is tried again this often. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const ASYNC_RETRIES = 2;
/** Waits before the retries of an asynchronous invocation. Milliseconds. */
const ASYNC_DELAYS = [60_000, 120_000] as const;
const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Lambda of one region. */
export class LambdaService implements AwsService, FunctionInvoker {
  private readonly functions = new Map<string, LocalFunction>();
  private running = 0;
  private stopped = false;
  private readonly waiting: (() => void)[] = [];

  public constructor(private readonly options: LambdaOptions) {}

  public addFunction(config: FunctionConfig): void {
    const { name, environment } = config;
    this.functions.set(
      name,
      new LocalFunction(config, { ...this.baseEnvironment(config), ...environment }, (requestId, level, message) => {
        const { region, clock, log } = this.options;
        log?.({
          region,
          source: name,
          level,
          message,
          time: clock.now(),
          ...(requestId === undefined ? {} : { requestId }),
        });
      }),
    );
  }

  /** A function by name, ARN or qualified ARN. */
  public find(nameOrArn: string): LocalFunction | undefined {
    const [, name = nameOrArn] = /^arn:aws:lambda:[^:]+:[^:]+:function:([^:]+)/.exec(nameOrArn) ?? [];
    return this.functions.get(name.split(':')[0] ?? name);
  }

  public async invoke(nameOrArn: string, event: unknown): Promise<InvocationResult> {
    const found = this.find(nameOrArn);
    if (found === undefined) throw new Error(`there is no function ${nameOrArn}`);
    if (this.stopped || !found.hasRoom() || this.running + this.waiting.length >= ACCOUNT_CONCURRENCY)
      return { payload: null, throttled: true };
    await this.enter();
    try {
      return await found.invoke(event);
    } finally {
      this.leave();
    }
  }

  /** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
  public async handle(request: AwsRequest): Promise<AwsResponse> {
    const [, encoded = ''] = INVOKE_PATH.exec(request.path) ?? [];
    const name = decodeURIComponent(encoded);
    if (encoded === '')
      return failure(404, 'UnknownOperationException', `The local Lambda does not know ${request.path}`);
    if (this.find(name) === undefined) return failure(404, 'ResourceNotFoundException', `Function not found: ${name}`);
    let event: unknown;
    try {
      event = request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'));
    } catch {
      return failure(400, 'InvalidRequestContentException', 'Could not parse request body into json');
    }
    if (request.headers['x-amz-invocation-type'] === 'Event') {
      void this.invokeAsync(name, event);
      return { status: 202 };
    }
    const result = await this.invoke(name, event);
    if (result.throttled === true) return failure(429, 'TooManyRequestsException', 'Rate Exceeded.');
    const headers = {
      'content-type': 'application/json',
      'x-amz-executed-version': '$LATEST',
      ...(result.error === undefined ? {} : { 'x-amz-function-error': 'Unhandled' }),
    };
    return { status: 200, headers, body: JSON.stringify(result.payload) };
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.functions.values()].map((one) => one.stop()));
  }

  private async invokeAsync(name: string, event: unknown): Promise<void> {
    for (let attempt = 0; attempt <= ASYNC_RETRIES; attempt++) {
      const result = await this.invoke(name, event);
      if (result.error === undefined && result.throttled !== true) return;
      const delay = ASYNC_DELAYS[attempt];
      if (delay !== undefined) await new Promise<void>((resolve) => this.options.clock.after(delay, resolve));
    }
  }

  private async enter(): Promise<void> {
    if (this.running >= (this.options.machineConcurrency ?? 64)) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running += 1;
    }
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
  private baseEnvironment({ name, memory, handler, runtimeMajor, directory }: FunctionConfig): Record<string, string> {
    const { region } = this.options;
    return {
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: this.options.endpoint(),
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${runtimeMajor}.x`,
      LAMBDA_TASK_ROOT: directory,
      _HANDLER: handler,
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      PATH: process.env.PATH ?? '',
    };
  }
}

function failure(status: number, name: string, message: string): AwsResponse {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': name };
  return { status, headers, body: JSON.stringify({ Type: 'User', Message: message }) };
}
