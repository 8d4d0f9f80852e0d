import type { Usage } from '../../local';

/** Capacity units of DynamoDB: strongly consistent reads of 4 KB, writes of 1 KB. */
export interface Units {
  readonly read: number;
  readonly write: number;
}

/** Metered requests to SQS, those of Lambda's pollers included. */
export function sqsRequestsOf(usage: readonly Usage[]): number {
  return usage.reduce((sum, { service, amount }) => (service === 'sqs' ? sum + amount : sum), 0);
}

/** Metered units of DynamoDB, those of failed conditional writes included. */
export function unitsOf(usage: readonly Usage[]): Units {
  const units = { read: 0, write: 0 };
  for (const { service, unit, amount } of usage)
    if (service === 'dynamodb') units[unit === 'read request units' ? 'read' : 'write'] += amount;
  return units;
}
