import { api, type Case, conditionFailed, fails, get, N, ok, refused, remove, S, test } from '../case';

const page = api('DeleteItem');
const given = [{ pk: S('a'), v: N(1) }];

export const DELETE: readonly Case[] = [
  test('delete-item', 'A delete removes the item', page, [remove({ pk: S('a') }, ok()), get({ pk: S('a') }, ok())], {
    given,
  }),
  test('delete-nothing', 'Deleting what is not there is no error', page, [remove({ pk: S('none') }, ok())]),
  test(
    'delete-all-old',
    'ALL_OLD gives back what was deleted',
    page,
    [
      remove({ pk: S('a') }, ok({ Attributes: { pk: S('a'), v: N(1) } }), { ReturnValues: 'ALL_OLD' }),
      remove({ pk: S('a') }, ok(), { ReturnValues: 'ALL_OLD' }),
    ],
    { given },
  ),
  test('delete-return-values', 'A delete can return only the old item', page, [
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
  test('delete-condition-on-nothing', 'A condition of a delete is checked also when there is no item', page, [
    remove({ pk: S('none') }, conditionFailed, { ConditionExpression: 'attribute_exists(pk)' }),
  ]),
  test(
    'delete-key-incomplete',
    'The key has all the key attributes',
    page,
    [remove({ pk: S('a') }, refused('The provided key element does not match the schema'))],
    { table: 'range' },
  ),
  test(
    'delete-no-table',
    'A table that is not there',
    page,
    [remove({ pk: S('a') }, fails('ResourceNotFoundException', 'Requested resource not found'))],
    { table: 'none' },
  ),
  test(
    'delete-capacity',
    'A delete costs what the deleted item would',
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
