import { parseChannel, printable } from './channel';
import { decodeCursor } from './cursor';
import { RealtimeError } from './errors';
import {
  type HistoryDirection,
  type HistoryRequest,
  MAX_BATCH,
  MAX_DEPTH,
  MAX_PAGE,
  MAX_PUBLISH_BYTES,
  MAX_SUBSCRIPTIONS,
  type OutgoingMessage,
  type Request,
  type Rewind,
  type SubscribeRequest,
  type SyncRequest,
} from './frames';
import { isObject, utf8Length } from './text';

type Fields = Readonly<Record<string, unknown>>;

const MESSAGE_ID = /^[A-Za-z0-9_.:-]{1,64}$/;
const ENCODING = /^[a-z0-9+-]{1,32}(\/[a-z0-9+-]{1,32}){0,7}$/;

/** A decoded request frame, or the error to reply with. `id` is null if the frame's id can't be read. */
export type Decoded = { readonly request: Request } | { readonly id: number | null; readonly error: RealtimeError };

/** Decodes a frame from a client. Never throws: invalid input is returned as an error of the catalog. */
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
    case 'subscribe':
      return readSubscribe(fields, id);
    case 'unsubscribe':
      return { action, id, channel: parseChannel(fields.channel).name };
    case 'publish': {
      const channel = parseChannel(fields.channel).name;
      const retry = optional(fields, 'retry', isBoolean, 'must be true or false');
      const messages = readMessages(fields.messages);
      return { action, id, channel, messages, retry };
    }
    case 'history':
      return readHistory(fields, id);
    case 'sync':
      return readSync(fields, id);
    default:
      throw new RealtimeError('action_unknown', `Got: ${printable(action)}.`);
  }
}

function readSubscribe(fields: Fields, id: number): SubscribeRequest {
  const channel = parseChannel(fields.channel).name;
  const base = { action: 'subscribe' as const, id, channel };
  if (fields.cursor !== undefined && fields.rewind !== undefined) {
    throw new RealtimeError('field_invalid', 'Use `cursor` or `rewind`, not both.');
  }
  if (fields.cursor !== undefined) {
    decodeCursor(fields.cursor);
    return { ...base, cursor: fields.cursor as string };
  }
  return fields.rewind === undefined ? base : { ...base, rewind: readRewind(fields.rewind) };
}

function readRewind(value: unknown): Rewind {
  if (isObject(value) && value.since === undefined && isPageSize(value.last)) return { last: value.last };
  if (isObject(value) && value.last === undefined && isTime(value.since)) return { since: value.since };
  throw new RealtimeError(
    'field_invalid',
    `\`rewind\` must be {"last": 1 to ${MAX_PAGE}} or {"since": milliseconds since 1970}, got: ${printable(value)}.`,
  );
}

function readHistory(fields: Fields, id: number): HistoryRequest {
  const channel = parseChannel(fields.channel).name;
  const limit = optional(fields, 'limit', isPageSize, `must be an integer from 1 to ${MAX_PAGE}`);
  const direction = optional(fields, 'direction', isDirection, 'must be backwards or forwards');
  const since = optional(fields, 'since', isTime, 'must be milliseconds since 1970');
  const until = optional(fields, 'until', isTime, 'must be milliseconds since 1970');
  if (fields.page !== undefined) decodeCursor(fields.page);
  return {
    action: 'history',
    id,
    channel,
    limit,
    direction,
    since,
    until,
    page: fields.page as string | undefined,
  };
}

function readSync(fields: Fields, id: number): SyncRequest {
  const { channels } = fields;
  const entries = isObject(channels) ? Object.entries(channels) : [];
  if (entries.length < 1 || entries.length > MAX_SUBSCRIPTIONS) {
    const rule = `\`channels\` must be an object of 1 to ${MAX_SUBSCRIPTIONS} channels to cursors`;
    throw new RealtimeError('field_invalid', `${rule}, got: ${printable(channels)}.`);
  }
  for (const [channel, cursor] of entries) {
    parseChannel(channel);
    decodeCursor(cursor);
  }
  return { action: 'sync', id, channels: channels as Readonly<Record<string, string>> };
}

/**
 * A field that may be absent.
 *
 * @throws RealtimeError field_invalid
 */
function optional<T>(fields: Fields, name: string, is: (value: unknown) => value is T, rule: string): T | undefined {
  const value = fields[name];
  if (value === undefined || is(value)) return value;
  throw new RealtimeError('field_invalid', `\`${name}\` ${rule}, got: ${printable(value)}.`);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isPageSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_PAGE;
}

/** Milliseconds since 1970, up to the latest date of JavaScript. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 8.64e15;
}

function isDirection(value: unknown): value is HistoryDirection {
  return value === 'backwards' || value === 'forwards';
}

/**
 * Validates the messages of a publish, from a frame or from an HTTP body.
 *
 * @throws RealtimeError batch_invalid, message_invalid or payload_too_large
 */
export function readMessages(value: unknown): readonly OutgoingMessage[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_BATCH) {
    throw new RealtimeError('batch_invalid', `Got: ${Array.isArray(value) ? value.length : printable(value)}.`);
  }
  const messages = value.map(readMessage);
  const ids = messages.flatMap(({ id }) => (id === undefined ? [] : [id]));
  if (new Set(ids).size !== ids.length)
    throw new RealtimeError('message_invalid', 'Message ids must be unique within a publish.');
  const bytes = utf8Length(JSON.stringify(messages));
  if (bytes > MAX_PUBLISH_BYTES) {
    throw new RealtimeError('payload_too_large', `Limit: ${MAX_PUBLISH_BYTES} bytes, got: ${bytes}.`);
  }
  return messages;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1));
}

function readMessage(value: unknown, index: number): OutgoingMessage {
  const reject = (rule: string, got: unknown): never => {
    throw new RealtimeError('message_invalid', `messages[${index}]${rule}, got: ${printable(got)}.`);
  };
  // The message itself is one level above its data.
  if (isDeeper(value, MAX_DEPTH + 1)) return reject(`.data must be nested at most ${MAX_DEPTH} levels deep`, value);
  if (!isObject(value)) return reject(' must be an object', value);
  const { id, data, enc } = value;
  if (data === undefined) return reject(' must have `data`', value);
  if (id !== undefined && !(typeof id === 'string' && MESSAGE_ID.test(id))) {
    return reject('.id must be 1 to 64 of A-Z, a-z, 0-9, _ . : -', id);
  }
  if (enc !== undefined && !(typeof enc === 'string' && ENCODING.test(enc))) {
    return reject('.enc must be a chain such as json or json/base64', enc);
  }
  return { id, data, enc };
}
