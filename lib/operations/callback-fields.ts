/**
 * Which field of the line that tells what became of a fan-out, or of a drain (lambda/core), is counted by which metric. The
 * service has no metric for posts to connections: API Gateway's `MessageCount` counts those that arrived, and no other.
 */
export const CALLBACK_FIELDS: Readonly<Record<string, string>> = {
  CallbacksDelivered: 'delivered',
  CallbacksFailed: 'failed',
  CallbacksForbidden: 'forbidden',
  CallbacksThrottled: 'throttled',
};
