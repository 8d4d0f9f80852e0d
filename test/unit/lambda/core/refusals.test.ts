import { dispatch, toRealtimeError } from '../../../../lambda/core/dispatch';
import { connect, memoryWorld } from '../../../support/memory/memory';

test('given a request that is refused, then its action, code and detail are logged', async () => {
  const world = memoryWorld();
  const caller = await connect(world, 'c1');
  const frame = '{"action":"publish","id":1,"channel":"nope:a","messages":[{"data":1}]}';
  await dispatch(world, caller, frame, Number.MAX_SAFE_INTEGER);
  expect(world.logger.lines).toMatchObject([
    {
      level: 'info',
      message: 'refused',
      fields: { action: 'publish', code: 40400, error: 'namespace_unknown', detail: expect.stringContaining('nope') },
    },
  ]);
});

test('given an unexpected error, then it is logged, and the client is told nothing of it', () => {
  const world = memoryWorld();
  const error = new Error('secret');
  const told = toRealtimeError(world, error, { action: 'sync' });
  expect([told.error, told.message.includes('secret')]).toEqual(['internal', false]);
  expect(world.logger.lines).toMatchObject([{ level: 'error', message: 'failed', fields: { action: 'sync', error } }]);
});
