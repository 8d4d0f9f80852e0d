// The logs in a Messages table, for commands that repair them.
import type { LogKey, OperatedLogStore } from '../../lambda/core/log/log-store';
import { clientConfig } from './client-config';
import type { Network } from './which-network';

/** Timeout of a request: a page of a scan is up to a megabyte. Milliseconds. */
const REQUEST_TIMEOUT = 10_000;

/** A Messages table and its replicas. */
export class MessageLogs {
  /** By region. */
  private readonly stores = new Map<string, Promise<OperatedLogStore>>();

  public constructor(private readonly network: Pick<Network, 'regions' | 'messagesTable' | 'endpoints'>) {}

  /**
   * Reads the whole replica of a region, and returns the keys of its logs.
   *
   * @param progress is called after every page with the number of rows that were read
   */
  public async keys(region: string, progress: (rows: number) => void): Promise<readonly LogKey[]> {
    const { DynamoDBClient, paginateScan } = await import('@aws-sdk/client-dynamodb');
    const client = new DynamoDBClient(clientConfig(this.network, region, REQUEST_TIMEOUT));
    const found = new Map<string, LogKey>();
    let rows = 0;
    const pages = paginateScan(
      { client },
      { TableName: this.network.messagesTable, ProjectionExpression: 'pk', ConsistentRead: true },
    );
    for await (const { Items = [], ScannedCount = 0 } of pages) {
      for (const { pk } of Items) {
        const name = pk?.S ?? '';
        const at = name.lastIndexOf('#');
        if (at > 0) found.set(name, { channel: name.slice(0, at), origin: name.slice(at + 1) });
      }
      rows += ScannedCount;
      progress(rows);
    }
    return [...found.values()];
  }

  /** The logs in the replica of a region, to read and write. One client serves all logs of a region. */
  public store(region: string): Promise<OperatedLogStore> {
    let store = this.stores.get(region);
    if (store === undefined) this.stores.set(region, (store = this.connect(region)));
    return store;
  }

  private async connect(region: string): Promise<OperatedLogStore> {
    const [{ DynamoDBClient }, { DynamoDBDocumentClient }, { DynamoDbLogStore }] = await Promise.all([
      import('@aws-sdk/client-dynamodb'),
      import('@aws-sdk/lib-dynamodb'),
      import('../../lambda/adapters/dynamodb/log-store'),
    ]);
    const client = new DynamoDBClient(clientConfig(this.network, region, REQUEST_TIMEOUT));
    return new DynamoDbLogStore(DynamoDBDocumentClient.from(client), this.network.messagesTable);
  }

  /**
   * The region in whose replica a log is written: its origin, where its writers are. The log of a region that has left the network
   * has no writers, and is written in the first region.
   */
  public writerOf({ origin }: LogKey): string {
    const { regions } = this.network;
    return regions.includes(origin) ? origin : (regions[0] ?? origin);
  }
}
