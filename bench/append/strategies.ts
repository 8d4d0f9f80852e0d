// Four strategies that give the messages of a channel a gapless order, with the same kind of table and rows.
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { API_GATEWAY_LIMITS, apiGatewayQuota } from '../../lambda/adapters/api-gateway/limits';
import { DynamoDbLogStore, partition } from '../../lambda/adapters/dynamodb/log-store';
import { runtime } from '../../lambda/adapters/runtime';
import { WorkerChannels } from '../../lambda/core/fanout/fanout';
import { append, backoff, MAX_ATTEMPTS } from '../../lambda/core/log/append';
import { DELETE_GRACE } from '../../lambda/core/log/epochs';
import { TailHints } from '../../lambda/core/log/tail';
import { write } from '../../lambda/core/publish/fifo-writer';
import { RateLimiter } from '../../lambda/core/fanout/rate-limiter';
import { FairPool } from '../../lambda/core/fanout/fair-pool';
import type { ConnectionStore } from '../../lambda/core/connections/connection-store';
import type { LogStore } from '../../lambda/core/log/log-store';
import type { Runtime } from '../../lambda/core/runtime';
import { POOL_SIZE } from '../../lambda/core/fanout/post';
import { RealtimeError } from '../../protocol';
import { oneWriter } from './queue';
import type { BenchMessage, Writer } from './writer';

export interface Strategy {
  readonly name: string;
  /** @param clients one for each function */
  writers(clients: readonly DynamoDBDocumentClient[], table: string): Writer[];
}

const ORIGIN = 'eu-west-1';
const RETENTION = 86_400_000;
/** As long as an epoch of our append, so that rows have the same size. */
const EPOCH = '0'.repeat(9);
/** Sort key of a channel's counter; our append stores its header there. */
export const HEADER = '!';

/** One conditional write at the place after the tail: lambda/core/log/append.ts, with its adapter. */
export const ours: Strategy = { name: 'ours', writers: each(compareAndSet) };
/** A counter, then the message, as most samples do it. */
export const counterThenPut: Strategy = { name: 'counter+put', writers: each(counted) };
/** Counter and message in one transaction. */
export const transaction: Strategy = { name: 'transaction', writers: each(transacted) };
/** As `ordering: fifo` does it: publishes wait in a queue, and one writer (lambda/core/publish/fifo-writer.ts) appends them in batches. */
export const fifo: Strategy = {
  name: 'ours, fifo',
  writers: (clients, table) => {
    const [first] = clients;
    if (first === undefined) return [];
    const shared = oneWriter(queued(new DynamoDbLogStore(first, table), runtime));
    return clients.map(() => shared);
  },
};

type MakeWriter = (client: DynamoDBDocumentClient, table: string, from: string) => Writer;

function each(make: MakeWriter): Strategy['writers'] {
  return (clients, table) => clients.map((client, i) => make(client, table, `fn-${String(i).padStart(2, '0')}`));
}

function compareAndSet(client: DynamoDBDocumentClient, table: string, from: string): Writer {
  return appending(new DynamoDbLogStore(client, table), runtime, from);
}

/** Appends as a warm function does. */
export function appending(logs: LogStore, runtime: Runtime, from: string): Writer {
  const deps = { logs, hints: new TailHints(), runtime };
  return async (channel, messages) => {
    const { seq } = await append(deps, { key: { channel, origin: ORIGIN }, from, messages, retention: RETENTION });
    return seq;
  };
}

