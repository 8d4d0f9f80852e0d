import { MAX_SUBSCRIPTIONS, utf8Length } from '../../../../protocol';

/**
 * Most bytes of the channels of one sync. API Gateway closes a connection that sends a frame of more than 32 KB; the rest of
 * the frame takes less than 1 KB.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const MAX_SYNC_BYTES = 31 * 1024;

/** Splits channels and their cursors into groups, each small enough for one sync. */
export function syncBatches(channels: readonly (readonly [string, string])[]): readonly Record<string, string>[] {
  const batches: Record<string, string>[] = [];
  let [count, bytes] = [MAX_SUBSCRIPTIONS, 0];
  for (const [name, cursor] of channels) {
    // Quotes, a colon and a comma.
    const size = utf8Length(name + cursor) + 6;
    if (count === MAX_SUBSCRIPTIONS || bytes + size > MAX_SYNC_BYTES) {
      batches.push({});
      [count, bytes] = [0, 0];
    }
    (batches.at(-1) as Record<string, string>)[name] = cursor;
    count += 1;
    bytes += size;
  }
  return batches;
}
