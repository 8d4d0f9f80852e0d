// The content of one publish request: the messages of one call, or of several that waited together.
import { MAX_BATCH, MAX_PUBLISH_BYTES, type PublishOk, readMessages, utf8Length } from '../../../../protocol';
import type { PendingRequest } from '../requests';

/** The messages of one call. They are serialized when it is made: later changes to the data have no effect. */
export interface PublishCall {
  /** The messages as JSON, without the brackets around them. */
  readonly text: string;
  readonly bytes: number;
  readonly count: number;
  readonly ids: readonly string[];
  /** The call that waits for the answer; undefined once it has failed. */
  call: number | undefined;
}

/** Calls that share a publish. Once it was sent, the calls stay: the server recognizes it only as a whole. */
export interface PublishBatch {
  readonly calls: readonly PublishCall[];
  /** No calls may be added. */
  isSealed: boolean;
  /** It may be stored already: the server looks for it from the first try on. */
  isRetry: boolean;
  /** The request that carries it, or carried it last. */
  request: PendingRequest | undefined;
  /** The server's answer, if a call failed before it came. */
  ok: PublishOk | undefined;
}

export function newBatch(calls: readonly PublishCall[], { isSealed = false, isRetry = false } = {}): PublishBatch {
  return { calls, isSealed: isSealed || isRetry, isRetry, request: undefined, ok: undefined };
}

/**
 * Checks and serializes the messages of a call.
 *
 * @throws RealtimeError what the server would refuse, and TypeError when the data holds what JSON can't
 */
export function readCall(value: unknown, call: number): PublishCall {
  const messages = readMessages(value);
  const text = JSON.stringify(messages).slice(1, -1);
  const ids = messages.flatMap(({ id }) => id ?? []);
  return { text, bytes: utf8Length(text), count: messages.length, ids, call };
}

/** Removes the first waiting batch, merged with as many of those after it as one publish may hold. */
export function takeBatch(waiting: PublishBatch[]): PublishBatch | undefined {
  const first = waiting.shift();
  if (first === undefined || first.isSealed) return first;
  const calls = [...first.calls];
  for (let next = waiting[0]; next !== undefined && !next.isSealed; next = waiting[0]) {
    if (!fitsOnePublish([...calls, ...next.calls])) break;
    calls.push(...next.calls);
    waiting.shift();
  }
  return newBatch(calls);
}

/** One call's part of the answer to its batch. */
export function answerTo(call: PublishCall, { calls }: PublishBatch, ok: PublishOk): PublishOk {
  const start = calls.slice(0, calls.indexOf(call)).reduce((sum, { count }) => sum + count, 0);
  const end = start + call.count;
  return { ...ok, ids: ok.ids.slice(start, end), seqs: ok.seqs?.slice(start, end) };
}

/** Whether one publish may hold the calls: by messages, by bytes with commas and brackets, and without an id twice. */
function fitsOnePublish(calls: readonly PublishCall[]): boolean {
  const ids = calls.flatMap((call) => call.ids);
  const count = calls.reduce((sum, call) => sum + call.count, 0);
  const bytes = calls.reduce((sum, call) => sum + call.bytes + 1, 1);
  return count <= MAX_BATCH && bytes <= MAX_PUBLISH_BYTES && new Set(ids).size === ids.length;
}
