import { LocalError } from '../local';
import { RealtimeError } from '../protocol';

/** Exit codes of a command that failed, and of one with wrong options or arguments. */
export const FAILURE = 1;
export const USAGE = 2;

/** Converts anything thrown into an error of the catalog. */
export function asCatalogError(error: unknown): RealtimeError {
  if (error instanceof RealtimeError) return error;
  if (error instanceof LocalError) return new RealtimeError(error.code, error.message, { cause: error });
  return new RealtimeError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}

/** Prints an error as text, or as one line of JSON. Returns the exit code. */
export function report(error: unknown, json: boolean): number {
  const known = asCatalogError(error);
  const { help, ...wire } = known.toWire();
  process.stderr.write(
    json
      ? `${JSON.stringify({ error: { ...wire, help } })}\n`
      : `error ${wire.code} ${wire.name}: ${wire.message}\n  see ${help}\n`,
  );
  return known.error === 'cli_usage' ? USAGE : FAILURE;
}
