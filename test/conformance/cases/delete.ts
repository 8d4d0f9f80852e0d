import { api, type Case, conditionFailed, fails, get, N, ok, refused, remove, S, test } from '../case';

const page = api('DeleteItem');
const given = [{ pk: S('a'), v: N(1) }];

export const DELETE: readonly Case[] = [
  test('delete-item', 'A delete removes the item', page, [remove({ pk: S('a') }, ok()), get({ pk: S('a') }, ok())], {
    given,
  }),
  test('delete-nothing', 'The deletion of a missing item is no error', page, [remove({ pk: S('none') }, ok())]),
  test(
    'delete-all-old',
    'ALL_OLD returns the deleted item',
    page,
    [
      remove({ pk: S('a') }, ok({ Attributes: { pk: S('a'), v: N(1) } }), { ReturnValues: 'ALL_OLD' }),
      remove({ pk: S('a') }, ok(), { ReturnValues: 'ALL_OLD' }),
    ],
    { given },
  ),
  test('delete-return-values', 'A delete returns the old item or nothing', page, [
    remove({ pk: S('a') }, refused('ReturnValues can only be ALL_OLD or NONE'), { ReturnValues: 'UPDATED_OLD' }),
  ]),
  test(
    'delete-condition',
    'A delete can have a condition',
    page,
    [
      remove({ pk: S('a') }, conditionFailed, {
        ConditionExpression: 'v = :v',
        ExpressionAttributeValues: { ':v': N(2) },
      }),
      get({ pk: S('a') }, ok({ Item: given[0] })),
      remove({ pk: S('a') }, ok(), { ConditionExpression: 'v = :v', ExpressionAttributeValues: { ':v': N(1) } }),
      get({ pk: S('a') }, ok()),
    ],
    { given },
  ),
  test('delete-condition-on-nothing', 'The condition of a delete is evaluated without an item, too', page, [
    remove({ pk: S('none') }, conditionFailed, { ConditionExpression: 'attribute_exists(pk)' }),
  ]),
  test(
    'delete-key-incomplete',
    'A key has all key attributes',
    page,
    [remove({ pk: S('a') }, refused('The provided key element does not match the schema'))],
    { table: 'range' },
  ),
  test(
    'delete-no-table',
    'A missing table fails with ResourceNotFoundException',
    page,
    [remove({ pk: S('a') }, fails('ResourceNotFoundException', 'Requested resource not found'))],
    { table: 'none' },
  ),
  test(
    'delete-capacity',
    'A delete costs as much as a write of the deleted item',
    page,
    [
      remove({ pk: S('b') }, ok({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 3 } }), {
        ReturnConsumedCapacity: 'TOTAL',
      }),
      remove({ pk: S('b') }, ok({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 1 } }), {
        ReturnConsumedCapacity: 'TOTAL',
      }),
    ],
    { given: [{ pk: S('b'), d: S('x'.repeat(2_500)) }] },
  ),
];
