import { decodeCursor, RealtimeError, type SyncOk, type SyncRequest, utf8Length } from '../../../protocol';
import { MAX_REPLY_BYTES } from '../log/message-pages';
import type { ReadContext } from '../log/retention';
import { catchUp, type LogDeps } from './subscribe';

/**
 * Returns, for every channel, the messages since its cursor. A live client asks now and then, because a lost push of a
 * channel's last message leaves no gap in what it received. Sync writes nothing; a client whose pushes fail subscribes again.
 *
 * All channels together fit one reply. A channel that does not fit is answered with `more`, and the client subscribes to it.
 *
 * @param contextOf the read context of a channel; throws a RealtimeError when the caller may not read it
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
        const from = { cursor: decodeCursor(cursor), context: contextOf(channel), bytes: share };
        return [channel, await catchUp(deps, channel, from)];
      } catch (error) {
        if (!(error instanceof RealtimeError)) throw error;
        return [channel, { error: error.toWire() }];
      }
    }),
  );
  return { channels: within(MAX_REPLY_BYTES, channels, Object.fromEntries(answers)) };
}

/** As many answers as fit. An answer may exceed its share, by a publish for each origin, so that paging advances. */
function within(limit: number, asked: SyncRequest['channels'], answers: SyncOk['channels']): SyncOk['channels'] {
  const bare = Object.entries(answers).map(([channel, answer]) =>
    'error' in answer ? [channel, answer] : [channel, { ...answer, messages: [] }],
  );
  let left = limit - utf8Length(JSON.stringify(bare));
  const fitting = Object.entries(answers).map(([channel, answer]) => {
    if ('error' in answer || answer.messages.length === 0) return [channel, answer];
    const bytes = utf8Length(JSON.stringify(answer.messages));
    // Only says that there are messages. The client asks for them from the same cursor.
    if (bytes > left) return [channel, { cursor: asked[channel], verdict: 'complete', messages: [], more: true }];
    left -= bytes;
    return [channel, answer];
  });
  return Object.fromEntries(fitting) as SyncOk['channels'];
}
