// The Connections table in the local cloud's DynamoDB, in this process, with a client of the SDK: every unit is metered, and the
// responses of a read can be replayed without a database.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { HttpRequest } from '@smithy/types';
import { type AttributeValue, DynamoDbService, itemSize, startDynalite } from '../../local/services/dynamodb';
import { Meter } from '../../local/metering';
import { SystemClock } from '../../local/support/clock';
import { type Units, unitsOf } from '../rig/units';

export const TABLE = 'Connections';

/** The measured cost of some work. */
export interface Work {
  readonly units: Units;
  /** The responses to its queries, in order. */
  readonly pages: readonly Uint8Array[];
}

type Answerer = (operation: string, body: string) => Promise<{ readonly status: number; readonly body: Uint8Array }>;

/** A client of the SDK without a network. */
function clientOf(answerer: Answerer): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: {
      handle: async ({ headers, body }: HttpRequest) => {
        const operation = headers['x-amz-target']?.split('.')[1] ?? '';
        const answer = await answerer(operation, textOf(body));
        const response = {
          statusCode: answer.status,
          headers: { 'content-type': 'application/x-amz-json-1.0' },
          body: answer.body,
        };
        return { response };
      },
    },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
}

/** A client that gets these responses in turn. */
export function replaying(pages: readonly Uint8Array[]): DynamoDBDocumentClient {
  let next = 0;
  return clientOf(() => {
    const body = pages[next % pages.length] ?? new Uint8Array();
    next += 1;
    return Promise.resolve({ status: 200, body });
  });
}

/** Bytes of the items in responses, as DynamoDB counts them. */
export function bytesOf(pages: readonly Uint8Array[]): number {
  const items = pages.flatMap(
    (page) => (JSON.parse(Buffer.from(page).toString()) as { Items: Record<string, AttributeValue>[] }).Items,
  );
  return items.reduce((sum, item) => sum + itemSize(item), 0);
}

export class MeteredTable {
  private pages: Uint8Array[] = [];
  public readonly client: DynamoDBDocumentClient;

  private constructor(
    private readonly service: DynamoDbService,
    private readonly meter: Meter,
  ) {
    this.client = clientOf(async (operation, body) => {
      const answer = await service.call(operation, JSON.parse(body) as Record<string, unknown>);
      const page = Buffer.from(answer.body);
      if (operation === 'Query') this.pages.push(page);
      return { status: answer.status, body: page };
    });
  }

  public static async start(): Promise<MeteredTable> {
    const meter = new Meter();
    const service = new DynamoDbService(await startDynalite(), new SystemClock(), meter);
    const table = new MeteredTable(service, meter);
    await service.call('CreateTable', {
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
    return table;
  }

  /** Measures some work. Only one measurement may run at a time. */
  public async using(work: () => Promise<void>): Promise<Work> {
    this.meter.take();
    this.pages = [];
    await work();
    return { units: unitsOf(this.meter.take()), pages: this.pages };
  }

  public async stop(): Promise<void> {
    await this.service.stop();
  }
}
