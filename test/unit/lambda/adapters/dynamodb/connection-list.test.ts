import type { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoDbConnectionList } from '../../../../../lambda/adapters/dynamodb/connection-list';

/** A table with one row a page, and no last page. */
function endless(): { list: DynamoDbConnectionList; starts: unknown[] } {
  const starts: unknown[] = [];
  const client = {
    send: ({ input }: ScanCommand): Promise<unknown> => {
      starts.push(input.ExclusiveStartKey);
      return Promise.resolve({ Count: 1, Items: [{ pk: 'co#1' }], LastEvaluatedKey: { pk: 'co#1', sk: '!' } });
    },
  };
  return { list: new DynamoDbConnectionList(client as unknown as DynamoDBDocumentClient, 'connections'), starts };
}

test('given the next of a page, when a page or a count is read, then it starts there', async () => {
  const { list, starts } = endless();
  const { ids, next = '' } = await list.page('');
  expect(ids).toEqual(['1']);
  await list.page(next);
  await list.count(next);
  expect(starts).toEqual([undefined, { pk: 'co#1', sk: '!' }, { pk: 'co#1', sk: '!' }]);
});

test.each(['x', 'bnVsbA', Buffer.from('[1,2]').toString('base64url')])(
  'when next is %s, then it is refused',
  async (next) => {
    const { list, starts } = endless();
    await expect(list.page(next)).rejects.toMatchObject({ error: 'field_invalid' });
    await expect(list.count(next)).rejects.toMatchObject({ error: 'field_invalid' });
    expect(starts).toEqual([]);
  },
);
