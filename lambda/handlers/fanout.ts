import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadlineOf, workerDeps } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { batchResponse } from '../adapters/sqs/batch-response';
import { fanoutRecordsOf } from '../adapters/sqs/fanout-queue';
import { processJobs } from '../core/fanout/worker';

// A slow request blocks the shard; a failed job is repeated soon.
const deps = workerDeps(documentClient({ attempts: 2, timeout: 1_000 }));

/** Sends messages to the subscribers of large channels, shard by shard. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  return batchResponse(await processJobs(deps, fanoutRecordsOf(event), deadlineOf(context)));
}
