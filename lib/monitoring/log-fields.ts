import type { FunctionName } from '../contract/functions';
import { POSTING, SENDING } from './components';

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

/** The same for the line that tells that another region's inbox did not take a message: SQS counts only what it took. */
export const PEER_FIELDS: Readonly<Record<string, string>> = { PeerSendsFailed: 'peerFailed' };

/** What a metric is counted from. */
export interface LogSource {
  readonly field: string;
  /** The functions in whose logs it stands. */
  readonly roles: readonly FunctionName[];
}

/** Every metric that is counted in logs. */
export const LOG_METRICS: Readonly<Record<string, LogSource>> = {
  ...sourcesOf(CALLBACK_FIELDS, POSTING),
  ...sourcesOf(PEER_FIELDS, SENDING),
};

function sourcesOf(fields: Readonly<Record<string, string>>, roles: readonly FunctionName[]): typeof LOG_METRICS {
  return Object.fromEntries(Object.entries(fields).map(([metric, field]) => [metric, { field, roles }]));
}
