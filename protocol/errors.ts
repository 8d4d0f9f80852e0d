import { CATALOG } from './catalog.generated';

/** How a client should react to an error. The code's range implies it (protocol/errors/README.md). */
export type RetryClass = 'never' | 'renew' | 'reconnect' | 'backoff';

/** The name of an error. Like its code, it never changes. */
export type ErrorName = keyof typeof CATALOG;

/** An error in a reply frame or an HTTP body. */
export interface WireError {
  readonly code: number;
  readonly name: string;
  readonly message: string;
  readonly retry: RetryClass;
  /** URL of the code's documentation. */
  readonly help: string;
}

const HELP = 'https://github.com/cdk-realtime/cdk-realtime/blob/main/docs/reference/errors.md';

/** An error of the catalog. This project throws no other errors on purpose. */
export class RealtimeError extends Error {
  public override readonly name = 'RealtimeError';
  public readonly code: number;
  public readonly error: ErrorName;
  public readonly retry: RetryClass;

  /**
   * @param error the error's name in the catalog
   * @param detail what is wrong in this case: the field, the rule, the value
   */
  public constructor(error: ErrorName, detail?: string, options?: { cause?: unknown }) {
    const entry = CATALOG[error];
    super(detail === undefined ? entry.message : `${entry.message} ${detail}`, options);
    this.code = entry.code;
    this.error = error;
    this.retry = entry.retry;
  }

  /** The HTTP status of this error; 500 for errors that are never sent by HTTP. */
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

  /** The error of a reply frame. If this version does not know the name, the code's range determines `retry`. */
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

/** The retry behaviour that a code's range implies. */
export function retryClassOf(code: number): RetryClass {
  return RANGES.find(([from, to]) => code >= from && code <= to)?.[2] ?? 'never';
}
