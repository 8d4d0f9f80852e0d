import { availableParallelism } from 'node:os';
import type { Clock } from '../../support/clock';
import { logBytes, Meter } from '../../metering';
import { lambdaError } from './errors';
import { type FunctionCatalog, handleFunctionsApi } from './functions-api';
import type { AwsRequest, AwsResponse, AwsService, CloudLog, FunctionInvoker, InvocationResult } from '../../types';
import { ACCOUNT_CONCURRENCY, type FunctionConfig } from './config';
import { type FunctionBilling, LocalFunction } from './function';
import { invokeAsync } from './invoke-async';
import { Semaphore } from './semaphore';

export { ACCOUNT_CONCURRENCY, type FunctionConfig } from './config';

export interface LambdaOptions {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** URL of the emulated AWS APIs, for functions. */
  readonly endpoint: () => string;
  readonly log?: (log: CloudLog) => void;
  /**
   * Maximum concurrent invocations of this machine. Further ones wait up to five seconds. AWS starts an instance for each
   * instead; here, too many concurrent invocations would slow each other down until all of them time out.
   *
   * @default - eight per core
   */
  readonly machineConcurrency?: number;
  /** Limits concurrent instance starts in all regions: a start uses a core fully. */
  readonly inits: Semaphore;
  readonly meter?: Meter;
}

/** Largest event of a synchronous and of an asynchronous invocation. Bytes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_REQUEST = 6 * 1024 * 1024;
const MAX_ASYNC_REQUEST = 1024 * 1024;
/** Longest wait of an invocation for `machineConcurrency`; then it is throttled. Milliseconds. */
const MAX_WAIT = 5_000;
/** Path of Invoke, with the function's name or ARN. */
export const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Log lines that Lambda writes for each invocation; the local cloud's own REPORT line is shorter. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html */
const PLATFORM_LINES = [
  'START RequestId: 4b9c6d3e-0000-0000-0000-000000000000 Version: $LATEST\n',
  'END RequestId: 4b9c6d3e-0000-0000-0000-000000000000\n',
  'REPORT RequestId: 4b9c6d3e-0000-0000-0000-000000000000\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 1024 MB\tMax Memory Used: 100 MB\t\n',
].reduce((sum, line) => sum + logBytes(line), 0);

/** Lambda of one region. */
export class LambdaService implements AwsService, FunctionInvoker {
  private readonly functions = new Map<string, LocalFunction>();
  /** Versions and aliases as `function:qualifier`, with the version that each refers to. */
  private readonly qualifiers = new Map<string, string>();
  private readonly createdAt: number;
  private stopped = false;
  private suspended = false;
  private readonly invocations: Semaphore;
  private readonly inits: Semaphore;
  private readonly meter: Meter;

  public constructor(private readonly options: LambdaOptions) {
    this.invocations = new Semaphore(options.machineConcurrency ?? 8 * availableParallelism());
    this.inits = options.inits;
    this.meter = options.meter ?? new Meter();
    this.createdAt = options.clock.now();
  }

  public addFunction(config: FunctionConfig): void {
    const { name, environment } = config;
    this.functions.set(
      name,
      new LocalFunction(config, {
        environment: { ...this.baseEnvironment(config), ...environment },
        log: (requestId, level, message) => {
          this.log(name, level, message, requestId);
          if (!message.startsWith('REPORT ')) this.meterLog(name, logBytes(message));
        },
        inits: this.inits,
        bill: this.billing(config),
      }),
    );
  }

  /** Registers a version or an alias. It resolves to the function itself: the local cloud keeps one version of each function. */
  public addQualifier(name: string, qualifier: string, version: string): void {
    this.qualifiers.set(`${name}:${qualifier}`, version);
  }

  public all(): readonly LocalFunction[] {
    return [...this.functions.values()];
  }

  /** A function by name, ARN or qualified ARN. */
  public find(nameOrArn: string): LocalFunction | undefined {
    const { name, qualifier = '$LATEST' } = parseName(nameOrArn);
    if (qualifier !== '$LATEST' && !this.qualifiers.has(`${name}:${qualifier}`)) return undefined;
    return this.functions.get(name);
  }

  /** ARN of the role that a function runs with, by the function's name. */
  public roleOf(name: string): string | undefined {
    return this.functions.get(name)?.config.role;
  }

  public async invoke(nameOrArn: string, event: unknown): Promise<InvocationResult> {
    const found = this.find(nameOrArn);
    if (found === undefined) throw new Error(`there is no function ${nameOrArn}`);
    if (sizeOf(event) > MAX_REQUEST) return { payload: null, tooLarge: true };
    if (this.hasStopped() || this.invocations.heldOrWaiting >= ACCOUNT_CONCURRENCY || !found.tryAdmit())
      return { payload: null, throttled: true };
    const { clock } = this.options;
    const requestedAt = clock.now();
    await this.invocations.acquire();
    try {
      // After a long wait the caller may have given up, and running its invocation would delay the others.
      if (this.hasStopped() || clock.now() - requestedAt > MAX_WAIT) return { payload: null, throttled: true };
      return await found.invoke(event);
    } finally {
      found.release();
      this.invocations.release();
    }
  }

  public async handle(request: AwsRequest): Promise<AwsResponse> {
    return handleFunctionsApi(this.catalog(), request) ?? (await this.handleInvoke(request));
  }

