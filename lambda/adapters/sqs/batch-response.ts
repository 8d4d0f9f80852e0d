import type { SQSBatchResponse } from 'aws-lambda';

/**
 * Partial batch response: Lambda deletes all other messages of the batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 *
 * @param failed ids of the messages to receive again
 */
export function batchResponse(failed: readonly string[]): SQSBatchResponse {
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
