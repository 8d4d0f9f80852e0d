// Reads the logs of a network from its tables. The clients' histories are checked against them.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { DELETE_GRACE } from '../../lambda/core/log/epochs';
import type { Stored } from '../../load/checker';

/** Reads every message of a region's replica of the Messages table. */
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
  // The sort keys of headers and idempotency keys start with an exclamation mark.
  if (sk.startsWith('!') || m === undefined) return [];
  const [channel = '', origin = ''] = pk.split('#');
  const [epoch = '', first] = sk.split('#');
  const messages = JSON.parse(m) as readonly { readonly id: string; readonly from?: string }[];
  return messages.map(({ id, from = f }, i) => ({
    type: 'stored',
    t,
    channel,
    origin,
    epoch,
    seq: Number(first) + i,
    from,
    ids: [id],
    expires: x * 1_000 - DELETE_GRACE,
    // The tables do not show which entries a first attempt wrote after its own retry (docs/decisions/0010). Clients drop such a
    // message by its id, which is counted.
    lookedBack: false,
  }));
}

/** Sequence numbers at which the replicas differ: none, once replication is complete. */
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
