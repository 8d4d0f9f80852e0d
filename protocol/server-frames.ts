import type { Push, Reply } from './frames';
import { isObject } from './text';

/** A decoded frame from a server. `gateway` frames come from API Gateway itself. */
export type ServerFrame =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'push'; readonly push: Push }
  | { readonly kind: 'pong' }
  | { readonly kind: 'gateway'; readonly message: string; readonly connectionId?: string; readonly requestId?: string }
  | { readonly kind: 'unknown' };

/** Decodes a frame from a server. Never throws: frames that this version does not know are `unknown`, and clients ignore them. */
export function decodeServerFrame(text: string): ServerFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unknown' };
  }
  if (!isObject(value)) return { kind: 'unknown' };
  if (value.push === 'messages' && Array.isArray(value.messages))
    return { kind: 'push', push: value as unknown as Push };
  if (value.push === 'move' && typeof value.within === 'number' && value.within >= 0) {
    return { kind: 'push', push: value as unknown as Push };
  }
  if (value.pong === true) return { kind: 'pong' };
  if ((typeof value.id === 'number' || value.id === null) && (isObject(value.ok) || isObject(value.error))) {
    return { kind: 'reply', reply: value as unknown as Reply };
  }
  // API Gateway's own frame when an integration fails or a limit is exceeded: {"message":"Internal server error",...}.
  if (typeof value.message === 'string') {
    return {
      kind: 'gateway',
      message: value.message,
      connectionId: textOf(value.connectionId),
      requestId: textOf(value.requestId),
    };
  }
  return { kind: 'unknown' };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
