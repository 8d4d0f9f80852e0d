import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The catalog's code for a construct prop that breaks a rule (protocol/errors/61000-prop-invalid.md). */
export const PROP_INVALID = '61000 prop_invalid';

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
    if (!ok) this.problems.push(`\`${prop}\` ${rule}, got: ${printable(got)}. ${fix}`);
  }

  /** Throws one error that names every problem, if there is any. */
  public throwIfAny(scope?: IConstruct): void {
    if (this.problems.length === 0) return;
    const where = scope === undefined ? '' : ` at ${scope.node.path}`;
    throw new Error(`${PROP_INVALID}${where}: ${this.problems.join(' ')}`);
  }
}

/** Whether a value is known at synth; what is not can't be checked here. */
export function isKnown(value: unknown): boolean {
  return !Token.isUnresolved(value);
}

function printable(value: unknown): string {
  return JSON.stringify(value);
}
