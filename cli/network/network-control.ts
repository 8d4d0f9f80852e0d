// Changes of a running network: drain marks in the Channels table, and invocations of the drain function (ADR 0012).
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
import { clientConfig } from './client-config';
import type { Network } from './which-network';

/** Timeout of requests: a region that does not answer must not delay the command for long. Milliseconds. */
const REQUEST_TIMEOUT = 10_000;
/** The drain function uses its whole timeout when there are many connections. Milliseconds. */
const FUNCTION_TIMEOUT = 1_000 * DRAIN_TIMEOUT_SECONDS + 5_000;

export class NetworkControl {
  public constructor(private readonly network: Pick<Network, 'name' | 'channelsTable' | 'endpoints'>) {}

  /**
   * The drained regions, with the times of their marks (milliseconds since 1970).
   *
   * @param via region whose replica is read
   */
  public async marks(via: string): Promise<DrainMarks> {
    const { DynamoDBClient, QueryCommand } = await import('@aws-sdk/client-dynamodb');
    const client = new DynamoDBClient(clientConfig(this.network, via, REQUEST_TIMEOUT));
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

  /**
   * Marks a region as drained.
   *
   * @param via region in whose replica the mark is written
   * @param since milliseconds since 1970
   */
  public async mark(via: string, region: string, since: number): Promise<void> {
    await this.write(via, drainMarkRow(region, since));
  }

  /**
   * Replaces a mark by a row that returns the region to service. The mark is not deleted: a replica that does not have the mark yet
   * can't replicate its deletion, and the mark would remain when it arrives.
   *
   * @param via region in whose replica the row is written
   * @param now milliseconds since 1970
   */
  public async unmark(via: string, region: string, now: number): Promise<void> {
    await this.write(via, returnedRow(region, now));
  }

  /**
   * The number of connections of a region, and the time in which they can move, which the region computes from the connect quota of the
   * others. A large region is counted in several requests; the sum of their times is never less than the time for all.
   */
  public async count(region: string): Promise<Omit<CountAnswer, 'next'>> {
    let connections = 0;
    let within = 0;
    let next: string | undefined;
    do {
      const part = (await this.callDrain(region, { count: true, next })) as Partial<CountAnswer>;
      if (part.connections === undefined || part.within === undefined)
        throw new RealtimeError(
          'internal',
          `${partName(this.network.name, 'drain')} did not return a number of connections.`,
        );
      connections += part.connections;
      within += part.within;
      ({ next } = part);
    } while (next !== undefined);
    return { connections, within };
  }

  /**
   * Asks one page of the connections of a region to move.
   *
   * @param within time in which they move. Milliseconds
   * @param next `next` of the page before
   */
  public async move(region: string, within: number, next: string | undefined): Promise<MoveAnswer> {
    return (await this.callDrain(region, { within, next })) as MoveAnswer;
  }

  private async write(via: string, row: DrainMarkRow) {
    const { DynamoDBClient, PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const Item = Object.fromEntries(
      Object.entries<string | number>({ ...row }).map(([name, value]) => [name, attributeOf(value)]),
    );
    await new DynamoDBClient(clientConfig(this.network, via, REQUEST_TIMEOUT)).send(
      new PutItemCommand({ TableName: this.network.channelsTable, Item }),
    );
  }

  private async callDrain(region: string, event: CountRequest | MoveRequest): Promise<object> {
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    const FunctionName = partName(this.network.name, 'drain');
    const client = new LambdaClient(clientConfig(this.network, region, FUNCTION_TIMEOUT));
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
    );
    const text = new TextDecoder().decode(Payload);
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    if (FunctionError !== undefined || !isObject(answer))
      throw new RealtimeError('internal', `${FunctionName} failed: ${text}`);
    return answer;
  }
}

function attributeOf(value: string | number): AttributeValue {
  return typeof value === 'number' ? { N: String(value) } : { S: value };
}

function fromItem({ pk, sk, t, r }: Readonly<Record<string, AttributeValue | undefined>>): DrainMarkRow {
  return { pk: pk?.S ?? '', sk: sk?.S ?? '', t: Number(t?.N ?? 0), r: r === undefined ? undefined : 1 };
}

/** A region whose replica is used, and the drain marks in it. */
export interface Via {
  readonly via: string;
  readonly marks: DrainMarks;
}

/**
 * The region in whose replica to write the mark of another: the first candidate that answers and is not drained itself, or else the
 * first that answers.
 *
 * @param candidates regions to try, in this order; at least one
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
      problems.push(`${via}: ${reasonOf(error)}`);
    }
  }
  if (found === undefined)
    throw new RealtimeError('aws_call_failed', `Drain marks can't be read. ${problems.join('; ')}`);
  return found;
}

/**
 * The regions to try: that of `--via`, or all allowed ones.
 *
 * @throws RealtimeError cli_usage
 */
export function candidatesOf(given: string | undefined, allowed: readonly string[]): readonly string[] {
  if (given === undefined) return allowed;
  if (allowed.includes(given)) return [given];
  throw new RealtimeError('cli_usage', `--via must be one of ${allowed.join(', ')}.`);
}

/** @param more further sentences, with a leading space */
export function lastRegionError({ name }: Network, more = ''): RealtimeError {
  return new RealtimeError('region_last', `No other region of ${name} is in service.${more}`);
}

/**
 * Checks that a region belongs to a network.
 *
 * @throws RealtimeError cli_usage
 */
export function requireMember({ name, regions }: Network, region: string): void {
  if (regions.includes(region)) return;
  throw new RealtimeError('cli_usage', `${region} is not a region of ${name}: ${regions.join(', ')}.`);
}

/** The message of an error. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // When all addresses of a host refuse the connection, Node's error has no message.
  return error.message === '' ? error.name : error.message;
}

/**
 * Waits for a call to AWS.
 *
 * @throws RealtimeError aws_call_failed
 */
export async function requireSuccess(what: string, call: Promise<void>): Promise<void> {
  await call.catch((cause: unknown) => {
    throw new RealtimeError('aws_call_failed', `${what}: ${reasonOf(cause)}`, { cause });
  });
}