/** Appends as the writer of a FIFO channel does, without subscribers. */
export function queued(logs: LogStore, runtime: Runtime): Writer {
  const hints = new TailHints();
  const noSubscribers = { page: () => Promise.resolve({ subscribers: [] }) } as unknown as ConnectionStore;
  const noPosts = {
    transport: { deliver: () => Promise.resolve('delivered' as const) },
    pool: new FairPool(POOL_SIZE),
    rateLimiter: new RateLimiter(runtime, apiGatewayQuota(1_000_000)),
    transportLimits: API_GATEWAY_LIMITS,
    workerChannels: new WorkerChannels(),
    jobs: { send: () => Promise.resolve(), receiveAgain: () => Promise.resolve() },
  };
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const deps = { logs, hints, runtime, origin: ORIGIN, connections: noSubscribers, ...noPosts, logger: silent };
  let sequence = 0;
  return async (channel, messages) => {
    sequence += 1;
    const publish = { channel, from: 'queue', messages: messages.map((message) => ({ ...message, enc: 'json' })) };
    const received = [{ sequence: String(sequence), publish }];
    const rest = await write(deps, { channel, received, retention: RETENTION, deadline: Number.POSITIVE_INFINITY });
    const hint = hints.get({ channel, origin: ORIGIN }, runtime.now());
    if (rest.length > 0 || hint === undefined) throw new RealtimeError('store_unavailable');
    return hint.tail.next - messages.length;
  };
}

function counted(client: DynamoDBDocumentClient, table: string, from: string): Writer {
  return async (channel, messages) => {
    const { Attributes: after } = await client.send(
      new UpdateCommand({
        TableName: table,
        Key: counterKey(channel),
        UpdateExpression: 'ADD n :many',
        ExpressionAttributeValues: { ':many': messages.length },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    const seq = Number(after?.n) - messages.length + 1;
    await client.send(new PutCommand({ TableName: table, Item: row(channel, seq, from, messages) }));
    return seq;
  };
}

/** Optimistic, with the same number of attempts as our append. It remembers counters as our append remembers tails. */
function transacted(client: DynamoDBDocumentClient, table: string, from: string): Writer {
  const counters = new Map<string, number>();
  return async (channel, messages) => {
    let last = counters.get(channel) ?? (await readCounter(client, table, channel));
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const after = last + messages.length;
      try {
        await client.send(
          new TransactWriteCommand({
            TransactItems: [
              {
                Update: {
                  TableName: table,
                  Key: counterKey(channel),
                  UpdateExpression: 'SET n = :after',
                  ConditionExpression: last === 0 ? 'attribute_not_exists(n)' : 'n = :last',
                  ExpressionAttributeValues: { ':after': after, ...(last === 0 ? {} : { ':last': last }) },
                  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
                },
              },
              { Put: { TableName: table, Item: row(channel, last + 1, from, messages) } },
            ],
          }),
        );
        counters.set(channel, after);
        return last + 1;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        last = Number(error.CancellationReasons?.[0]?.Item?.n?.N ?? last);
        counters.set(channel, last);
      }
      await runtime.sleep(backoff(attempt, runtime));
    }
    throw new RealtimeError('append_contended', `Channel: ${channel}.`);
  };
}

async function readCounter(client: DynamoDBDocumentClient, table: string, channel: string): Promise<number> {
  const { Item: counter } = await client.send(
    new GetCommand({ TableName: table, Key: counterKey(channel), ConsistentRead: true }),
  );
  return Number(counter?.n ?? 0);
}

function counterKey(channel: string): { pk: string; sk: string } {
  return { pk: partition({ channel, origin: ORIGIN }), sk: HEADER };
}

/** An entry as lambda/adapters/dynamodb/log-store.ts stores it. */
function row(channel: string, seq: number, from: string, messages: readonly BenchMessage[]): Record<string, unknown> {
  const ts = Date.now();
  const expiry = Math.ceil((ts + RETENTION + DELETE_GRACE) / 1000);
  return {
    pk: partition({ channel, origin: ORIGIN }),
    sk: `${EPOCH}#${String(seq).padStart(12, '0')}`,
    t: ts,
    f: from,
    m: JSON.stringify(messages.map((message) => ({ ...message, enc: 'json' }))),
    x: expiry,
    p: expiry,
  };
}