  /** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
  private async handleInvoke(request: AwsRequest): Promise<AwsResponse> {
    const [, encoded = ''] = INVOKE_PATH.exec(request.path) ?? [];
    const qualifier = request.query.get('Qualifier');
    const name = `${decodeURIComponent(encoded)}${qualifier === null ? '' : `:${qualifier}`}`;
    if (encoded === '')
      return lambdaError(404, 'UnknownOperationException', `The local Lambda does not know ${request.path}`);
    if (this.find(name) === undefined)
      return lambdaError(404, 'ResourceNotFoundException', `Function not found: ${name}`);
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type === 'DryRun') return { status: 204 };
    if (type !== 'Event' && type !== 'RequestResponse')
      return lambdaError(400, 'InvalidParameterValueException', `Unknown invocation type: ${type.toString()}`);
    const limit = type === 'Event' ? MAX_ASYNC_REQUEST : MAX_REQUEST;
    if (request.body.length > limit) return tooLarge(request.body.length, type, limit);
    let event: unknown;
    try {
      event = request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'));
    } catch {
      return lambdaError(400, 'InvalidRequestContentException', 'Could not parse request body into json');
    }
    if (type === 'Event') {
      const retries = { clock: this.options.clock, stopped: () => this.hasStopped() };
      void invokeAsync(() => this.invoke(name, event), retries).then((why) => {
        if (why !== undefined) this.log(name, 'error', `asynchronous invocation dropped: ${why}`);
      });
      return { status: 202 };
    }
    const result = await this.invoke(name, event);
    if (result.throttled === true) return lambdaError(429, 'TooManyRequestsException', 'Rate Exceeded.');
    const headers = {
      'content-type': 'application/json',
      'x-amz-executed-version': '$LATEST',
      ...(result.error === undefined ? {} : { 'x-amz-function-error': 'Unhandled' }),
    };
    return { status: 200, headers, body: JSON.stringify(result.payload) };
  }

  /** Ends every instance and its running invocation. Invocations are throttled until `resume`. */
  public async suspend(): Promise<void> {
    this.suspended = true;
    await this.kill(() => true);
  }

  public resume(): void {
    this.suspended = false;
  }

  /** Ends the instances of the matching functions and their running invocations. Returns the number of instances. */
  public async kill(matches: (name: string) => boolean): Promise<number> {
    const matching = this.all().filter(({ config }) => matches(config.name));
    const killed = matching.reduce((sum, { instances }) => sum + instances, 0);
    await Promise.all(matching.map((one) => one.stop()));
    return killed;
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.functions.values()].map((one) => one.stop()));
  }

  private catalog(): FunctionCatalog {
    const { region, accountId } = this.options;
    return {
      all: this.all().map(({ config }) => config),
      versionsOf: (name) => [
        ...new Set([...this.qualifiers].filter(([key]) => key.startsWith(`${name}:`)).map(([, version]) => version)),
      ],
      find: (nameOrArn) => {
        const found = this.find(nameOrArn);
        const { qualifier } = parseName(nameOrArn);
        if (found === undefined) return undefined;
        const version = this.qualifiers.get(`${found.config.name}:${qualifier}`) ?? '$LATEST';
        return { config: found.config, qualifier, version };
      },
      arnOf: (name) => `arn:aws:lambda:${region}:${accountId}:function:${name}`,
      createdAt: this.createdAt,
    };
  }

  /** Bills one request and the duration of each invocation, and of each init phase, in whole milliseconds. https://aws.amazon.com/lambda/pricing/ */
  private billing({ name, memory, architecture = 'x86_64' }: FunctionConfig): FunctionBilling {
    const add = (operation: string, ms: number): void => {
      const amount = (Math.ceil(ms) * memory) / 1024;
      this.meter.add({ service: 'lambda', unit: `${architecture} GB-ms`, resource: name, operation, amount });
    };
    return (durationMs, initMs) => {
      this.meter.add({ service: 'lambda', unit: 'requests', resource: name, operation: 'Invoke', amount: 1 });
      add('Invoke', durationMs);
      if (initMs !== undefined) add('Init', initMs);
      this.meterLog(name, PLATFORM_LINES);
    };
  }

  private meterLog(name: string, amount: number): void {
    const resource = `/aws/lambda/${name}`;
    this.meter.add({ service: 'logs', unit: 'bytes ingested', resource, operation: 'PutLogEvents', amount });
  }

  private log(source: string, level: CloudLog['level'], message: string, requestId?: string): void {
    const { region, clock, log } = this.options;
    const request = requestId === undefined ? {} : { requestId };
    log?.({ region, source, level, message, time: clock.now(), ...request });
  }

  /** A method, because the value can change during an await. */
  private hasStopped(): boolean {
    return this.stopped || this.suspended;
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
  private baseEnvironment({ name, memory, handler, runtimeMajor, directory }: FunctionConfig): Record<string, string> {
    const { region } = this.options;
    return {
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: this.options.endpoint(),
      // Identifies region and function of a call, for latency and for authorization.
      AWS_ACCESS_KEY_ID: `local.${region}.${name}`,
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

function sizeOf(event: unknown): number {
  return Buffer.byteLength(JSON.stringify(event ?? null));
}

function tooLarge(size: number, type: string, limit: number): AwsResponse {
  const message = `${size} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`;
  return lambdaError(413, 'RequestTooLargeException', message);
}

/** The parts of a function's name, ARN, or qualified ARN. */
function parseName(nameOrArn: string): { readonly name: string; readonly qualifier: string | undefined } {
  const [name = '', qualifier] = nameOrArn.replace(/^arn:aws:lambda:[^:]+:[^:]+:function:/, '').split(':');
  return { name, qualifier };
}
