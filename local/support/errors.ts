/** Error codes of the local cloud. Each has an entry in the CLI's error catalog. */
export type LocalErrorCode =
  /** The directory contains no cloud assembly. */
  | 'assembly_missing'
  /** The assembly is incomplete, is not JSON, or has a schema newer than the reader supports. */
  | 'assembly_invalid'
  /** The template uses a function or a value that the local cloud does not resolve. */
  | 'template_unsupported'
  /** Another process listens on the requested port. */
  | 'port_in_use'
  /** The requested DynamoDB engine can't run on this machine. */
  | 'engine_unavailable'
  /** A command for the switchboard is invalid. */
  | 'switch_invalid';

/** An error for the user who started the local cloud. */
export class LocalError extends Error {
  public override readonly name = 'LocalError';

  public constructor(
    public readonly code: LocalErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
