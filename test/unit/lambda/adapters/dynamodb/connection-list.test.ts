import type { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoDbConnectionList } from '../../../../../lambda/adapters/dynamodb/connection-list';

/** A table whose every page has one row, and another page behind it. */
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

test('goes on where a page or a count ended', async () => {
  const { list, starts } = endless();
  const { ids, next = '' } = await list.page('');
  expect(ids).toEqual(['1']);
  await list.page(next);
  await list.count(next);
  expect(starts).toEqual([undefined, { pk: 'co#1', sk: '!' }, { pk: 'co#1', sk: '!' }]);
});

test.each(['x', 'bnVsbA', Buffer.from('[1,2]').toString('base64url')])('refuses to go on at %s', async (next) => {
  const { list, starts } = endless();
  await expect(list.page(next)).rejects.toMatchObject({ error: 'field_invalid' });
  await expect(list.count(next)).rejects.toMatchObject({ error: 'field_invalid' });
  expect(starts).toEqual([]);
});
