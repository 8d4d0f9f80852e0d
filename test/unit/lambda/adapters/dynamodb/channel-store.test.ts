import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DynamoDbChannelStore } from '../../../../../lambda/adapters/dynamodb/channel-store';
import { evacuated } from '../../../../../lib/contract/drain-marks';

test('given a drain mark that was replaced when its region returned, when marks are read, then the region is not drained', async () => {
  const rows = [
    { pk: '!drain', sk: 'eu-west-1', t: 1 },
    { pk: '!drain', sk: 'us-east-1', t: 2, r: 1 },
  ];
  const client = { send: () => Promise.resolve({ Items: rows }) } as unknown as DynamoDBDocumentClient;
  const marks = await new DynamoDbChannelStore(client, 'channels', 'eu-west-1').marks();
  expect(marks).toEqual(new Map([['eu-west-1', 1]]));
  expect([...evacuated(['eu-west-1', 'us-east-1'], marks)]).toEqual(['eu-west-1']);
});
