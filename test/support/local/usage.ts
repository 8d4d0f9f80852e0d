import type { Meter, Usage } from '../../../local';

/** Usage of a service since the last `take`: `operation: unit` to amount. */
export function taken(meter: Meter, service: Usage['service']): Record<string, number> {
  return Object.fromEntries(
    meter
      .take()
      .filter((used) => used.service === service)
      .map(({ operation, unit, amount }) => [`${operation}: ${unit}`, amount]),
  );
}
