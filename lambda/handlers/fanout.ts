import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadlineOf, workerDeps } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { fanoutRecordsOf } from '../adapters/sqs/fanout-queue';
import { carryOut } from '../core/fanout/worker';

// Whoever waits for too long holds a shard up: a job that failed soon is done again soon.
const deps = workerDeps(documentClient({ attempts: 2, timeout: 1_000 }));

/** Sends messages to the subscribers of large channels, shard by shard. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failed = await carryOut(deps, fanoutRecordsOf(event), deadlineOf(context));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
