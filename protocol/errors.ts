import { CATALOG } from './catalog.generated';

/** How a client should go on after an error; the code's range says the same (protocol/errors/README.md). */
export type RetryClass = 'never' | 'renew' | 'reconnect' | 'backoff';

/** The stable name of an error; a contract, like its code. */
export type ErrorName = keyof typeof CATALOG;

/** An error as it travels in a reply frame or an HTTP body. */
export interface WireError {
  readonly code: number;
  readonly name: string;
  readonly message: string;
  readonly retry: RetryClass;
  /** Where the code is explained. */
  readonly help: string;
}

const HELP = 'https://github.com/cdk-realtime/cdk-realtime/blob/main/docs/reference/errors.md';

/** Every error that this project raises on purpose: a code of the catalog and what was wrong this time. */
export class RealtimeError extends Error {
  public override readonly name = 'RealtimeError';
  public readonly code: number;
  public readonly error: ErrorName;
  public readonly retry: RetryClass;

  /**
   * @param error the catalog's name
   * @param detail what was wrong this time: the field, the rule, the value got
   */
  public constructor(error: ErrorName, detail?: string, options?: { cause?: unknown }) {
    const entry = CATALOG[error];
    super(detail === undefined ? entry.message : `${entry.message} ${detail}`, options);
    this.code = entry.code;
    this.error = error;
    this.retry = entry.retry;
  }

  /** HTTP status for this error; 500 for errors that never travel by HTTP. */
  public get status(): number {
    const entry = CATALOG[this.error];
    return 'status' in entry ? entry.status : 500;
  }

  public toWire(): WireError {
    return {
      code: this.code,
      name: this.error,
      message: this.message,
      retry: this.retry,
      help: `${HELP}#${this.code}`,
    };
  }

  /** An error from a reply frame. A name this version does not know keeps its code's behaviour by range. */
  public static fromWire(wire: WireError): RealtimeError {
    const known = Object.hasOwn(CATALOG, wire.name) ? (wire.name as ErrorName) : undefined;
    const error = new RealtimeError(known ?? 'internal');
    return Object.assign(error, {
      code: wire.code,
      message: wire.message,
      retry: known ? error.retry : retryClassOf(wire.code),
    });
  }
}

const RANGES: readonly (readonly [from: number, to: number, retry: RetryClass])[] = [
  [40140, 40149, 'renew'],
  [40410, 40499, 'reconnect'],
  [40900, 40999, 'backoff'],
  [42900, 42949, 'backoff'],
  [50000, 59999, 'backoff'],
  [80000, 80049, 'reconnect'],
];

/** The retry behaviour that a code's range carries. */
export function retryClassOf(code: number): RetryClass {
  return RANGES.find(([from, to]) => code >= from && code <= to)?.[2] ?? 'never';
}
