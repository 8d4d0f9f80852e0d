// All cases of this group are in one file, although it is long: they are data and share the helpers at the top.
import {
  api,
  B,
  BOOL,
  BS,
  type Case,
  conditionFailed,
  expressionValues,
  type Fields,
  guide,
  L,
  M,
  N,
  NS,
  NULL,
  ok,
  put,
  S,
  SS,
  test,
} from '../case';

const operators = guide('Expressions.OperatorsAndFunctions');
const item = {
  pk: S('a'),
  s: S('hello'),
  e: S(''),
  n: N(10),
  f: BOOL(false),
  nothing: NULL,
  b: B('bytes'),
  ss: SS('x', 'y'),
  ns: NS(1, 2),
  bs: BS('p', 'q'),
  l: L(S('one'), N(2), L(S('in'))),
  m: M({ k: S('v'), deep: L(N(5)) }),
  n2: N('10.0'),
  w: S('\uFF5E'),
};

type Values = Record<string, Fields>;
const check = (condition: string, values: Values, holds: boolean) =>
  put(item, holds ? ok() : conditionFailed, { ConditionExpression: condition, ...expressionValues(values) });
/** A case with conditions that hold for the item and conditions that do not. */
const condition = (
  id: string,
  what: string,
  holding: [string, Values?][],
  failing: [string, Values?][] = [],
  aws = operators,
): Case =>
  test(
    `condition-${id}`,
    what,
    aws,
    [
      ...holding.map(([text, values = {}]) => check(text, values, true)),
      ...failing.map(([text, values = {}]) => check(text, values, false)),
    ],
    { given: [item] },
  );

