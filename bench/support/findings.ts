/** A value that a bench compares with a limit. */
export interface Finding {
  readonly what: string;
  readonly value: number;
  /** `at most 1.25` */
  readonly rule: string;
  readonly holds: boolean;
}

export function atMost(what: string, value: number, limit: number): Finding {
  return { what, value, rule: `at most ${limit}`, holds: value <= limit };
}

export function atLeast(what: string, value: number, limit: number): Finding {
  return { what, value, rule: `at least ${limit}`, holds: value >= limit };
}

/** One line for each finding. */
export function verdicts(findings: readonly Finding[]): string {
  return findings
    .map(({ what, value, rule, holds }) => `${holds ? 'ok  ' : 'MISS'} ${what}: ${value.toFixed(2)} (${rule})`)
    .join('\n');
}
