// Numbers that are computed from a cell.
import { PRICES } from '../cost/prices';
import type { Units } from '../rig/units';
import type { Cell } from './trial';

/** Deliveries per second of CPU time of warm functions. */
export function perCpuSecond({ received, usage }: Cell): number {
  return received.delivered / (usage.cpu.warm / 1_000);
}

/** CPU milliseconds per 1,000 deliveries. */
export function cpuPerThousand(cell: Cell): number {
  return 1e6 / perCpuSecond(cell);
}

/** Requests to a service per publish; without a name, requests to all services. */
export function perPublish({ usage, publishes }: Cell, service = ''): number {
  const counts = Object.entries(usage.requests).filter(([what]) => what.startsWith(service));
  return counts.reduce((sum, [, count]) => sum + count, 0) / publishes;
}

/** Read or write units of DynamoDB per 1,000 deliveries. */
export function unitsPerThousand({ usage, received }: Cell, unit: keyof Units): number {
  return (1_000 * usage.units[unit]) / received.delivered;
}

/** Price of these units per million deliveries. A write costs as much as five reads. Dollars. */
export function tableDollars(cell: Cell): number {
  const read = unitsPerThousand(cell, 'read') * PRICES['dynamodb read request units'];
  return 1_000 * (read + unitsPerThousand(cell, 'write') * PRICES['dynamodb write request units']);
}

/** Requests of all kinds per delivery, with invocations and requests of Lambda's pollers. */
export function requestsPerDelivery(cell: Cell): number {
  const others = perPublish(cell) - perPublish(cell, 'sqs');
  return (others * cell.publishes + cell.usage.sqs) / cell.received.delivered;
}

/** Growth of a value with the number of subscribers, as the exponent of the best fitting power: 0 is flat, 1 is proportional. */
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
