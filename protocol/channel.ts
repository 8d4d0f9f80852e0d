import { RealtimeError } from './errors';

/** Longest namespace, in characters. */
export const MAX_NAMESPACE_LENGTH = 32;
/** Longest channel name, namespace and colon included, in characters. */
export const MAX_CHANNEL_LENGTH = 164;
/** Most segments after the namespace. */
export const MAX_SEGMENTS = 8;

/** A parsed channel name: `chat:room.42` has the namespace `chat` and the segments `room` and `42`. */
export interface ChannelName {
  readonly name: string;
  readonly namespace: string;
  readonly segments: readonly string[];
}

/** A namespace. It begins with a lower-case letter, so that it reads well in metrics and resource names. */
export const NAMESPACE_PATTERN = /^[a-z][a-z0-9_-]{0,31}$/;
const SEGMENT_PATTERN = /^[A-Za-z0-9_-]+$/;

/**
 * Parses a channel name.
 *
 * @throws RealtimeError channel_name_invalid, with the violated rule and the value
 */
export function parseChannel(name: unknown): ChannelName {
  const reject = (rule: string): never => {
    throw new RealtimeError('channel_name_invalid', `${rule}, got: ${printable(name)}.`);
  };
  if (typeof name !== 'string') return reject('It must be a string');
  if (name.length > MAX_CHANNEL_LENGTH) return reject(`It must have at most ${MAX_CHANNEL_LENGTH} characters`);
  const colon = name.indexOf(':');
  if (colon < 0) return reject('It must have a namespace and a colon, as in chat:room.42');
  const namespace = name.slice(0, colon);
  if (!NAMESPACE_PATTERN.test(namespace)) {
    return reject('The namespace must be 1 to 32 of a-z, 0-9, _ and -, and begin with a letter');
  }
  const segments = name.slice(colon + 1).split('.');
  if (segments.length > MAX_SEGMENTS) return reject(`It must have at most ${MAX_SEGMENTS} segments`);
  if (!segments.every((segment) => SEGMENT_PATTERN.test(segment))) {
    return reject('Every segment must be one or more of A-Z, a-z, 0-9, _ and -');
  }
  return { name, namespace, segments };
}

/** A value as JSON for an error message, cut to at most 80 characters. */
export function printable(value: unknown): string {
  const text = textOf(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function textOf(value: unknown): string {
  try {
    // JSON.stringify returns undefined for undefined and for functions, contrary to its type.
    const text = JSON.stringify(value) as string | undefined;
    return text ?? String(value);
  } catch {
    // Too deeply nested, circular, or a bigint.
    return `a value of type ${typeof value} without JSON`;
  }
}
