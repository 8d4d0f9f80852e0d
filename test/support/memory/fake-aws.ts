// As much of AWS as `drain` and `return` ask for: a table of drain marks, and a function in each region that tells connections
// to move. One server for all regions: the signature says which one is meant.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call that came, for tests to look at. */
export interface Call {
  readonly region: string;
  readonly operation: string;
  readonly body: any;
}

export class FakeAws {
  public readonly calls: Call[] = [];
  /** Regions to since when they are drained, alike in all replicas. */
  public readonly marks = new Map<string, number>();
  /** Regions whose mark was written over by that of their return: the whole row. */
  public readonly returned = new Map<string, any>();
  /** Marks that only one replica has yet: replica to regions. */
  public readonly onlyIn = new Map<string, ReadonlyMap<string, number>>();
  /** Regions that answer nothing but errors. */
  public readonly down = new Set<string>();
  /** What the drain function answers to each page in turn; the last one ends it. */
  public pages: readonly object[] = [{ moved: 3, gone: 0, failed: 0 }];
  /** The table that marks are in. */
  public channelsTable: string;
  /** What the drain function counts, part by part. */
  public counts: readonly object[] = [{ connections: 3, within: 10_000 }];
  public url = '';
  private readonly server: Server;

  public constructor(private readonly network: string) {
    this.channelsTable = `${network}-channels`;
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  public async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Calls of one operation. */
  public of(operation: string): Call[] {
    return this.calls.filter((call) => call.operation === operation);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const target = request.headers['x-amz-target'];
    const operation = typeof target === 'string' ? target.replace('DynamoDB_20120810.', '') : 'Invoke';
    this.calls.push({ region, operation, body });
    const say = (status: number, answer: object, headers = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(answer));
    };
    if (this.down.has(region)) say(400, { __type: 'Unreachable', message: `${region} is down` });
    else if (operation === 'Invoke') this.invoke(request.url ?? '', body, say);
    else if (body.TableName !== this.channelsTable) say(400, { __type: 'ResourceNotFoundException' });
    else say(200, this.table(region, operation, body));
  }

  private table(replica: string, operation: string, { Item, ExpressionAttributeValues: values }: any): object {
    if (operation === 'Query' && values[':pk'].S === '!drain') {
      const marks = [...this.marks, ...(this.onlyIn.get(replica) ?? [])];
      const rows = marks.map(([region, t]) => ({ pk: values[':pk'], sk: { S: region }, t: { N: `${t}` } }));
      return { Items: [...rows, ...this.returned.values()] };
    }
    if (operation === 'PutItem' && Item.r === undefined) {
      this.marks.set(Item.sk.S, Number(Item.t.N));
      this.returned.delete(Item.sk.S);
    } else if (operation === 'PutItem') {
      this.marks.delete(Item.sk.S);
      this.returned.set(Item.sk.S, Item);
    }
    return {};
  }

  private invoke(path: string, event: any, say: (status: number, answer: object, headers?: object) => void): void {
    if (path !== `/2015-03-31/functions/${this.network}-drain/invocations`) say(404, { message: 'no such function' });
    else {
      const parts = event.count === true ? this.counts : this.pages;
      const part = event.next === undefined ? 0 : Number(event.next);
      const answer = parts[part];
      const next = part + 1 < parts.length ? { next: `${part + 1}` } : {};
      if (answer === undefined || 'errorMessage' in answer) {
        say(200, answer ?? {}, { 'x-amz-function-error': 'Unhandled' });
      } else say(200, { ...answer, ...next });
    }
  }
}
