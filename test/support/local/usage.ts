import type { Meter, Usage } from '../../../local';

/** What a service used since the meter was taken last: `operation: unit` to amount. */
export function taken(meter: Meter, service: Usage['service']): Record<string, number> {
  return Object.fromEntries(
    meter
      .take()
      .filter((used) => used.service === service)
      .map(({ operation, unit, amount }) => [`${operation}: ${unit}`, amount]),
  );
}
