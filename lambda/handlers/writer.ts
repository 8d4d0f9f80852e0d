import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { actionDeps, deadlineOf } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { recordsOf } from '../adapters/sqs/publish-queue';
import { writeBatch } from '../core/publish/fifo-batch';

/**
 * Kept from the function's time for one append with all its retries: an instance that is ended in the middle holds its
 * channels up until the queue shows their messages again. Milliseconds.
 */
const APPEND_RESERVE = 11_000;

const deps = actionDeps(documentClient());

/** Appends queued publishes to their channels' logs, and fans them out. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failed = await writeBatch(deps, recordsOf(event), deadlineOf(context) - APPEND_RESERVE);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
