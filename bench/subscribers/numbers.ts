// Prices of layouts, compared.
import { PRICES } from '../cost/prices';

/** Measurements of a layout with a number of subscribers. Units are DynamoDB's capacity units. */
export interface Cell {
  readonly layout: string;
  readonly subscribers: number;
  /** Write units per join while the channel grew to this size. */
  readonly growing: number;
  /** Write units per join, and per leave, at a constant size. */
  readonly join: number;
  readonly leave: number;
  /** Read units, and requests, of one strongly consistent read of all subscribers. */
  readonly reads: number;
  readonly pages: number;
  /** Bytes in the table per subscription, those of a shard's head included. */
  readonly bytes: number;
  /** CPU milliseconds of the SDK and our code for requesting and decoding the responses. */
  readonly decoding: number;
}

const MESSAGE = PRICES['apigateway WebSocket messages'];
const WRITE = PRICES['dynamodb write request units'];
const READ = PRICES['dynamodb read request units'];

/** Price of a join and a leave. Dollars. */
export function dollarsOfVisit({ join, leave }: Cell): number {
  return (join + leave) * WRITE;
}

/** Price of reading all subscribers for one publish. Dollars. */
export function dollarsOfRead({ reads }: Cell): number {
  return reads * READ;
}

/**
 * Publishes per visit (a join and a leave) from which on a layout with cheaper reads and more expensive writes costs less than the
 * base: 0 when it never costs more, infinite when it always does.
 */
export function breakEven(base: Cell, other: Cell): number {
  const extra = dollarsOfVisit(other) - dollarsOfVisit(base);
  const saved = dollarsOfRead(base) - dollarsOfRead(other);
  if (extra <= 0 && saved >= 0) return 0;
  return saved <= 0 ? Number.POSITIVE_INFINITY : extra / saved;
}

/** Savings of a layout on the reads of a publish, as a share of API Gateway's price of its deliveries. */
export function savedShare(base: Cell, other: Cell): number {
  return (dollarsOfRead(base) - dollarsOfRead(other)) / (base.subscribers * MESSAGE);
}
