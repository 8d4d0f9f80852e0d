import type { Usage } from '../../local';

/** DynamoDB's capacity units: strong reads of 4 KB, writes of 1 KB. */
export interface Units {
  readonly read: number;
  readonly write: number;
}

/** Units of what was metered, those of failed conditional writes included. */
export function unitsOf(usage: readonly Usage[]): Units {
  const units = { read: 0, write: 0 };
  for (const { service, unit, amount } of usage)
    if (service === 'dynamodb') units[unit === 'read request units' ? 'read' : 'write'] += amount;
  return units;
}
