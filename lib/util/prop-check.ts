import { Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Code of the error for a construct prop that breaks a rule (protocol/errors/61000-prop-invalid.md). */
export const PROP_INVALID = '61000 prop_invalid';
/** Longest value that an error message prints, in characters. Longer values are cut. */
const MAX_PRINTED = 200;

/** A rule on a prop, and the value that was checked against it. */
export interface PropRule {
  /** The prop, as the caller wrote it: `namespaces[0].name`. */
  readonly prop: string;
  /** What must hold, as the end of a sentence: "must name at least one namespace". */
  readonly rule: string;
  /** The value of the prop. */
  readonly got: unknown;
  /** How to correct it: one or two sentences. */
  readonly fix: string;
}

/** Collects the broken rules of a construct's props, so that one error reports all of them. */
export class PropCheck {
  private readonly problems: string[] = [];

  /** Records that `rule` is broken unless `isValid`. */
  public require(isValid: boolean, rule: PropRule): void {
    if (!isValid) this.problems.push(problemOf(rule));
  }

  /** @throws Error 61000 prop_invalid, with the construct and every broken rule, if there is any */
  public throwIfAny(scope: IConstruct): void {
    if (this.problems.length > 0) throw errorAt(scope, this.problems);
  }
}

/** The error for one broken rule that is found after construction. */
export function propError(scope: IConstruct, rule: PropRule): Error {
  return errorAt(scope, [problemOf(rule)]);
}

/** Whether a value is known at synthesis. A token can't be checked. */
export function isKnown(value: unknown): boolean {
  return !Token.isUnresolved(value);
}

function problemOf({ prop, rule, got, fix }: PropRule): string {
  return `\`${prop}\` ${rule}, got: ${printable(got)}. ${fix}`;
}

function errorAt(scope: IConstruct, problems: readonly string[]): Error {
  return new Error(`${PROP_INVALID} at ${scope.node.path}: ${problems.join(' ')}`);
}

function printable(value: unknown): string {
  if (value instanceof Duration) return value.isUnresolved() ? 'a token' : value.toString();
  if (!isKnown(value)) return 'a token';
  // JSON.stringify returns undefined for undefined, and 'null' for NaN and Infinity.
  if (value === undefined || typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > MAX_PRINTED ? `${text.slice(0, MAX_PRINTED)}...` : text;
}
