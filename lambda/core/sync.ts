import { decodeCursor, RealtimeError, type SubscribeOk, type SyncOk, type SyncRequest } from '../../protocol';
import { MAX_REPLY_BYTES } from './pages';
import type { ReadContext } from './resume';
import { catchUp, type LogDeps } from './subscribe';

/**
 * Answers for every channel what came since its cursor. A live client asks now and then: the last message of a channel,
 * if its push was lost, is missed by nobody else. It writes nothing; the client subscribes again where pushes don't come.
 *
 * @param contextOf what reading a channel needs; throws a RealtimeError when the caller may not
 */
export async function sync(
  deps: LogDeps,
  { channels }: SyncRequest,
  contextOf: (channel: string) => ReadContext,
): Promise<SyncOk> {
  const entries = Object.entries(channels);
  const bytes = MAX_REPLY_BYTES / entries.length;
  const answers = await Promise.all(
    entries.map(async ([channel, cursor]): Promise<[string, SyncOk['channels'][string]]> => {
      try {
        const answer: SubscribeOk = await catchUp(deps, channel, decodeCursor(cursor), contextOf(channel), bytes);
        return [channel, answer];
      } catch (error) {
        if (!(error instanceof RealtimeError)) throw error;
        return [channel, { error: error.toWire() }];
      }
    }),
  );
  return { channels: Object.fromEntries(answers) };
}
