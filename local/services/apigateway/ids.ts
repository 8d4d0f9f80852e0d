import { randomBytes, randomUUID } from 'node:crypto';

/** A connection id, as AWS makes them: 15 characters of base64url and `=`. */
export function newConnectionId(): string {
  return `${randomBytes(11).toString('base64url').slice(0, 15)}=`;
}

export function newRequestId(): string {
  return randomUUID();
}

/** API Gateway's short request ids, which also name messages. */
export function newExtendedRequestId(): string {
  return `${randomBytes(11).toString('base64url').slice(0, 15)}=`;
}

/** Made once: that takes longer than all the rest of a message's way through API Gateway. */
const MONTH = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' });

/** `24/Nov/2026:09:20:00 +0000`, the form of `requestTime`. */
export function requestTime(now: number): string {
  const date = new Date(now);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTH.format(date)}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
