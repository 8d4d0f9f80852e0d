// What is sent as one publish: the messages of one call, or of several that waited together.
import { MAX_BATCH, MAX_PUBLISH_BYTES, type PublishOk, readMessages, utf8Length } from '../../../../protocol';
import type { PendingRequest } from '../requests';

/** What one call publishes. It is written when it is called: what happens to the data afterwards is of no matter. */
export interface Part {
  /** The messages as JSON, without the brackets around them. */
  readonly text: string;
  readonly bytes: number;
  readonly count: number;
  readonly ids: readonly string[];
  /** Who waits for it; undefined once its time is over. */
  call: number | undefined;
}

/** Once it was sent, its parts stay: the server knows it again only as a whole. */
export interface Frame {
  readonly parts: readonly Part[];
  /** Goes as it is, with nothing added. */
  isWhole: boolean;
  /** It may be stored already: the server is to look for it, from the first try on. */
  isRetry: boolean;
  /** Where it is under way, or was last. */
  request: PendingRequest | undefined;
  /** What the server answered, if it did after a call's time was over. */
  ok: PublishOk | undefined;
}

export function frameOf(parts: readonly Part[], { isWhole = false, isRetry = false } = {}): Frame {
  return { parts, isWhole: isWhole || isRetry, isRetry, request: undefined, ok: undefined };
}

/** @throws RealtimeError what the server would refuse, and TypeError when the data holds what JSON can't */
export function partOf(value: unknown, call: number): Part {
  const messages = readMessages(value);
  const text = JSON.stringify(messages).slice(1, -1);
  const ids = messages.flatMap(({ id }) => id ?? []);
  return { text, bytes: utf8Length(text), count: messages.length, ids, call };
}

/** The first frame that waits, with as many of those after it as one publish may hold. */
export function takeFrame(waiting: Frame[]): Frame | undefined {
  const first = waiting.shift();
  if (first === undefined || first.isWhole) return first;
  const parts = [...first.parts];
  for (let next = waiting[0]; next !== undefined && !next.isWhole; next = waiting[0]) {
    if (!fit([...parts, ...next.parts])) break;
    parts.push(...next.parts);
    waiting.shift();
  }
  return frameOf(parts);
}

/** Of the acknowledgement of a frame, what is one part's. */
export function answerTo(part: Part, parts: readonly Part[], ok: PublishOk): PublishOk {
  const at = parts.slice(0, parts.indexOf(part)).reduce((sum, { count }) => sum + count, 0);
  const cut = <T>(list: readonly T[]): readonly T[] => list.slice(at, at + part.count);
  return { ...ok, ids: cut(ok.ids), ...(ok.seqs === undefined ? {} : { seqs: cut(ok.seqs) }) };
}

/** Whether one publish may hold them all: so many messages, so many bytes with commas and brackets, no id twice. */
function fit(parts: readonly Part[]): boolean {
  const ids = parts.flatMap((part) => part.ids);
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const bytes = parts.reduce((sum, part) => sum + part.bytes + 1, 1);
  return count <= MAX_BATCH && bytes <= MAX_PUBLISH_BYTES && new Set(ids).size === ids.length;
}
