// Error messages of rejected expressions.
import { type Case, type Fields, guide, L, N, put, refused, refusedWith, S, test, update } from '../case';

const operators = guide('Expressions.OperatorsAndFunctions');
const names = guide('Expressions.ExpressionAttributeNames');
const values = guide('Expressions.ExpressionAttributeValues');
const limits = guide('Constraints');
const IN = 'Invalid ConditionExpression: ';

/** A put whose condition is rejected. */
const bad = (
  id: string,
  what: string,
  aws: string,
  ConditionExpression: string | undefined,
  message: string,
  more: Fields = {},
): Case =>
  test(`expression-${id}`, what, aws, [put({ pk: S('a') }, refused(message), { ConditionExpression, ...more })]);
const withValue = (value: Fields): Fields => ({ ExpressionAttributeValues: { ':v': value } });

export const EXPRESSIONS: readonly Case[] = [
  bad('empty', 'An expression is not empty', operators, '', `${IN}The expression can not be empty;`),
  test('expression-syntax', 'A syntax error names the token', operators, [
    put({ pk: S('a') }, refusedWith(`${IN}Syntax error; token: "`), {
      ConditionExpression: 'attribute_exists(pk) garbage',
    }),
  ]),
  bad(
    'parentheses',
    'Redundant parentheses are rejected',
    operators,
    '((attribute_exists(pk)))',
    `${IN}The expression has redundant parentheses;`,
  ),
  bad(
    'function-unknown',
    'An unknown function is rejected',
    operators,
    'lacks(pk)',
    `${IN}Invalid function name; function: lacks`,
  ),
  bad(
    'function-arguments',
    'A function takes a fixed number of operands',
    operators,
    'attribute_exists(pk, v)',
    `${IN}Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2`,
  ),
  bad(
    'function-case',
    'Function names are in lower case',
    operators,
    'Attribute_Exists(pk)',
    `${IN}Invalid function name; function: Attribute_Exists`,
  ),
  bad(
    'function-not-alone',
    'size alone is not a condition',
    operators,
    'size(pk)',
    `${IN}The function is not allowed to be used this way in an expression; function: size`,
  ),
  bad(
    'operand-value',
    'attribute_exists takes a path, not a value',
    operators,
    'attribute_exists(:v)',
    `${IN}Operator or function requires a document path; operator or function: attribute_exists`,
    withValue(S('x')),
  ),
  bad(
    'begins-with-number',
    'begins_with does not take numbers',
    operators,
    'begins_with(v, :v)',
    `${IN}Incorrect operand type for operator or function; operator or function: begins_with, operand type: N`,
    withValue(N(1)),
  ),
  bad(
    'order-of-list',
    'Lists have no order',
    operators,
    'v < :v',
    `${IN}Incorrect operand type for operator or function; operator or function: <, operand type: L`,
    withValue(L()),
  ),
  bad(
    'same-operands',
    'Operands of a comparison are different',
    operators,
    'v = v',
    `${IN}The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [v]`,
  ),
  test('expression-type-unknown', 'attribute_type knows ten types', operators, [
    put({ pk: S('a') }, refusedWith(`${IN}Invalid attribute type name found; type: X, valid types: {`), {
      ConditionExpression: 'attribute_type(v, :v)',
      ...withValue(S('X')),
    }),
  ]),
  bad(
    'between-reversed',
    'The bounds of BETWEEN are in order',
    operators,
    'v BETWEEN :v AND :a',
    `${IN}The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}`,
    { ExpressionAttributeValues: { ':v': N(2), ':a': N(1) } },
  ),
  bad(
    'between-types',
    'The bounds of BETWEEN are of one type',
    operators,
    'v BETWEEN :v AND :a',
    `${IN}The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {S:x}`,
    { ExpressionAttributeValues: { ':v': N(2), ':a': S('x') } },
  ),
  bad(
    'reserved',
    'A reserved word needs a placeholder',
    guide('ReservedWords'),
    'attribute_exists(name)',
    `${IN}Attribute name is a reserved keyword; reserved keyword: name`,
  ),
  bad(
    'name-undefined',
    'A name placeholder must be defined',
    names,
    'attribute_exists(#x)',
    `${IN}An expression attribute name used in the document path is not defined; attribute name: #x`,
  ),
  bad(
    'name-unused',
    'A name placeholder must be used',
    names,
    'attribute_exists(pk)',
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}',
    { ExpressionAttributeNames: { '#x': 'v' } },
  ),
  bad(
    'value-undefined',
    'A value placeholder must be defined',
    values,
    'v = :v',
    `${IN}An expression attribute value used in expression is not defined; attribute value: :v`,
  ),
  bad(
    'value-unused',
    'A value placeholder must be used',
    values,
    'attribute_exists(pk)',
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}',
    withValue(S('x')),
  ),
  bad(
    'values-empty',
    'ExpressionAttributeValues are not empty',
    values,
    'attribute_exists(pk)',
    'ExpressionAttributeValues must not be empty',
    { ExpressionAttributeValues: {} },
  ),
  bad(
    'value-without-colon',
    'A value placeholder begins with a colon',
    values,
    'attribute_exists(pk)',
    'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"',
    { ExpressionAttributeValues: { v: S('x') } },
  ),
  bad(
    'value-invalid',
    'Expression values are validated',
    values,
    'v = :v',
    'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :v',
    withValue({ N: 'x' }),
  ),
  bad(
    'values-without-expression',
    'ExpressionAttributeValues need an expression',
    values,
    undefined,
    'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
    withValue(S('x')),
  ),
  bad(
    'names-without-expression',
    'ExpressionAttributeNames need an expression',
    names,
    undefined,
    'ExpressionAttributeNames can only be specified when using expressions',
    { ExpressionAttributeNames: { '#x': 'v' } },
  ),
  bad(
    'old-and-new',
    'The legacy Expected and an expression exclude each other',
    guide('LegacyConditionalParameters'),
    'attribute_exists(pk)',
    'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}',
    { Expected: { v: { Exists: false } } },
  ),
  test('expression-in-of-100', 'IN takes up to 100 values', limits, [
    put({ pk: S('a') }, { error: 'ConditionalCheckFailedException' }, inList(100)),
    put(
      { pk: S('a') },
      refused(
        'Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101',
      ),
      inList(101),
    ),
  ]),
  test('expression-of-4-kb', 'An expression has up to 4 KB', limits, [
    put(
      { pk: S('a') },
      { error: 'ConditionalCheckFailedException' },
      { ConditionExpression: `attribute_exists(${'x'.repeat(4_000)})` },
    ),
    put({ pk: S('a') }, refusedWith('Expression size has exceeded the maximum allowed size'), {
      ConditionExpression: `attribute_exists(${'x'.repeat(4_096)})`,
    }),
  ]),
  test('expression-update-empty', 'An update expression is not empty', guide('Expressions.UpdateExpressions'), [
    update({ pk: S('a') }, '', {}, refused('Invalid UpdateExpression: The expression can not be empty;')),
  ]),
  test(
    'expression-update-syntax',
    'An update begins with SET, REMOVE, ADD or DELETE',
    guide('Expressions.UpdateExpressions'),
    [
      update(
        { pk: S('a') },
        'PUT v = :v',
        { v: S('x') },
        refusedWith('Invalid UpdateExpression: Syntax error; token: "PUT"'),
      ),
    ],
  ),
  test('expression-update-section-twice', 'Each section occurs once', guide('Expressions.UpdateExpressions'), [
    update(
      { pk: S('a') },
      'SET v = :v SET w = :v',
      { v: S('x') },
      refused('Invalid UpdateExpression: The "SET" section can only be used once in an update expression;'),
    ),
  ]),
  test('expression-update-overlap', 'Paths of an update must not overlap', guide('Expressions.UpdateExpressions'), [
    update(
      { pk: S('a') },
      'SET v = :v, v.x = :v',
      { v: S('x') },
      refused(
        'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [v], path two: [v, x]',
      ),
    ),
    update(
      { pk: S('a') },
      'SET v = :v REMOVE v',
      { v: S('x') },
      refused(
        'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [v], path two: [v]',
      ),
    ),
  ]),
  test('expression-update-conflict', 'Paths of an update must not conflict', guide('Expressions.UpdateExpressions'), [
    update(
      { pk: S('a') },
      'SET v[0] = :v, v.x = :v',
      { v: S('x') },
      refused(
        'Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [v, [0]], path two: [v, x]',
      ),
    ),
  ]),
  test(
    'expression-update-function',
    'SET supports if_not_exists and list_append',
    guide('Expressions.UpdateExpressions'),
    [
      update(
        { pk: S('a') },
        'SET v = concat(v, :v)',
        { v: S('x') },
        refused('Invalid UpdateExpression: Invalid function name; function: concat'),
      ),
      update(
        { pk: S('a') },
        'SET v = attribute_exists(v)',
        {},
        refused(
          'Invalid UpdateExpression: The function is not allowed in an update expression; function: attribute_exists',
        ),
      ),
    ],
  ),
  test('expression-update-reserved', 'Reserved words need a placeholder in updates', guide('ReservedWords'), [
    update(
      { pk: S('a') },
      'SET count = :v',
      { v: N(1) },
      refused('Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: count'),
    ),
  ]),
  test('expression-update-add-type', 'ADD takes numbers and sets', guide('Expressions.UpdateExpressions'), [
    update(
      { pk: S('a') },
      'ADD v :v',
      { v: S('x') },
      refusedWith('Incorrect operand type for operator or function; operator: ADD, operand type: STRING'),
    ),
  ]),
  test('expression-update-delete-type', 'DELETE takes sets', guide('Expressions.UpdateExpressions'), [
    update(
      { pk: S('a') },
      'DELETE v :v',
      { v: N(1) },
      refusedWith('Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER'),
    ),
  ]),
  test('expression-update-values-undefined', 'A value placeholder of an update must be defined', values, [
    update(
      { pk: S('a') },
      'SET v = :v',
      {},
      refused(
        'Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :v',
      ),
    ),
  ]),
  test('expression-update-list-append-type', 'list_append takes lists', guide('Expressions.UpdateExpressions'), [
    update(
      { pk: S('a') },
      'SET v = list_append(v, :v)',
      { v: S('x') },
      refused(
        'Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: list_append, operand type: S',
      ),
    ),
  ]),
];

function inList(count: number): Fields {
  const all = Array.from({ length: count }, (_, i) => `:v${i}`);
  return {
    ConditionExpression: `v IN (${all.join(', ')})`,
    ExpressionAttributeValues: Object.fromEntries(all.map((name, i) => [name, N(i)])),
  };
}
