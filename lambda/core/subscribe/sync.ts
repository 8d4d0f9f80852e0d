import { decodeCursor, RealtimeError, type SyncOk, type SyncRequest, utf8Length } from '../../../protocol';
import { MAX_REPLY_BYTES } from '../log/message-pages';
import type { ReadContext } from '../log/retention';
import { catchUp, type LogDeps } from './subscribe';

/**
 * Answers for every channel what came since its cursor. A live client asks now and then: the last message of a channel,
 * if its push was lost, is missed by nobody else. It writes nothing; the client subscribes again where pushes don't come.
 *
 * All channels together fit one reply: what does not is answered by `more`, and the client asks for it by subscribing.
 *
 * @param contextOf what reading a channel needs; throws a RealtimeError when the caller may not
 */
export async function sync(
  deps: LogDeps,
  { channels }: SyncRequest,
  contextOf: (channel: string) => ReadContext,
): Promise<SyncOk> {
  const entries = Object.entries(channels);
  const share = MAX_REPLY_BYTES / entries.length;
  const answers = await Promise.all(
    entries.map(async ([channel, cursor]): Promise<[string, SyncOk['channels'][string]]> => {
      try {
        return [channel, await catchUp(deps, channel, decodeCursor(cursor), contextOf(channel), share)];
      } catch (error) {
        if (!(error instanceof RealtimeError)) throw error;
        return [channel, { error: error.toWire() }];
      }
    }),
  );
  return { channels: within(MAX_REPLY_BYTES, channels, Object.fromEntries(answers)) };
}

/** As many of the answers as fit. One may be larger than its share, by a publish for each origin, so that it gets on. */
function within(limit: number, asked: SyncRequest['channels'], answers: SyncOk['channels']): SyncOk['channels'] {
  const bare = Object.entries(answers).map(([channel, answer]) =>
    'error' in answer ? [channel, answer] : [channel, { ...answer, messages: [] }],
  );
  let left = limit - utf8Length(JSON.stringify(bare));
  const fitting = Object.entries(answers).map(([channel, answer]) => {
    if ('error' in answer || answer.messages.length === 0) return [channel, answer];
    const bytes = utf8Length(JSON.stringify(answer.messages));
    // Says nothing of what there is, only that there is something: to be asked for from the same cursor.
    if (bytes > left) return [channel, { cursor: asked[channel], verdict: 'complete', messages: [], more: true }];
    left -= bytes;
    return [channel, answer];
  });
  return Object.fromEntries(fitting) as SyncOk['channels'];
}
