/** A function as its template describes it. */
export interface FunctionConfig {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  /** Folder of the unpacked code. */
  readonly directory: string;
  /** `index.handler` */
  readonly handler: string;
  /** 24 for nodejs24.x. */
  readonly runtimeMajor: number;
  /** Of the processor. @default x86_64 */
  readonly architecture?: 'arm64' | 'x86_64';
  /** Milliseconds. */
  readonly timeout: number;
  /** MiB. */
  readonly memory: number;
  readonly environment: Readonly<Record<string, string>>;
  /** ARN of the role that it runs with. @default - none: it may do everything */
  readonly role?: string;
  /** @default - only the account's limit */
  readonly reservedConcurrency?: number;
}

/** Invocations under way at once in an account and region. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ACCOUNT_CONCURRENCY = 1_000;
