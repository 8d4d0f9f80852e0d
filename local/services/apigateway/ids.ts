import { randomBytes, randomUUID } from 'node:crypto';

/** A connection id in AWS's format: 15 characters of base64url and `=`. */
export function newConnectionId(): string {
  return `${randomBytes(11).toString('base64url').slice(0, 15)}=`;
}

export function newRequestId(): string {
  return randomUUID();
}

/** An extended request id, also used as message id. */
export function newExtendedRequestId(): string {
  return `${randomBytes(11).toString('base64url').slice(0, 15)}=`;
}

/** Created once: its construction takes longer than the rest of a message's handling. */
const MONTH = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' });

/** Format of `requestTime`: `24/Nov/2026:09:20:00 +0000`. */
export function requestTime(now: number): string {
  const date = new Date(now);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTH.format(date)}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
