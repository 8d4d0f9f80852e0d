import { Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The catalog's code for a construct prop that breaks a rule (protocol/errors/61000-prop-invalid.md). */
export const PROP_INVALID = '61000 prop_invalid';
/** Longest value that a message shows, in characters; a longer one is cut. */
const MAX_PRINTED = 200;

/** Collects what is wrong with a construct's props, so that all of it is told at once. */
export class PropCheck {
  private readonly problems: string[] = [];

  /**
   * Notes a problem unless `ok`.
   *
   * @param prop the prop, as the user wrote it
   * @param rule what must hold, as in "must name at least one namespace"
   * @param got the value that was given
   * @param fix what to do about it
   */
  public check(ok: boolean, prop: string, rule: string, got: unknown, fix: string): void {
    if (!ok) this.problems.push(problem(prop, rule, got, fix));
  }

  /** Throws one error that names the construct and every problem, if there is any. */
  public throwIfAny(scope: IConstruct): void {
    if (this.problems.length === 0) return;
    throw errorAt(scope, this.problems);
  }
}

/** The error for a single problem, for whoever finds it later than at construction. */
export function refusal(scope: IConstruct, prop: string, rule: string, got: unknown, fix: string): Error {
  return errorAt(scope, [problem(prop, rule, got, fix)]);
}

function problem(prop: string, rule: string, got: unknown, fix: string): string {
  return `\`${prop}\` ${rule}, got: ${printable(got)}. ${fix}`;
}

function errorAt(scope: IConstruct, problems: readonly string[]): Error {
  return new Error(`${PROP_INVALID} at ${scope.node.path}: ${problems.join(' ')}`);
}

/** Whether a value is known at synth; what is not can't be checked here. */
export function isKnown(value: unknown): boolean {
  return !Token.isUnresolved(value);
}

function printable(value: unknown): string {
  if (value instanceof Duration) return value.isUnresolved() ? 'a token' : value.toString();
  if (!isKnown(value)) return 'a token';
  // JSON has no text for these, or the wrong one: it makes null of NaN and Infinity.
  if (value === undefined || typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > MAX_PRINTED ? `${text.slice(0, MAX_PRINTED)}...` : text;
}
