import { api, type Case, get, guide, N, ok, put, query, refused, S, test, update } from '../case';

const page = guide('HowItWorks.NamingRulesDataTypes');
const stored = (id: string, what: string, given: string, back: string): Case =>
  test(id, what, page, [
    put({ pk: S('a'), n: N(given) }),
    get({ pk: S('a') }, ok({ Item: { pk: S('a'), n: N(back) } })),
  ]);
const wrong = (id: string, what: string, given: string, message: string): Case =>
  test(id, what, page, [put({ pk: S('a'), n: N(given) }, refused(message))]);
const DIGITS = '12345678901234567890123456789012345678';

export const NUMBERS: readonly Case[] = [
  stored('number-of-38-digits', 'A number keeps up to 38 digits', DIGITS, DIGITS),
  stored('number-zeros-trimmed', 'Leading and trailing zeros of a number are trimmed', '0042.500', '42.5'),
  stored('number-minus-zero', 'Negative zero is stored as zero', '-0', '0'),
  stored('number-exponent', 'A number with an exponent is returned as digits', '1.5e3', '1500'),
  stored('number-largest', 'The largest number has a magnitude of 9.99E+125', `9.9e125`, `99${'0'.repeat(124)}`),
  stored('number-smallest', 'The smallest positive number is 1E-130', '1e-130', `0.${'0'.repeat(129)}1`),
  wrong(
    'number-of-39-digits',
    'A number with 39 digits is rejected',
    `${DIGITS}9`,
    'Attempting to store more than 38 significant digits in a Number',
  ),
  wrong(
    'number-too-large',
    'A number of 1E+126 is rejected',
    '1e126',
    'Number overflow. Attempting to store a number with magnitude larger than supported range',
  ),
  wrong(
    'number-too-small',
    'A number of 1E-131 is rejected',
    '1e-131',
    'Number underflow. Attempting to store a number with magnitude smaller than supported range',
  ),
  wrong(
    'number-no-number',
    'A string is not a number',
    'abc',
    'The parameter cannot be converted to a numeric value: abc',
  ),
  wrong('number-empty', 'An empty string is not a number', '', 'The parameter cannot be converted to a numeric value'),
  wrong('number-nan', 'NaN is not a number', 'NaN', 'The parameter cannot be converted to a numeric value: NaN'),
  test('number-arithmetic-exact', 'Arithmetic is decimal and exact', page, [
    put({ pk: S('a'), n: N('0.1') }),
    update({ pk: S('a') }, 'SET n = n + :v', { v: N('0.2') }, ok({ Attributes: { n: N('0.3') } }), {
      ReturnValues: 'UPDATED_NEW',
    }),
  ]),
  test('number-arithmetic-digits', 'A sum of more than 38 digits is rejected', page, [
    put({ pk: S('a'), n: N(DIGITS) }),
    update(
      { pk: S('a') },
      'SET n = n + :v',
      { v: N('0.1') },
      refused('Attempting to store more than 38 significant digits in a Number'),
    ),
  ]),
  test('number-arithmetic-overflow', 'A sum that is too large is rejected', page, [
    put({ pk: S('a'), n: N('9e125') }),
    update(
      { pk: S('a') },
      'ADD n :v',
      { v: N('9e125') },
      refused('Number overflow. Attempting to store a number with magnitude larger than supported range'),
    ),
  ]),
  test(
    'number-keys-same',
    'As keys, 1, 1.0 and 1e0 are the same',
    page,
    [
      put({ pk: S('a'), sk: N('1.0'), v: S('x') }),
      get({ pk: S('a'), sk: N('1e0') }, ok({ Item: { pk: S('a'), sk: N(1), v: S('x') } })),
    ],
    { table: 'numeric' },
  ),
  test(
    'number-keys-sorted',
    'Number keys sort by value, negative ones first',
    api('Query'),
    [
      query(
        'pk = :p',
        { p: S('a') },
        ok({
          Count: 6,
          ScannedCount: 6,
          Items: ['-20', '-3', '0', '0.5', '3', '20'].map((n) => ({ pk: S('a'), sk: N(n) })),
        }),
      ),
    ],
    { table: 'numeric', given: ['3', '-3', '20', '0', '-20', '0.5'].map((n) => ({ pk: S('a'), sk: N(n) })) },
  ),
];
