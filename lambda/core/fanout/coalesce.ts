// Consecutive messages for the same subscribers are sent in one frame: one post, billed as one message.
import { isAfter, type Message, type MessagesPush, type Position, utf8Length } from '../../../protocol';

/**
 * Combines consecutive pushes of the same log into as few as possible.
 *
 * @param maxBytes largest combined push; a push that is larger by itself stays as it is
 * @returns the pushes in log order
 */
export function coalesce(pushes: readonly MessagesPush[], maxBytes: number): readonly MessagesPush[] {
  const sourced = pushes.map((push) => ({ push, sources: [] }));
  return coalesceWithSources(sourced, maxBytes).map(({ push }) => push);
}

/** A push, and the records that it was read from. */
export interface SourcedPush<S> {
  readonly push: MessagesPush;
  readonly sources: readonly S[];
}

/** Same as `coalesce`, and combines the sources. */
export function coalesceWithSources<S>(pushes: readonly SourcedPush<S>[], maxBytes: number): readonly SourcedPush<S>[] {
  const result: SourcedPush<S>[] = [];
  for (const one of [...pushes].sort((a, b) => compare(a.push, b.push))) {
    const last = result.at(-1);
    const both = last === undefined ? undefined : join(last.push, one.push, maxBytes);
    if (last === undefined || both === undefined) result.push(one);
    else result[result.length - 1] = { push: both, sources: [...last.sources, ...one.sources] };
  }
  return result;
}

/** Position of a push's last message. */
export function endOfPush({ epoch, messages }: MessagesPush): Position {
  return { epoch, seq: messages.at(-1)?.seq ?? 0 };
}

/** Position of a push's first message. */
export function startOfPush({ epoch, messages }: MessagesPush): Position {
  return { epoch, seq: messages[0]?.seq ?? 0 };
}

function compare(a: MessagesPush, b: MessagesPush): number {
  if (a.origin !== b.origin) return a.origin < b.origin ? -1 : 1;
  return isAfter(startOfPush(a), startOfPush(b)) ? 1 : -1;
}

/** Two pushes as one; undefined if messages are missing between them, or the result is too large. */
function join(a: MessagesPush, b: MessagesPush, maxBytes: number): MessagesPush | undefined {
  const end = endOfPush(a).seq;
  if (a.origin !== b.origin || a.epoch !== b.epoch || startOfPush(b).seq > end + 1) return undefined;
  const added: readonly Message[] = b.messages.filter(({ seq }) => seq > end);
  const both = { ...a, messages: [...a.messages, ...added] };
  return added.length > 0 && utf8Length(JSON.stringify(both)) > maxBytes ? undefined : both;
}
