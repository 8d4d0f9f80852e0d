// Catch-up on the logs of many origins in one reply.
import { dispatch } from '../../../../../lambda/core/dispatch';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { connect, HOUR, memoryWorld } from '../../../../support/memory/memory';

const CHANNEL = 'chat:a';
/** So many that one largest publish of each exceeds a frame of API Gateway. */
const ORIGINS = ['ap-south-1', 'ca-west-1', 'eu-north-1', 'eu-west-1', 'sa-east-1', 'us-east-1', 'us-west-2'];

test('given more messages than fit a reply, when a client catches up, then later pages hold the rest and none is lost', async () => {
  const world = { ...memoryWorld(), origins: ORIGINS };
  const ada = await connect(world, 'ada');
  const now = world.runtime.time;
  for (const origin of ORIGINS) {
    const log = Array.from(
      { length: 3 },
      (_, i): Entry => ({
        epoch: '0mock0000',
        seq: i + 1,
        ts: now + i,
        from: 'ada',
        previousDeleteAfter: i === 0 ? 0 : now + 2 * HOUR,
        messages: [{ id: `${origin}.${i}`, data: 'x'.repeat(24_000), enc: 'json' }],
        deleteAfter: now + 2 * HOUR,
      }),
    );
    world.logs.entries.set(`${CHANNEL}#${origin}`, log);
  }
  const seen: string[] = [];
  let cursor = '1';
  for (let more = true, page = 1; more; page++) {
    expect(page).toBeLessThan(20);
    const request = { action: 'subscribe', id: 1, channel: CHANNEL, cursor };
    const reply: any = await dispatch(world, ada, JSON.stringify(request), Number.MAX_SAFE_INTEGER);
    expect(Buffer.byteLength(JSON.stringify(reply))).toBeLessThan(128 * 1024);
    expect(reply.ok.verdict).toBe('complete');
    seen.push(...reply.ok.messages.map((one: { id: string }) => one.id));
    ({ cursor, more } = reply.ok);
  }
  for (const origin of ORIGINS) {
    expect(seen.filter((id) => id.startsWith(origin))).toEqual([`${origin}.0`, `${origin}.1`, `${origin}.2`]);
  }
  expect(seen).toHaveLength(3 * ORIGINS.length);
});
