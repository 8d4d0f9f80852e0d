// Error messages of expressions, where those of dynalite's parsers differ from DynamoDB's.
import type { Expression, Value } from 'dynalite/db';
import { typeOf } from './values';

interface Parser {
  parse: (text: string, options: unknown) => unknown;
}

interface SyntaxErrorOfParser extends Error {
  readonly location?: { readonly start: { readonly offset: number } };
}

const TOKENS = /[#:]?\w+|<>|<=|>=|\S/g;
const WITH_ORDER = new Set(['<', '<=', '>', '>=']);
/** Maximum operands of IN. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_LISTED = 100;
const SCALARS = new Set(['S', 'N', 'B']);

/** Patches `parse`: a syntax error names the token as DynamoDB does, and `check` can reject the parsed expression. */
export function patchParser(parser: Parser, check: (parsed: unknown) => string | undefined): void {
  const { parse } = parser;
  parser.parse = (text, options): unknown => {
    let parsed: unknown;
    try {
      parsed = parse(text, options);
    } catch (error) {
      const { name, location } = error as SyntaxErrorOfParser;
      if (name === 'SyntaxError' && location !== undefined) {
        (error as Error).message = tokenAt(text, location.start.offset);
      }
      throw error;
    }
    return check(parsed) ?? parsed;
  };
}

/** The token at an offset, with its neighbours. */
function tokenAt(text: string, offset: number): string {
  const tokens = [...text.matchAll(TOKENS)];
  const at = tokens.findIndex(({ index, 0: token }) => index + token.length > offset);
  const here = tokens[at];
  const before = tokens[at < 0 ? tokens.length - 1 : at - 1];
  const after = at < 0 ? undefined : tokens[at + 1];
  const start = (before ?? here)?.index ?? 0;
  const last = after ?? here;
  const near = text.slice(start, last === undefined ? text.length : last.index + last[0].length);
  return `token: "${here?.[0] ?? '<EOF>'}", near: "${near}"`;
}

/** Error of a condition that compares values without an order, or has too many operands of IN. */
export function conditionError(parsed: unknown): string | undefined {
  if (typeof parsed !== 'object' || parsed === null || !('expression' in parsed)) return undefined;
  return operandError(parsed.expression as Expression);
}

function operandError({ type, args }: Expression): string | undefined {
  const listed = args.length - 1;
  if (type === 'in' && listed > MAX_LISTED) {
    return `The IN operator is provided with too many operands; number of operands: ${listed}`;
  }
  for (const operand of args) {
    if (Array.isArray(operand)) continue;
    if ('args' in operand) {
      const wrong = operandError(operand as Expression);
      if (wrong !== undefined) return wrong;
    } else if (WITH_ORDER.has(type) && !SCALARS.has(typeOf(operand as Value))) {
      return `Incorrect operand type for operator or function; operator or function: ${type}, operand type: ${typeOf(operand as Value)}`;
    }
  }
  return undefined;
}

const UNKNOWN = 'Invalid function name; function: ';
const CONDITION_FUNCTIONS = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
]);

/** Error of a condition function in an update expression. */
export function updateError(parsed: unknown): string | undefined {
  if (typeof parsed !== 'string' || !parsed.startsWith(UNKNOWN)) return undefined;
  const name = parsed.slice(UNKNOWN.length);
  return CONDITION_FUNCTIONS.has(name)
    ? `The function is not allowed in an update expression; function: ${name}`
    : undefined;
}
