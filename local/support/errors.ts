/** What can keep the local cloud from running. Each is a code of the error catalog for users of the command line. */
export type LocalErrorCode =
  /** There is no cloud assembly at that place. */
  | 'assembly_missing'
  /** The assembly is incomplete, not JSON, or of a schema newer than this reader knows. */
  | 'assembly_invalid'
  /** The template uses a function or a value that the local cloud does not resolve. */
  | 'template_unsupported'
  /** Another process listens on the port that was asked for. */
  | 'port_in_use'
  /** The DynamoDB engine that was asked for can't run here. */
  | 'engine_unavailable'
  /** A command for the switchboard is not one, or names what is not there. */
  | 'switch_invalid';

/** Why the local cloud does not run what it was given, in words for the person who started it. */
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