export const CONDITIONS: readonly Case[] = [
  condition(
    'exists',
    'attribute_exists is true for an attribute with any value',
    [
      ['attribute_exists(pk)'],
      ['attribute_exists(f)'],
      ['attribute_exists(nothing)'],
      ['attribute_exists(e)'],
      ['attribute_exists(m.deep[0])'],
    ],
    [['attribute_exists(gone)'], ['attribute_exists(m.gone)'], ['attribute_exists(l[7])']],
  ),
  condition(
    'not-exists',
    'attribute_not_exists is true for a missing attribute',
    [['attribute_not_exists(gone)'], ['attribute_not_exists(l[7])']],
    [['attribute_not_exists(pk)'], ['attribute_not_exists(nothing)']],
  ),
  condition(
    'type',
    'attribute_type knows all ten types',
    [
      ['attribute_type(s, :t)', { t: S('S') }],
      ['attribute_type(n, :t)', { t: S('N') }],
      ['attribute_type(b, :t)', { t: S('B') }],
      ['attribute_type(ss, :t)', { t: S('SS') }],
      ['attribute_type(ns, :t)', { t: S('NS') }],
      ['attribute_type(bs, :t)', { t: S('BS') }],
      ['attribute_type(l, :t)', { t: S('L') }],
      ['attribute_type(m, :t)', { t: S('M') }],
    ],
    [
      ['attribute_type(s, :t)', { t: S('N') }],
      ['attribute_type(gone, :t)', { t: S('S') }],
    ],
  ),
  condition('type-of-false', 'attribute_type knows false, null and an empty string', [
    ['attribute_type(f, :t)', { t: S('BOOL') }],
    ['attribute_type(nothing, :t)', { t: S('NULL') }],
    ['attribute_type(e, :t)', { t: S('S') }],
  ]),
  condition(
    'begins-with',
    'begins_with compares the beginning of strings and binaries',
    [
      ['begins_with(s, :v)', { v: S('hel') }],
      ['begins_with(b, :v)', { v: B('by') }],
      ['begins_with(s, :v)', { v: S('') }],
    ],
    [
      ['begins_with(s, :v)', { v: S('lo') }],
      ['begins_with(n, :v)', { v: S('1') }],
      ['begins_with(gone, :v)', { v: S('h') }],
    ],
  ),
  condition(
    'contains-text',
    'contains finds a part of a string',
    [['contains(s, :v)', { v: S('ell') }]],
    [
      ['contains(s, :v)', { v: S('Ell') }],
      ['contains(n, :v)', { v: S('1') }],
    ],
  ),
  condition(
    'contains-set',
    'contains finds an element of a set',
    [
      ['contains(ss, :v)', { v: S('x') }],
      ['contains(ns, :v)', { v: N('2.0') }],
      ['contains(bs, :v)', { v: B('q') }],
    ],
    [
      ['contains(ss, :v)', { v: S('z') }],
      ['contains(ss, :v)', { v: N(1) }],
    ],
  ),
  condition(
    'contains-list',
    'contains finds an element of a list, of any type',
    [
      ['contains(l, :v)', { v: S('one') }],
      ['contains(l, :v)', { v: N(2) }],
      ['contains(l, :v)', { v: L(S('in')) }],
    ],
    [
      ['contains(l, :v)', { v: S('on') }],
      ['contains(l, :v)', { v: S('in') }],
    ],
  ),
  condition(
    'size',
    'size returns characters, bytes or elements',
    [
      ['size(s) = :v', { v: N(5) }],
      ['size(b) = :v', { v: N(5) }],
      ['size(ss) = :v', { v: N(2) }],
      ['size(l) = :v', { v: N(3) }],
      ['size(m) = :v', { v: N(2) }],
    ],
    [['size(s) > :v', { v: N(5) }]],
  ),
  condition('size-of-empty', 'The size of an empty string is 0', [
    ['size(e) = :v', { v: N(0) }],
    ['size(e) < :v', { v: N(1) }],
  ]),
  condition(
    'size-of-nothing',
    'A missing attribute has no size',
    [],
    [
      ['size(gone) = :v', { v: N(0) }],
      ['size(gone) < :v', { v: N(5) }],
    ],
  ),
  condition(
    'equal',
    'Equal means of the same type and value',
    [
      ['s = :v', { v: S('hello') }],
      ['f = :v', { v: BOOL(false) }],
      ['nothing = :v', { v: NULL }],
    ],
    [
      ['n = :v', { v: S('10') }],
      ['s = :v', { v: S('Hello') }],
    ],
  ),
  condition('equal-numbers', 'Numbers are equal by value', [['n = :v', { v: N('1e1') }], ['n = n2']]),
  condition(
    'equal-sets',
    'Sets are equal in any order',
    [
      ['ss = :v', { v: SS('y', 'x') }],
      ['ns = :v', { v: NS(2, '1.0') }],
    ],
    [['ss = :v', { v: SS('x') }]],
  ),
  condition(
    'equal-lists',
    'Lists are equal element by element',
    [['l = :v', { v: item.l }]],
    [
      ['l = :v', { v: L(N(2), S('one'), L(S('in'))) }],
      ['l <> :v', { v: item.l }],
    ],
  ),
  condition(
    'equal-maps',
    'Maps are equal in any order of names',
    [['m = :v', { v: M({ deep: L(N('5.0')), k: S('v') }) }]],
    [
      ['m = :v', { v: M({ k: S('v') }) }],
      ['m <> :v', { v: item.m }],
    ],
  ),
  condition(
    'not-equal',
    '<> is true for another value, another type and a missing attribute',
    [
      ['s <> :v', { v: S('x') }],
      ['n <> :v', { v: S('10') }],
      ['gone <> :v', { v: S('x') }],
    ],
    [['s <> :v', { v: S('hello') }]],
  ),
  condition(
    'order',
    'Numbers compare by value, not as text',
    [
      ['n > :v', { v: N(9) }],
      ['n >= :v', { v: N(10) }],
      ['n < :v', { v: N(100) }],
      ['n <= :v', { v: N('10.0') }],
    ],
    [
      ['n > :v', { v: N(10) }],
      ['n < :v', { v: N(9) }],
    ],
  ),
  condition(
    'order-text',
    'Strings compare by UTF-8 bytes',
    [
      ['s > :v', { v: S('Z') }],
      ['s < :v', { v: S('é') }],
    ],
    [['s > :v', { v: S('hello!') }]],
  ),
  condition('order-text-beyond-bmp', 'Strings outside the basic multilingual plane compare by UTF-8 bytes', [
    ['w < :v', { v: S('\u{1F600}') }],
    ['s < :v', { v: S('\u{1F600}') }],
  ]),
  condition(
    'order-of-types',
    'Values of different types have no order',
    [],
    [
      ['n > :v', { v: S('1') }],
      ['n < :v', { v: S('9') }],
      ['s >= :v', { v: B('a') }],
    ],
  ),
  condition(
    'missing',
    'A comparison with a missing attribute is false',
    [],
    [
      ['gone = :v', { v: S('x') }],
      ['gone < :v', { v: N(1) }],
      ['gone >= :v', { v: N(1) }],
      ['gone = gone2'],
      ['gone <= gone2'],
    ],
  ),
  condition(
    'between',
    'BETWEEN includes its bounds',
    [
      ['n BETWEEN :a AND :b', { a: N(10), b: N(11) }],
      ['n BETWEEN :a AND :b', { a: N(9), b: N(10) }],
      ['s BETWEEN :a AND :b', { a: S('h'), b: S('i') }],
    ],
    [
      ['n BETWEEN :a AND :b', { a: N(11), b: N(12) }],
      ['gone BETWEEN :a AND :b', { a: N(1), b: N(2) }],
    ],
  ),
  condition(
    'in',
    'IN is true for any listed value',
    [
      ['s IN (:a, :b)', { a: S('x'), b: S('hello') }],
      ['n IN (:a, s, :b)', { a: N(1), b: N('10.0') }],
      ['f IN (:a)', { a: BOOL(false) }],
    ],
    [
      ['s IN (:a)', { a: S('x') }],
      ['n IN (:a)', { a: S('10') }],
    ],
  ),
  condition(
    'not',
    'NOT negates a condition',
    [['NOT attribute_exists(gone)'], ['NOT n = :v', { v: N(1) }], ['NOT gone = :v', { v: N(1) }]],
    [['NOT s = :v', { v: S('hello') }]],
  ),
  condition(
    'precedence',
    'NOT binds before AND, AND before OR',
    [
      ['attribute_exists(s) OR attribute_exists(n) AND attribute_exists(gone)'],
      ['NOT attribute_exists(gone) AND attribute_exists(s)'],
    ],
    [
      ['(attribute_exists(s) OR attribute_exists(n)) AND attribute_exists(gone)'],
      ['NOT (attribute_exists(gone) OR attribute_exists(s))'],
    ],
  ),
  condition('case', 'Operators are written in any case, functions in lower case', [
    ['attribute_exists(s) and not attribute_exists(gone)'],
    ['n between :a and :b', { a: N(1), b: N(20) }],
  ]),
  condition(
    'paths',
    'Conditions evaluate nested paths',
    [
      ['m.k = :v', { v: S('v') }],
      ['m.deep[0] = :v', { v: N(5) }],
      ['l[2][0] = :v', { v: S('in') }],
    ],
    [
      ['m.deep[1] = :v', { v: N(5) }],
      ['s.k = :v', { v: S('v') }],
    ],
  ),
  condition('two-attributes', 'Two attributes can be compared', [['n = n2'], ['s > e']], [['n > n2'], ['n = s']]),
  test('condition-guards-create', 'attribute_not_exists(pk) allows only the first put', guide('WorkingWithItems'), [
    put({ pk: S('a'), v: N(1) }, ok(), { ConditionExpression: 'attribute_not_exists(pk)' }),
    put({ pk: S('a'), v: N(2) }, conditionFailed, { ConditionExpression: 'attribute_not_exists(pk)' }),
  ]),
  test(
    'condition-is-about-one-item',
    'With a sort key, the condition applies to the item of that sort key',
    guide('WorkingWithItems'),
    [
      put({ pk: S('a'), sk: S('1') }, ok(), { ConditionExpression: 'attribute_not_exists(pk)' }),
      put({ pk: S('a'), sk: S('2') }, ok(), { ConditionExpression: 'attribute_not_exists(pk)' }),
      put({ pk: S('a'), sk: S('1') }, conditionFailed, { ConditionExpression: 'attribute_not_exists(pk)' }),
    ],
    { table: 'range' },
  ),
  test(
    'condition-all-old',
    'ReturnValuesOnConditionCheckFailure ALL_OLD returns the item that failed the condition',
    api('PutItem'),
    [
      put(
        { pk: S('a') },
        { error: 'ConditionalCheckFailedException', has: { Item: { pk: S('a'), v: N(1), l: L(S('x')) } } },
        { ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
      ),
    ],
    { given: [{ pk: S('a'), v: N(1), l: L(S('x')) }] },
  ),
  test('condition-all-old-of-nothing', 'A failed condition returns no Item when none existed', api('PutItem'), [
    put(
      { pk: S('a') },
      { ...conditionFailed, without: ['Item'] },
      { ConditionExpression: 'attribute_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
    ),
  ]),
  test(
    'condition-none',
    'Without ALL_OLD, a failed condition returns no Item',
    api('PutItem'),
    [
      put(
        { pk: S('a') },
        { ...conditionFailed, without: ['Item'] },
        { ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'NONE' },
      ),
      put(
        { pk: S('a') },
        { ...conditionFailed, without: ['Item'] },
        { ConditionExpression: 'attribute_not_exists(pk)' },
      ),
    ],
    { given: [{ pk: S('a') }] },
  ),
  test('condition-all-old-unknown', 'ReturnValuesOnConditionCheckFailure is ALL_OLD or NONE', api('PutItem'), [
    put(
      { pk: S('a') },
      { error: 'ValidationException', messageHas: 'Member must satisfy enum value set: [ALL_OLD, NONE]' },
      { ReturnValuesOnConditionCheckFailure: 'ALL_NEW' },
    ),
  ]),
  test(
    'condition-expected',
    'The legacy Expected works',
    guide('LegacyConditionalParameters.Expected'),
    [
      put({ pk: S('a') }, conditionFailed, { Expected: { v: { Value: N(2) } } }),
      put({ pk: S('a') }, ok(), { Expected: { v: { Value: N(1) }, gone: { Exists: false } } }),
    ],
    { given: [{ pk: S('a'), v: N(1) }] },
  ),
];
