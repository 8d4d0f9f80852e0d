// Metered usage as a bill: units and dollars by line item.
import type { Usage } from '../../local';
import { median } from '../support/median';
import { PRICES, type Unit } from './prices';

/** The line items of a bill, and their units. Lambda's duration has its own, because it is measured, while everything else is counted. */
const LINES = {
  messages: ['apigateway WebSocket messages'],
  minutes: ['apigateway connection minutes'],
  http: ['apigateway HTTP API requests'],
  writes: ['dynamodb write request units', 'dynamodb replicated write request units'],
  reads: ['dynamodb read request units'],
  invocations: ['lambda requests'],
  time: ['lambda arm64 GB-ms', 'lambda x86_64 GB-ms'],
  sqs: ['sqs requests', 'sqs FIFO requests'],
  secrets: ['secretsmanager API calls'],
  logs: ['logs bytes ingested'],
  internet: ['datatransfer bytes to the internet'],
  regions: ['datatransfer bytes to other regions'],
} as const satisfies Readonly<Record<string, readonly Unit[]>>;

export type Line = keyof typeof LINES;
export type Bill = Readonly<Record<Line, { readonly units: number; readonly dollars: number }>>;

export const ALL_LINES = Object.keys(LINES) as Line[];

/** Whether usage accrues with time only, and so belongs to no operation. */
export function isUsedByTime({ unit, operation }: Usage): boolean {
  return unit === 'connection minutes' || operation.endsWith('empty');
}

export function billOf(usage: readonly Usage[]): Bill {
  return billBy((line) => {
    const units: readonly Unit[] = LINES[line];
    const own = usage.filter(({ service, unit }) => units.includes(`${service} ${unit}` as Unit));
    return {
      units: own.reduce((sum, { amount }) => sum + amount, 0),
      dollars: own.reduce((sum, { service, unit, amount }) => sum + amount * PRICES[`${service} ${unit}` as Unit], 0),
    };
  });
}

/** The median of several bills of the same operation, for each line item. */
export function medianBill(bills: readonly Bill[]): Bill {
  return billBy((line) => ({
    units: median(bills.map(({ [line]: { units } }) => units)),
    dollars: median(bills.map(({ [line]: { dollars } }) => dollars)),
  }));
}

export function sumOf(...bills: readonly Bill[]): Bill {
  return billBy((line) => ({
    units: bills.reduce((sum, { [line]: { units } }) => sum + units, 0),
    dollars: bills.reduce((sum, { [line]: { dollars } }) => sum + dollars, 0),
  }));
}

export function dollarsOf(bill: Bill, lines: readonly Line[] = ALL_LINES): number {
  return lines.reduce((sum, line) => sum + bill[line].dollars, 0);
}

/** The price without API Gateway's messages and data transfer to the internet, which every backend pays. Dollars. */
export function ownCostOf(bill: Bill): number {
  return dollarsOf(
    bill,
    ALL_LINES.filter((line) => line !== 'messages' && line !== 'internet'),
  );
}

function billBy(value: (line: Line) => Bill[Line]): Bill {
  return Object.fromEntries(ALL_LINES.map((line) => [line, value(line)])) as Bill;
}
