import { createHash } from 'node:crypto';

/** A deterministic id of `length` lower-case letters and digits: the same for a resource at every start. */
export function stableId(length: number, ...parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\0')).digest('hex');
  return BigInt(`0x${hex}`).toString(36).slice(0, length);
}
