// What layouts come to, beside each other.
import { PRICES } from '../cost/prices';

/** A layout with so many subscribers. Units are DynamoDB's. */
export interface Cell {
  readonly layout: string;
  readonly subscribers: number;
  /** Write units of a join while the channel grew to so many. */
  readonly growing: number;
  /** Write units of a join, and of a leave, while as many come as go. */
  readonly join: number;
  readonly leave: number;
  /** Read units, and requests, of one strong read of all subscribers. */
  readonly reads: number;
  readonly pages: number;
  /** Of the table, for each subscription; what stands before the rows of a shard included. */
  readonly bytes: number;
  /** What the SDK and our code take to make subscribers of the answers, their requests included. CPU milliseconds. */
  readonly decoding: number;
}

const MESSAGE = PRICES['apigateway WebSocket messages'];
const WRITE = PRICES['dynamodb write request units'];
const READ = PRICES['dynamodb read request units'];

/** Dollars of somebody who joins and leaves. */
export function dollarsOfVisit({ join, leave }: Cell): number {
  return (join + leave) * WRITE;
}

/** Dollars of reading everybody, for one publish. */
export function dollarsOfRead({ reads }: Cell): number {
  return reads * READ;
}

/**
 * So many publishes have to come for each who joins and leaves until a layout that reads cheaper and writes dearer has paid for
 * itself: 0 when it never costs more, infinite when it never does.
 */
export function breakEven(base: Cell, other: Cell): number {
  const dearer = dollarsOfVisit(other) - dollarsOfVisit(base);
  const saved = dollarsOfRead(base) - dollarsOfRead(other);
  if (dearer <= 0 && saved >= 0) return 0;
  return saved <= 0 ? Number.POSITIVE_INFINITY : dearer / saved;
}

/** What a layout saves of a publish's reads, as a share of what API Gateway takes for telling everybody. */
export function savedShare(base: Cell, other: Cell): number {
  return (dollarsOfRead(base) - dollarsOfRead(other)) / (base.subscribers * MESSAGE);
}
