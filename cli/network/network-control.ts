// What the command line changes in a network: drain marks, and telling connections to move. The names and rows are those that
// every region knows (ADR 0012).
import { DRAIN_PARTITION, type DrainMarks } from '../../lib/contract/drain-marks';
import { isObject, RealtimeError } from '../../protocol';
import type { Network } from './which-network';

/** What became of a page of connections that were told to move. */
export interface MovedPage {
  readonly moved: number;
  readonly gone: number;
  readonly failed: number;
  /** Give it to go on; absent when that was all. */
  readonly next?: string;
}

/** The connections of a region, or some of them. */
export interface Counted {
  readonly connections: number;
  /** In how much time the others can take so many. Milliseconds. */
  readonly within: number;
  /** Give it to go on; absent when that was all. */
  readonly next?: string;
}

/** A region that does not answer must not hold the command up for long. Milliseconds. */
const CONNECT_WITHIN = 3_000;
const ANSWER_WITHIN = 10_000;
/** The drain function uses up its time, a minute, where there are many connections (lib/functions/realtime-functions.ts). Milliseconds. */
const FUNCTION_WITHIN = 65_000;

/** What a mark leaves behind goes away by itself, long after every replica has it. Seconds. */
const RETURNED_FOR = 7 * 86_400;

export class NetworkControl {
  public constructor(private readonly network: Pick<Network, 'name' | 'channelsTable' | 'endpoints'>) {}

  /**
   * The regions that are drained, and since when (milliseconds since 1970).
   *
   * @param via the region whose replica is read
   */
  public async marks(via: string): Promise<DrainMarks> {
    const { DynamoDBClient, QueryCommand } = await import('@aws-sdk/client-dynamodb');
    const client = new DynamoDBClient(this.config(via, ANSWER_WITHIN));
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: this.network.channelsTable,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: DRAIN_PARTITION } },
        ConsistentRead: true,
      }),
    );
    const marks = Items.filter(({ r }) => r === undefined);
    return new Map(marks.map(({ sk, t }) => [sk?.S ?? '', Number(t?.N ?? 0)]));
  }

  /** @param since milliseconds since 1970 */
  public async mark(via: string, region: string, since: number): Promise<void> {
    await this.write(via, { sk: { S: region }, t: { N: String(since) } });
  }

  /**
   * Writes over the mark that the region was returned. It is not deleted: of an item that a replica does not have yet, a
   * deletion there is not replicated, and the mark that is on its way would stay.
   *
   * @param now milliseconds since 1970
   */
  public async unmark(via: string, region: string, now: number): Promise<void> {
    const until = Math.ceil(now / 1000) + RETURNED_FOR;
    await this.write(via, { sk: { S: region }, t: { N: String(now) }, r: { N: '1' }, x: { N: String(until) } });
  }

  /**
   * How many connections a region has, and in how much time they can move: it knows what the others take. Counted in parts, the
   * time is never less than that for the whole.
   */
  public async count(region: string): Promise<Omit<Counted, 'next'>> {
    let connections = 0;
    let within = 0;
    let next: string | undefined;
    do {
      const part = (await this.callDrain(region, { count: true, next })) as Partial<Counted>;
      if (part.connections === undefined || part.within === undefined)
        throw new RealtimeError('internal', `${this.network.name}-drain did not tell its connections.`);
      connections += part.connections;
      within += part.within;
      ({ next } = part);
    } while (next !== undefined);
    return { connections, within };
  }

  /** Tells the connections of a region, a page of them, to move within so many milliseconds. */
  public async tell(region: string, within: number, next: string | undefined): Promise<MovedPage> {
    return (await this.callDrain(region, { within, next })) as MovedPage;
  }

  private async write(via: string, row: Readonly<Record<string, { readonly S: string } | { readonly N: string }>>) {
    const { DynamoDBClient, PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const Item = { pk: { S: DRAIN_PARTITION }, ...row };
    await new DynamoDBClient(this.config(via, ANSWER_WITHIN)).send(
      new PutItemCommand({ TableName: this.network.channelsTable, Item }),
    );
  }

  private async callDrain(region: string, event: object): Promise<object> {
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    const FunctionName = `${this.network.name}-drain`;
    const client = new LambdaClient(this.config(region, FUNCTION_WITHIN));
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
    );
    const text = new TextDecoder().decode(Payload);
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    if (FunctionError !== undefined || !isObject(answer))
      throw new RealtimeError('internal', `${FunctionName} failed: ${text}`);
    return answer;
  }

  private config(region: string, timeout: number) {
    const shared = {
      region,
      maxAttempts: 2,
      // Otherwise the SDK only warns when the time is over.
      requestHandler: { connectionTimeout: CONNECT_WITHIN, requestTimeout: timeout, throwOnRequestTimeout: true },
    };
    if (this.network.endpoints === undefined) return shared;
    const endpoint = this.network.endpoints.get(region);
    if (endpoint === undefined) throw new RealtimeError('local_unreachable', `The local cloud does not run ${region}.`);
    return { ...shared, endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  }
}

/** A region in whose replica something is written, and the marks that it knows. */
export interface Via {
  readonly via: string;
  readonly marks: DrainMarks;
}

/**
 * A region in whose replica to write what is said of another: the first that answers, one that is not drained itself if there
 * is any.
 *
 * @param candidates which to try, in this order; more than none
 * @throws RealtimeError aws_call_failed
 */
export async function findVia(control: Pick<NetworkControl, 'marks'>, candidates: readonly string[]): Promise<Via> {
  const problems: string[] = [];
  let found: Via | undefined;
  for (const via of candidates) {
    try {
      const marks = await control.marks(via);
      if (!marks.has(via)) return { via, marks };
      found ??= { via, marks };
    } catch (error) {
      problems.push(`${via}: ${why(error)}`);
    }
  }
  if (found === undefined)
    throw new RealtimeError('aws_call_failed', `Drain marks can't be read. ${problems.join('; ')}`);
  return found;
}

/** The regions to try: the one that was given, or all that may be. @throws RealtimeError cli_usage */
export function candidatesOf(given: string | undefined, allowed: readonly string[]): readonly string[] {
  if (given === undefined) return allowed;
  if (allowed.includes(given)) return [given];
  throw new RealtimeError('cli_usage', `--via must be one of ${allowed.join(', ')}.`);
}

/** @param more what became of it */
export function nobodyLeft({ name }: Network, more = ''): RealtimeError {
  return new RealtimeError('region_last', `No other region of ${name} is in service.${more}`);
}

/** @throws RealtimeError cli_usage */
export function mustBeOf({ name, regions }: Network, region: string): void {
  if (regions.includes(region)) return;
  throw new RealtimeError('cli_usage', `${region} is no region of ${name}: ${regions.join(', ')}.`);
}

export function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses that refused are an error without words.
  return error.message === '' ? error.name : error.message;
}

/** Of a call that must succeed. @throws RealtimeError aws_call_failed */
export async function must(what: string, call: Promise<void>): Promise<void> {
  await call.catch((cause: unknown) => {
    throw new RealtimeError('aws_call_failed', `${what}: ${why(cause)}`, { cause });
  });
}
