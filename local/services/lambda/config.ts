/** Configuration of a function, from its template. */
export interface FunctionConfig {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  /** Directory of the unpacked code. */
  readonly directory: string;
  /** `index.handler` */
  readonly handler: string;
  /** 24 for nodejs24.x. */
  readonly runtimeMajor: number;
  /** @default x86_64 */
  readonly architecture?: 'arm64' | 'x86_64';
  /** Milliseconds. */
  readonly timeout: number;
  /** MiB. */
  readonly memory: number;
  readonly environment: Readonly<Record<string, string>>;
  /** ARN of the execution role. @default - no role: every call is allowed */
  readonly role?: string;
  /** @default - the concurrency limit of the account */
  readonly reservedConcurrency?: number;
}

/** Concurrent invocations of an account and region. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ACCOUNT_CONCURRENCY = 1_000;
