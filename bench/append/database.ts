// DynamoDB Local in a process of its own, with tables as lib/storage creates them.
import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../lambda/adapters/dynamodb/client';
import { startDynamoDbLocal } from '../support/dynamodb-local';
import type { Meter } from './meter';
import { HEADER } from './strategies';
import type { StoredEntry } from './verify';

export interface Database {
  /** A metered client for each function, with a function's own settings. */
  readonly functions: readonly DynamoDBDocumentClient[];
  /** Creates a table for `use`, and deletes it afterwards. */
  withTable<T>(use: (table: string) => Promise<T>): Promise<T>;
  /** The entries of all channels; those of one channel are in the order of the log. */
  entries(table: string): Promise<readonly StoredEntry[]>;
  stop(): Promise<void>;
}

/**
 * Starts DynamoDB Local.
 *
 * @param functions number of clients
 * @throws Error when DynamoDB Local cannot run on this machine
 */
export async function startDatabase(functions: number, meter: Meter): Promise<Database> {
  const engine = await startDynamoDbLocal();
  if (typeof engine === 'string') throw new Error(`the bench needs DynamoDB Local: ${engine}`);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: engine.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  const own = documentClient();
  const watched = Array.from({ length: functions }, () => {
    const client = documentClient();
    meter.watch(client);
    return client;
  });
  let tables = 0;
  return {
    functions: watched,
    withTable: async (use) => {
      const table = `Messages${++tables}`;
      await createTable(own, table);
      try {
        return await use(table);
      } finally {
        await own.send(new DeleteTableCommand({ TableName: table }));
      }
    },
    entries: (table) => entries(own, table),
    stop: async () => {
      for (const client of [own, ...watched]) client.destroy();
      await engine.stop();
    },
  };
}

/** DynamoDB Local creates tables synchronously. */
async function createTable(client: DynamoDBDocumentClient, table: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
}

async function entries(client: DynamoDBDocumentClient, table: string): Promise<StoredEntry[]> {
  const found: StoredEntry[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey: start }),
    );
    for (const { pk, sk, m } of (page.Items ?? []) as Record<'pk' | 'sk' | 'm', string>[]) {
      if (sk === HEADER) continue;
      const ids = (JSON.parse(m) as { id: string }[]).map(({ id }) => id);
      found.push({ channel: pk.split('#')[0] ?? '', seq: Number(sk.split('#')[1]), ids });
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return found;
}
