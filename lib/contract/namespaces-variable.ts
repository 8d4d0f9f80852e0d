/** Content of the `NAMESPACES` variable, as JSON: settings by the name of the namespace. */
export type NamespacesVariable = Readonly<Record<string, NamespaceSettings>>;

/** How long before its connection began a client without the `history` right may resume from a cursor. Seconds. */
export const DEFAULT_RESUME_WINDOW_SECONDS = 120;

/** Settings of a namespace. */
export interface NamespaceSettings {
  /** Delivery guarantee of its channels. */
  readonly kind: 'durable';
  /** Retention of messages, in seconds. */
  readonly retention: number;
  /**
   * How publishes are appended to the log.
   *
   * @default 'direct'
   */
  readonly ordering?: Ordering;
  /**
   * How long before its connection began a client without the `history` right may resume from a cursor, in seconds.
   *
   * @default DEFAULT_RESUME_WINDOW_SECONDS
   */
  readonly resumeWindow?: number;
}

/** `direct`: the publish function appends. `fifo`: a queue with one writer for each channel appends. */
export type Ordering = 'direct' | 'fifo';
