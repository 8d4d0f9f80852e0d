import type { FunctionName } from '../contract/functions';
import { PEER_SENDING_FUNCTIONS, POSTING_FUNCTIONS } from './components';

/**
 * Log fields that metrics of posts to connections count: metric to field. Handlers log them after a fan-out and after a drain. API
 * Gateway has no such metrics: its `MessageCount` counts only messages that were delivered.
 */
export const CALLBACK_FIELDS: Readonly<Record<string, string>> = {
  CallbacksDelivered: 'delivered',
  CallbacksFailed: 'failed',
  CallbacksForbidden: 'forbidden',
  CallbacksThrottled: 'throttled',
};

/** Log fields that metrics of sends to other regions count: metric to field. SQS counts only messages that it accepted. */
export const PEER_FIELDS: Readonly<Record<string, string>> = { PeerSendsFailed: 'peerFailed' };

/** Source of a metric from logs. */
export interface LogSource {
  readonly field: string;
  /** Functions whose logs contain the field. */
  readonly functions: readonly FunctionName[];
}

/** Every metric from logs. */
export const LOG_METRICS: Readonly<Record<string, LogSource>> = {
  ...sourcesOf(CALLBACK_FIELDS, POSTING_FUNCTIONS),
  ...sourcesOf(PEER_FIELDS, PEER_SENDING_FUNCTIONS),
};

function sourcesOf(fields: Readonly<Record<string, string>>, functions: readonly FunctionName[]): typeof LOG_METRICS {
  return Object.fromEntries(Object.entries(fields).map(([metric, field]) => [metric, { field, functions }]));
}
