/** Clock, randomness and timers. Passed in, so that tests and the simulation can replay every decision. */
export interface Runtime {
  /** Milliseconds since 1970. */
  now(): number;
  /** At least 0, less than 1. */
  random(): number;
  /** A new unique id of at most 64 characters. */
  id(): string;
  sleep(ms: number): Promise<void>;
  /** Calls back after `ms` milliseconds. The returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** Structured log: a constant text to search for, and fields. */
export interface Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
