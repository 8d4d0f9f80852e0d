// Messages that wait for the same subscribers travel together: a frame of up to 32 KB is billed as one message, and is one post.
import { isAfter, type Message, type MessagesPush, type Position, utf8Length } from '../../../protocol';

/**
 * The largest frame. API Gateway meters messages in steps of 32 KB. https://aws.amazon.com/api-gateway/pricing/ A publish alone
 * stays below.
 */
export const MAX_FRAME_BYTES = 32 * 1024;

/** Pushes in the order of their logs; those that go on where others end, as few as hold them. */
export function merged(pushes: readonly MessagesPush[]): readonly MessagesPush[] {
  return mergedWith(pushes.map((push) => ({ push, sources: [] }))).map(({ push }) => push);
}

/** A push, and what it came from. */
export interface Sourced<S> {
  readonly push: MessagesPush;
  readonly sources: readonly S[];
}

/** The same, for pushes that are to be traced back. */
export function mergedWith<S>(pushes: readonly Sourced<S>[]): readonly Sourced<S>[] {
  const result: Sourced<S>[] = [];
  for (const one of [...pushes].sort((a, b) => compare(a.push, b.push))) {
    const last = result.at(-1);
    const both = last === undefined ? undefined : join(last.push, one.push);
    if (last === undefined || both === undefined) result.push(one);
    else result[result.length - 1] = { push: both, sources: [...last.sources, ...one.sources] };
  }
  return result;
}

/** The place of a push's last message. */
export function endOfPush({ epoch, messages }: MessagesPush): Position {
  return { epoch, seq: messages.at(-1)?.seq ?? 0 };
}

/** The place of its first message. */
export function startOfPush({ epoch, messages }: MessagesPush): Position {
  return { epoch, seq: messages[0]?.seq ?? 0 };
}

function compare(a: MessagesPush, b: MessagesPush): number {
  if (a.origin !== b.origin) return a.origin < b.origin ? -1 : 1;
  return isAfter(startOfPush(a), startOfPush(b)) ? 1 : -1;
}

/** Two pushes as one, if the second goes on where the first ends, or was in it. */
function join(a: MessagesPush, b: MessagesPush): MessagesPush | undefined {
  const end = endOfPush(a).seq;
  if (a.origin !== b.origin || a.epoch !== b.epoch || startOfPush(b).seq > end + 1) return undefined;
  const fresh: readonly Message[] = b.messages.filter(({ seq }) => seq > end);
  const both = { ...a, messages: [...a.messages, ...fresh] };
  return fresh.length > 0 && utf8Length(JSON.stringify(both)) > MAX_FRAME_BYTES ? undefined : both;
}
