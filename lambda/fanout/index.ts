import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadlineOf, workerDeps } from '../adapters/deps';
import { documentClient } from '../adapters/dynamodb';
import { fanoutRecordsOf } from '../adapters/fanout-queue';
import { carryOut } from '../core/fanout-jobs';

const deps = workerDeps(documentClient());

/** Sends messages to the subscribers of large channels, shard by shard. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failed = await carryOut(deps, fanoutRecordsOf(event), deadlineOf(context));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
