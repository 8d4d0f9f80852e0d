// Counts requests to the database, and the capacity that its responses report: a middleware of every client, inside the SDK's retries, so
// that each attempt counts. It also delays each request, and can make a function die.
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Counts {
  requests: number;
  /** Total time of the requests, with the added latency. Milliseconds. */
  requestMs: number;
  /** Write units that responses report. */
  writes: number;
  /** Read units that responses report. */
  reads: number;
  /** Writes whose condition failed, and cancelled transactions. */
  conflicts: number;
  /** Write units of failed conditions, by AWS's rule, since their responses report none. See {@link unitsOfFailedPut}. */
  conflictWrites: number;
}

/** Thrown when a function dies after a request was carried out, and before it gets the response. */
export class Died extends Error {}

const READS = new Set(['GetItemCommand', 'QueryCommand', 'ScanCommand']);

export class Meter {
  /** Added to each request before it is sent. Milliseconds. */
  public latency = 0;
  /** Whether the next request is carried out without its response ever arriving. */
  public dies = false;
  private counts = nothing();

  public watch(client: DynamoDBDocumentClient): void {
    client.middlewareStack.add(
      (next) => (args) => next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } }),
      { step: 'initialize', name: 'askForCapacity' },
    );
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const operation = (context as { commandName?: string }).commandName ?? '';
        const started = performance.now();
        if (this.latency > 0) await sleep(this.latency);
        try {
          const result = await next(args);
          const units = unitsOf(result.output);
          if (READS.has(operation)) this.counts.reads += units;
          else this.counts.writes += units;
          if (!this.dies) return result;
        } catch (error) {
          this.failed(error, args.input);
          throw error;
        } finally {
          this.counts.requests += 1;
          this.counts.requestMs += performance.now() - started;
        }
        this.dies = false;
        throw new Died();
      },
      { step: 'finalizeRequest', priority: 'low', name: 'count' },
    );
  }

  /** The counts since the last call. */
  public take(): Counts {
    const taken = this.counts;
    this.counts = nothing();
    return taken;
  }

  private failed(error: unknown, input: object): void {
    const { name, Item: existing } = error as { name?: string; Item?: Attributes };
    if (name !== 'ConditionalCheckFailedException' && name !== 'TransactionCanceledException') return;
    this.counts.conflicts += 1;
    const { Item: refused } = input as { Item?: Attributes };
    if (refused !== undefined) this.counts.conflictWrites += unitsOfFailedPut(refused, existing ?? {});
  }
}

type Attributes = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

/**
 * A put whose condition fails consumes the write units of the larger of the new and the existing item: one for each started 1 KB.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
function unitsOfFailedPut(refused: Attributes, existing: Attributes): number {
  return Math.max(1, Math.ceil(Math.max(sizeOf(refused), sizeOf(existing)) / 1024));
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function sizeOf(item: Attributes): number {
  const sizes = Object.entries(item).map(
    ([name, { S = '', N }]) => Buffer.byteLength(name) + (N === undefined ? Buffer.byteLength(S) : N.length / 2 + 1),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function unitsOf(output: unknown): number {
  const { ConsumedCapacity: consumed } = output as { ConsumedCapacity?: Consumed | readonly Consumed[] };
  const list = consumed === undefined ? [] : [consumed].flat();
  return list.reduce((sum, { CapacityUnits: units = 0 }) => sum + units, 0);
}

interface Consumed {
  readonly CapacityUnits?: number;
}

export function nothing(): Counts {
  return { requests: 0, requestMs: 0, writes: 0, reads: 0, conflicts: 0, conflictWrites: 0 };
}
