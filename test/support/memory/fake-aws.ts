// The parts of AWS that the commands `drain` and `return` call: a table of drain marks, and the drain function of each region. One
// server for all regions, which reads the region from the request's signature.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A received call. */
export interface Call {
  readonly region: string;
  readonly operation: string;
  readonly body: any;
}

export class FakeAws {
  public readonly calls: Call[] = [];
  /** Drain marks in all replicas: region to the time of the mark. */
  public readonly marks = new Map<string, number>();
  /** Rows of regions whose mark was replaced by `return`. */
  public readonly returned = new Map<string, any>();
  /** Marks that are in one replica only: replica to regions. */
  public readonly onlyIn = new Map<string, ReadonlyMap<string, number>>();
  /** Regions that answer every call with an error. */
  public readonly down = new Set<string>();
  /** Results of the drain function, page by page. */
  public pages: readonly object[] = [{ moved: 3, gone: 0, failed: 0 }];
  /** Name of the table of drain marks. */
  public channelsTable: string;
  /** Count results of the drain function, page by page. */
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
