import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadlineOf, dispatchDeps } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { batchResponse } from '../adapters/sqs/batch-response';
import { publishRecordsOf } from '../adapters/sqs/publish-queue';
import { writeBatch } from '../core/publish/fifo-batch';

/**
 * Part of the function's time reserved for one append with all its retries. A function that times out during an append blocks its
 * channels until the queue's visibility timeout ends. Milliseconds.
 */
const APPEND_RESERVE = 11_000;

const deps = dispatchDeps(documentClient());

/** Appends queued publishes to their channels' logs, and sends them to subscribers. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  return batchResponse(await writeBatch(deps, publishRecordsOf(event), deadlineOf(context) - APPEND_RESERVE));
}
