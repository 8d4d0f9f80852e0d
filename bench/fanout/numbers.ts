// What is told of a cell.
import { PRICES } from '../cost/prices';
import type { Units } from '../rig/units';
import type { Cell } from './stand';

/** Deliveries for each second of CPU time that functions took, warm. */
export function perCpuSecond({ received, usage }: Cell): number {
  return received.delivered / (usage.cpu.warm / 1_000);
}

/** CPU milliseconds for 1,000 deliveries. */
export function cpuPerThousand(cell: Cell): number {
  return 1e6 / perCpuSecond(cell);
}

/** Requests of a service for each publish; of all, without a name. */
export function perPublish({ usage, publishes }: Cell, service = ''): number {
  const counts = Object.entries(usage.requests).filter(([what]) => what.startsWith(service));
  return counts.reduce((sum, [, count]) => sum + count, 0) / publishes;
}

/** Read or write units of DynamoDB for 1,000 deliveries. */
export function unitsPerThousand({ usage, received }: Cell, unit: keyof Units): number {
  return (1_000 * usage.units[unit]) / received.delivered;
}

/** What those units cost for a million deliveries: a write costs as much as five reads. Dollars. */
export function tableDollars(cell: Cell): number {
  const read = unitsPerThousand(cell, 'read') * PRICES['dynamodb read request units'];
  return 1_000 * (read + unitsPerThousand(cell, 'write') * PRICES['dynamodb write request units']);
}

/** Requests of any kind, invocations and those of Lambda's pollers too, for each delivery. */
export function requestsPerDelivery(cell: Cell): number {
  const others = perPublish(cell) - perPublish(cell, 'sqs');
  return (others * cell.publishes + cell.usage.sqs) / cell.received.delivered;
}

/**
 * How a value grows with the number of subscribers: the exponent of the power that fits best. 0 is flat, 1 is in proportion, below 0
 * it falls.
 */
export function slope(cells: readonly Cell[], of: (cell: Cell) => number): number {
  const points = cells.map((cell) => [Math.log(cell.subscribers), Math.log(of(cell))] as const);
  const mean = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [above, below] = [0, 0];
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return above / below;
}
