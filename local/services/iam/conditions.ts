// The Condition element of a statement.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
import { anyMatches, asList } from './match';

/** Values of condition keys, by lower-case name: IAM compares key names without case. */
export type ConditionContext = Readonly<Record<string, string>>;

type Test = (value: string, patterns: readonly string[]) => boolean;

const equals: Test = (value, patterns) => patterns.includes(value);
const equalsIgnoringCase: Test = (value, patterns) => patterns.some((one) => one.toLowerCase() === value.toLowerCase());

/** Each operator also exists with `Not`, with `IfExists`, and with a prefix for multivalued keys. */
const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: equalsIgnoringCase,
  StringLike: (value, patterns) => anyMatches(patterns, value),
  ArnEquals: (value, patterns) => anyMatches(patterns, value),
  ArnLike: (value, patterns) => anyMatches(patterns, value),
  Bool: equalsIgnoringCase,
};

/**
 * Whether a request meets every condition; undefined when the result depends on a key or an operator that the local cloud
 * does not know.
 */
export function conditionMatches(condition: unknown, context: ConditionContext): boolean | undefined {
  const results = Object.entries(condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries((keys ?? {}) as object).map(([key, patterns]) =>
      test(operator, asList(patterns).map(String), context[key.toLowerCase()]),
    ),
  );
  if (results.includes(false)) return false;
  return results.includes(undefined) ? undefined : true;
}

function test(operator: string, patterns: readonly string[], value: string | undefined): boolean | undefined {
  const name = operator.replace(/^For(AnyValue|AllValues):/, '').replace(/IfExists$/, '');
  const plain = name.replace('Not', '');
  const matches = Object.hasOwn(TESTS, plain) ? TESTS[plain] : undefined;
  if (matches === undefined || value === undefined) return undefined;
  return matches(value, patterns) === (plain === name);
}
