import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoDbIdempotencyStore } from '../../../../../lambda/adapters/dynamodb/idempotency-store';
import type { IdempotencyRecord } from '../../../../../lambda/core/publish/idempotency';

const DAY = 86_400_000;

test('given a key, then TTL may delete its row only when keys that are used daily have been used again', async () => {
  const puts: PutCommand[] = [];
  const send = (command: PutCommand): Promise<object> => {
    puts.push(command);
    return Promise.resolve({});
  };
  const store = new DynamoDbIdempotencyStore({ send } as unknown as DynamoDBDocumentClient, 'messages');
  const until = Date.UTC(2026, 0, 2);
  await store.claim({ channel: 'chat:a', origin: 'eu-west-1' }, 'k', { until } as IdempotencyRecord);
  const [{ u, x } = { u: 0, x: 0 }] = puts.map(({ input }) => input.Item as { u: number; x: number });
  expect(u).toBe(until);
  // DynamoDB deletes within two days after `x`: neither a day nor a week after the first use falls into that time.
  expect(x * 1000).toBeGreaterThan(until + 2 * DAY);
  expect(x * 1000).toBeLessThan(until + 4 * DAY);
});
