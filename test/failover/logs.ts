// What the logs of a network hold in the end: the truth that the audience's history is checked against, read from the tables.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { DELETE_GRACE } from '../../lambda/core/log/epochs';
import type { Stored } from '../../load/checker';

/** Every message in a region's replica of the Messages table. */
export async function readLogs(region: string, endpoint: string, table: string): Promise<readonly Stored[]> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region, endpoint, credentials }));
  const stored: Stored[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    for (const item of Items) stored.push(...messagesOf(item as unknown as Row));
  }
  return stored;
}

/** A row of the table: lambda/adapters/dynamodb/log-store.ts. */
interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly t: number;
  readonly f: string;
  readonly m?: string;
  readonly x: number;
}

function messagesOf({ pk, sk, t, f, m, x }: Row): readonly Stored[] {
  // Headers and idempotency keys begin with an exclamation mark.
  if (sk.startsWith('!') || m === undefined) return [];
  const [channel = '', origin = ''] = pk.split('#');
  const [epoch = '', first] = sk.split('#');
  const messages = JSON.parse(m) as readonly { readonly id: string; readonly from?: string }[];
  return messages.map(({ id, from = f }, i) => ({
    ...{ type: 'stored', t, channel, origin, epoch, seq: Number(first) + i, from },
    // Which of them were written late by a first attempt whose own retry stands before it, the tables don't tell (docs/decisions/0010):
    // clients drop its message by the id, and that is counted.
    ...{ ids: [id], expires: x * 1_000 - DELETE_GRACE, lookedBack: false },
  }));
}

/** Places that one replica has and another does not, or has otherwise: none, once replication has caught up. */
export function differences(replicas: ReadonlyMap<string, readonly Stored[]>): readonly string[] {
  const textsOf = (stored: readonly Stored[]): Set<string> =>
    new Set(stored.map(({ channel, origin, epoch, seq, ids }) => `${channel} ${origin} ${epoch}:${seq} ${ids[0]}`));
  const [first, ...others] = [...replicas].map(([region, stored]) => ({ region, texts: textsOf(stored) }));
  if (first === undefined) return [];
  return others.flatMap(({ region, texts }) => [
    ...[...first.texts].filter((text) => !texts.has(text)).map((text) => `${region} lacks ${text}`),
    ...[...texts].filter((text) => !first.texts.has(text)).map((text) => `${first.region} lacks ${text}`),
  ]);
}
