// What the command line changes in a network: drain marks, and telling connections to move. The names and rows are those that
// every region knows (ADR 0012).
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { CountAnswer, CountRequest, MoveAnswer, MoveRequest } from '../../lib/contract/drain-function';
import {
  DRAIN_PARTITION,
  type DrainMarkRow,
  drainMarkRow,
  type DrainMarks,
  drainMarksOf,
  returnedRow,
} from '../../lib/contract/drain-marks';
import { DRAIN_TIMEOUT_SECONDS } from '../../lib/contract/limits';
import { partName } from '../../lib/contract/names';
import { isObject, RealtimeError } from '../../protocol';
import type { Network } from './which-network';

/** A region that does not answer must not hold the command up for long. Milliseconds. */
const CONNECT_WITHIN = 3_000;
const ANSWER_WITHIN = 10_000;
/** The drain function uses its whole timeout where there are many connections. Milliseconds. */
const FUNCTION_WITHIN = 1_000 * DRAIN_TIMEOUT_SECONDS + 5_000;

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
    return drainMarksOf(Items.map(fromItem));
  }

  /** @param since milliseconds since 1970 */
  public async mark(via: string, region: string, since: number): Promise<void> {
    await this.write(via, drainMarkRow(region, since));
  }

  /**
   * Writes over the mark that the region was returned. It is not deleted: of an item that a replica does not have yet, a
   * deletion there is not replicated, and the mark that is on its way would stay.
   *
   * @param now milliseconds since 1970
   */
  public async unmark(via: string, region: string, now: number): Promise<void> {
    await this.write(via, returnedRow(region, now));
  }

  /**
   * How many connections a region has, and in how much time they can move: it knows what the others take. Counted in parts, the
   * time is never less than that for the whole.
   */
  public async count(region: string): Promise<Omit<CountAnswer, 'next'>> {
    let connections = 0;
    let within = 0;
    let next: string | undefined;
    do {
      const part = (await this.callDrain(region, { count: true, next })) as Partial<CountAnswer>;
      if (part.connections === undefined || part.within === undefined)
        throw new RealtimeError('internal', `${partName(this.network.name, 'drain')} did not tell its connections.`);
      connections += part.connections;
      within += part.within;
      ({ next } = part);
    } while (next !== undefined);
    return { connections, within };
  }

  /** Tells the connections of a region, a page of them, to move within so many milliseconds. */
  public async tell(region: string, within: number, next: string | undefined): Promise<MoveAnswer> {
    return (await this.callDrain(region, { within, next })) as MoveAnswer;
  }

  private async write(via: string, row: DrainMarkRow) {
    const { DynamoDBClient, PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const Item = Object.fromEntries(Object.entries<string | number>({ ...row }).map(([name, value]) => [name, attributeOf(value)]));
    await new DynamoDBClient(this.config(via, ANSWER_WITHIN)).send(
      new PutItemCommand({ TableName: this.network.channelsTable, Item }),
    );
  }

  private async callDrain(region: string, event: CountRequest | MoveRequest): Promise<object> {
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    const FunctionName = partName(this.network.name, 'drain');
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

function attributeOf(value: string | number): AttributeValue {
  return typeof value === 'number' ? { N: String(value) } : { S: value };
}

function fromItem({ pk, sk, t, r }: Readonly<Record<string, AttributeValue | undefined>>): DrainMarkRow {
  return { pk: pk?.S ?? '', sk: sk?.S ?? '', t: Number(t?.N ?? 0), ...(r === undefined ? {} : { r: 1 }) };
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
