import { api, type Case, fails, get, guide, has, L, M, N, ok, refused, refusedWith, S, test } from '../case';

const page = api('GetItem');
const projection = guide('Expressions.ProjectionExpressions');
const names = guide('Expressions.ExpressionAttributeNames');
const item = {
  pk: S('a'),
  s: S('x'),
  n: N(1),
  status: S('new'),
  m: M({ a: S('1'), b: M({ c: S('2'), d: S('3') }) }),
  l: L(S('l0'), M({ k: S('l1'), z: N(9) }), S('l2')),
  'dot.ted': S('d'),
};
const given = [item];
const projected = (ProjectionExpression: string, Item: Record<string, unknown>, ExpressionAttributeNames?: object) =>
  get({ pk: S('a') }, ok({ Item }), { ProjectionExpression, ExpressionAttributeNames });

export const GET: readonly Case[] = [
  test('get-whole', 'A get returns the whole item', page, [get({ pk: S('a') }, ok({ Item: item }))], { given }),
  test('get-nothing', 'A get of a missing item returns no Item', page, [get({ pk: S('none') }, ok())]),
  test(
    'get-eventually',
    'A get is eventually consistent by default and costs half a unit',
    guide('read-write-operations'),
    [
      get({ pk: S('a') }, has({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 0.5 } }), {
        ConsistentRead: false,
        ReturnConsumedCapacity: 'TOTAL',
      }),
      get({ pk: S('a') }, has({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 1 } }), {
        ReturnConsumedCapacity: 'TOTAL',
      }),
    ],
    { given },
  ),
  test('get-nothing-costs', 'A read of a missing item costs the minimum', guide('read-write-operations'), [
    get({ pk: S('none') }, ok({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 1 } }), {
      ReturnConsumedCapacity: 'TOTAL',
    }),
  ]),
  test(
    'get-capacity-of-large-item',
    'A read costs one unit for each started 4 KB',
    guide('read-write-operations'),
    [
      get({ pk: S('b') }, has({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 3 } }), {
        ReturnConsumedCapacity: 'TOTAL',
      }),
    ],
    { given: [{ pk: S('b'), d: S('x'.repeat(9_000)) }] },
  ),
  test(
    'get-key-incomplete',
    'A key has all key attributes',
    page,
    [get({ pk: S('a') }, refused('The provided key element does not match the schema'))],
    { table: 'range' },
  ),
  test('get-key-with-more', 'A key has no other attributes', page, [
    get({ pk: S('a'), s: S('x') }, refused('The provided key element does not match the schema')),
  ]),
  test('get-key-of-wrong-type', 'A key has the types of the schema', page, [
    get({ pk: N(1) }, refused('The provided key element does not match the schema')),
  ]),
  test('get-empty-key', 'A key is never empty', page, [
    get(
      { pk: S('') },
      refusedWith('The AttributeValue for a key attribute cannot contain an empty string value. Key: pk'),
    ),
  ]),
  test(
    'get-no-table',
    'A missing table fails with ResourceNotFoundException',
    page,
    [get({ pk: S('a') }, fails('ResourceNotFoundException', 'Requested resource not found'))],
    { table: 'none' },
  ),
  test(
    'get-projection',
    'A projection returns the named attributes',
    projection,
    [projected('s, n', { s: S('x'), n: N(1) })],
    { given },
  ),
  test(
    'get-projection-path',
    'A projection selects attributes of maps',
    projection,
    [projected('m.b.c, m.a', { m: M({ a: S('1'), b: M({ c: S('2') }) }) })],
    { given },
  ),
  test(
    'get-projection-element',
    'A projection selects elements of lists, without gaps',
    projection,
    [projected('l[2], l[0]', { l: L(S('l0'), S('l2')) })],
    { given },
  ),
  test(
    'get-projection-path-in-list',
    'A projection selects attributes of maps in lists',
    projection,
    [projected('l[1].k', { l: L(M({ k: S('l1') })) })],
    { given },
  ),
  test(
    'get-projection-of-nothing',
    'A missing path is left out',
    projection,
    [projected('n, gone, m.gone.x, l[9]', { n: N(1) })],
    { given },
  ),
  test(
    'get-projection-empty',
    'A projection without a match returns an empty Item',
    projection,
    [projected('gone', {})],
    { given },
  ),
  test(
    'get-projection-overlap',
    'Paths of a projection must not overlap',
    projection,
    [
      get(
        { pk: S('a') },
        refused(
          'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, a]',
        ),
        { ProjectionExpression: 'm, m.a' },
      ),
    ],
    { given },
  ),
  test(
    'get-reserved-word',
    'A reserved word needs a placeholder',
    guide('ReservedWords'),
    [
      get(
        { pk: S('a') },
        refused('Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: status'),
        { ProjectionExpression: 'status' },
      ),
      projected('#s', { status: S('new') }, { '#s': 'status' }),
    ],
    { given },
  ),
  test(
    'get-dotted-name',
    'In a placeholder, a dot is part of the name',
    names,
    [projected('#d', { 'dot.ted': S('d') }, { '#d': 'dot.ted' })],
    { given },
  ),
  test('get-name-undefined', 'Every placeholder is defined', names, [
    get(
      { pk: S('a') },
      refused(
        'Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #x',
      ),
      { ProjectionExpression: '#x' },
    ),
  ]),
  test('get-name-unused', 'Every name placeholder is used', names, [
    get({ pk: S('a') }, refused('Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}'), {
      ProjectionExpression: 's',
      ExpressionAttributeNames: { '#x': 's' },
    }),
  ]),
  test('get-names-without-expression', 'ExpressionAttributeNames need an expression', names, [
    get({ pk: S('a') }, refused('ExpressionAttributeNames can only be specified when using expressions'), {
      ExpressionAttributeNames: { '#x': 's' },
    }),
  ]),
  test('get-names-empty', 'ExpressionAttributeNames are not empty', names, [
    get({ pk: S('a') }, refused('ExpressionAttributeNames must not be empty'), {
      ProjectionExpression: 's',
      ExpressionAttributeNames: {},
    }),
  ]),
  test('get-name-without-sign', 'A name placeholder begins with #', names, [
    get({ pk: S('a') }, refused('ExpressionAttributeNames contains invalid key: Syntax error; key: "x"'), {
      ProjectionExpression: 's',
      ExpressionAttributeNames: { x: 's' },
    }),
  ]),
  test('get-projection-blank', 'A projection is not empty', projection, [
    get({ pk: S('a') }, refused('Invalid ProjectionExpression: The expression can not be empty;'), {
      ProjectionExpression: '',
    }),
  ]),
  test('get-projection-syntax', 'A syntax error in a projection names the token', projection, [
    get({ pk: S('a') }, refusedWith('Invalid ProjectionExpression: Syntax error; token: "'), {
      ProjectionExpression: 's,,n',
    }),
  ]),
  test('get-key-path', 'A key attribute has no nested paths', projection, [
    get(
      { pk: S('a') },
      refusedWith("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed"),
      { ProjectionExpression: 'pk.x' },
    ),
  ]),
  test(
    'get-attributes-to-get',
    'The legacy AttributesToGet works',
    guide('LegacyConditionalParameters.AttributesToGet'),
    [get({ pk: S('a') }, ok({ Item: { n: N(1) } }), { AttributesToGet: ['n', 'none'] })],
    { given },
  ),
  test(
    'get-old-and-new',
    'AttributesToGet and an expression exclude each other',
    guide('LegacyConditionalParameters.AttributesToGet'),
    [
      get(
        { pk: S('a') },
        refused(
          'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
        ),
        { AttributesToGet: ['n'], ProjectionExpression: 's' },
      ),
    ],
  ),
];
