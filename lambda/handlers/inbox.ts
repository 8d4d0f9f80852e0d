import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadlineOf, inboxDeps } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { batchResponse } from '../adapters/sqs/batch-response';
import { inboxRecordsOf } from '../adapters/sqs/inbox-queue';
import { processInbox } from '../core/regions/inbox';

const deps = inboxDeps(documentClient());

/** Sends messages of other regions to the subscribers of this region. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  return batchResponse(await processInbox(deps, inboxRecordsOf(event), deadlineOf(context)));
}
