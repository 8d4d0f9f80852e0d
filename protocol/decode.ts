import { parseChannel, printable } from './channel';
import { decodeCursor } from './cursor';
import { RealtimeError } from './errors';
import {
  type HistoryRequest,
  MAX_BATCH,
  MAX_PAGE,
  MAX_PUBLISH_BYTES,
  type OutgoingMessage,
  type Push,
  type Reply,
  type Request,
} from './frames';

type Fields = Readonly<Record<string, unknown>>;

const MESSAGE_ID = /^[A-Za-z0-9_.:-]{1,64}$/;
const ENCODING = /^[a-z0-9+-]{1,32}(\/[a-z0-9+-]{1,32}){0,7}$/;

/** The outcome of reading a request frame: the request, or the error to reply with under whatever id could be read. */
export type Decoded = { readonly request: Request } | { readonly id: number | null; readonly error: RealtimeError };

/** Reads a frame from a client. Never throws: bad input comes back as an error of the catalog. */
export function decodeRequest(text: string): Decoded {
  let id: number | null = null;
  try {
    const fields = parseObject(text);
    id = readId(fields.id);
    return { request: readRequest(fields, id) };
  } catch (error) {
    if (error instanceof RealtimeError) return { id, error };
    throw error;
  }
}

function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RealtimeError('frame_malformed', undefined, { cause });
  }
  if (!isObject(value)) throw new RealtimeError('frame_malformed', `Got: ${printable(value)}.`);
  return value;
}

function readId(id: unknown): number {
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
    throw new RealtimeError('frame_id_invalid', `Got: ${printable(id)}.`);
  }
  return id;
}

function readRequest(fields: Fields, id: number): Request {
  const { action } = fields;
  switch (action) {
    case 'subscribe': {
      const channel = parseChannel(fields.channel).name;
      if (fields.cursor === undefined) return { action, id, channel };
      decodeCursor(fields.cursor);
      return { action, id, channel, cursor: fields.cursor as string };
    }
    case 'unsubscribe':
      return { action, id, channel: parseChannel(fields.channel).name };
    case 'publish':
      return { action, id, channel: parseChannel(fields.channel).name, messages: readMessages(fields.messages) };
    case 'history':
      return readHistory(fields, id);
    default:
      throw new RealtimeError('action_unknown', `Got: ${printable(action)}.`);
  }
}

function readHistory(fields: Fields, id: number): HistoryRequest {
  const { limit, before } = fields;
  const channel = parseChannel(fields.channel).name;
  if (limit !== undefined && !(Number.isInteger(limit) && (limit as number) >= 1 && (limit as number) <= MAX_PAGE)) {
    throw new RealtimeError(
      'field_invalid',
      `\`limit\` must be an integer from 1 to ${MAX_PAGE}, got: ${printable(limit)}.`,
    );
  }
  if (before !== undefined) decodeCursor(before);
  return {
    action: 'history',
    id,
    channel,
    ...(limit === undefined ? {} : { limit: limit as number }),
    ...(before === undefined ? {} : { before: before as string }),
  };
}

/**
 * Reads the messages of a publish, from a frame or from an HTTP body.
 *
 * @throws RealtimeError batch_invalid, message_invalid or payload_too_large
 */
export function readMessages(value: unknown): readonly OutgoingMessage[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_BATCH) {
    throw new RealtimeError('batch_invalid', `Got: ${Array.isArray(value) ? value.length : printable(value)}.`);
  }
  const messages = value.map(readMessage);
  const ids = messages.flatMap(({ id }) => (id === undefined ? [] : [id]));
  if (new Set(ids).size !== ids.length) throw new RealtimeError('message_invalid', 'The same `id` stands there twice.');
  const bytes = utf8Length(JSON.stringify(messages));
  if (bytes > MAX_PUBLISH_BYTES) {
    throw new RealtimeError('payload_too_large', `Limit: ${MAX_PUBLISH_BYTES} bytes, got: ${bytes}.`);
  }
  return messages;
}

function readMessage(value: unknown, index: number): OutgoingMessage {
  const reject = (rule: string, got: unknown): never => {
    throw new RealtimeError('message_invalid', `messages[${index}]${rule}, got: ${printable(got)}.`);
  };
  if (!isObject(value)) return reject(' must be an object', value);
  const { id, data, enc } = value;
  if (data === undefined) return reject(' must have `data`', value);
  if (id !== undefined && !(typeof id === 'string' && MESSAGE_ID.test(id))) {
    return reject('.id must be 1 to 64 of A-Z, a-z, 0-9, _ . : -', id);
  }
  if (enc !== undefined && !(typeof enc === 'string' && ENCODING.test(enc))) {
    return reject('.enc must be a chain such as json or json/base64', enc);
  }
  return { ...(id === undefined ? {} : { id }), data, ...(enc === undefined ? {} : { enc }) };
}

/** What a server may send: a reply, a push, or the answer to a ping. */
export type ServerFrame =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'push'; readonly push: Push }
  | { readonly kind: 'pong' }
  | { readonly kind: 'gateway'; readonly message: string; readonly connectionId?: string; readonly requestId?: string }
  | { readonly kind: 'unknown' };

/** Reads a frame from a server. Frames and fields that this version does not know are `unknown`, to be ignored. */
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
  if (value.pong === true) return { kind: 'pong' };
  if ((typeof value.id === 'number' || value.id === null) && (isObject(value.ok) || isObject(value.error))) {
    return { kind: 'reply', reply: value as unknown as Reply };
  }
  // API Gateway's own words when an integration fails or a limit is met: {"message":"Internal server error",...}.
  if (typeof value.message === 'string') {
    return {
      kind: 'gateway',
      message: value.message,
      ...(typeof value.connectionId === 'string' ? { connectionId: value.connectionId } : {}),
      ...(typeof value.requestId === 'string' ? { requestId: value.requestId } : {}),
    };
  }
  return { kind: 'unknown' };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Length of a text in UTF-8, in bytes, without allocating the bytes. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 4;
      i += 1;
    } else bytes += 3;
  }
  return bytes;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
