import { createHash } from 'node:crypto';

/** An id that is the same at every start for the same resource: `length` lower-case letters and digits. */
export function stableId(length: number, ...parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\0')).digest('hex');
  return BigInt(`0x${hex}`).toString(36).slice(0, length);
}
