import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadlineOf, inboxDeps } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { inboxRecordsOf } from '../adapters/sqs/inbox-queue';
import { receive } from '../core/regions/inbox';

const deps = inboxDeps(documentClient());

/** Sends what other regions publish to the subscribers here. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failed = await receive(deps, inboxRecordsOf(event), deadlineOf(context));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
