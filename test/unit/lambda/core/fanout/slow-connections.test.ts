import {
  SLOW_DELIVERY_WAIT,
  MAX_QUEUED,
  MAX_UNANSWERED,
  DELIVERY_WAIT,
  SlowConnectionGuard,
  SLOW_MEMORY,
} from '../../../../../lambda/core/fanout/slow-connections';
import type { DeliveryOutcome } from '../../../../../lambda/core/connections/transport';
import { TestRuntime } from '../../../../support/memory/memory';

const FRAME = new Uint8Array();

/** A guard around a transport whose deliveries are answered by the test. */
function world(): {
  runtime: TestRuntime;
  guard: SlowConnectionGuard;
  begun: string[];
  answer: (id: string, outcome?: DeliveryOutcome) => Promise<void>;
} {
  const runtime = new TestRuntime();
  const begun: string[] = [];
  const answers = new Map<string, (outcome: DeliveryOutcome) => void>();
  const deliver = (id: string): Promise<DeliveryOutcome> => {
    begun.push(id);
    return new Promise((resolve) => answers.set(id, resolve));
  };
  return {
    runtime,
    begun,
    guard: new SlowConnectionGuard({ deliver }, runtime),
    answer: async (id, outcome = 'delivered') => {
      answers.get(id)?.(outcome);
      await new Promise(setImmediate);
    },
  };
}

test('when deliveries are answered in time, then their outcomes are returned', async () => {
  const { guard, answer } = world();
  const posts = ['a', 'b'].map((id) => guard.deliver(id, FRAME));
  await answer('b', 'gone');
  await answer('a');
  expect(await Promise.all(posts)).toEqual(['delivered', 'gone']);
});

test('when a delivery is not answered, then it counts as slow after a wait, and the next one after a short wait', async () => {
  const { guard, runtime, begun, answer } = world();
  const first = guard.deliver('a', FRAME);
  runtime.advance(DELIVERY_WAIT);
  expect(await first).toBe('slow');
  await answer('a');
  const second = guard.deliver('a', FRAME);
  runtime.advance(SLOW_DELIVERY_WAIT);
  expect(await second).toBe('slow');
  expect(begun).toEqual(['a', 'a']);
});

test('given an answer that came after a freeze, when the next delivery is fast, then it is waited for', async () => {
  const { guard, runtime, answer } = world();
  const first = guard.deliver('a', FRAME);
  runtime.advance(DELIVERY_WAIT);
  await first;
  runtime.advance(SLOW_MEMORY);
  await answer('a');
  const second = guard.deliver('a', FRAME);
  runtime.advance(SLOW_DELIVERY_WAIT);
  await answer('a');
  expect(await second).toBe('delivered');
});

test('given a frame queued during a freeze, when the slow delivery is answered, then the frame is dropped', async () => {
  const { guard, runtime, begun, answer } = world();
  const first = guard.deliver('a', FRAME);
  runtime.advance(DELIVERY_WAIT);
  await first;
  await guard.deliver('a', FRAME);
  runtime.advance(60_000);
  await answer('a');
  expect(begun).toHaveLength(1);
});

test('given a slow delivery, then later frames are queued up to the limit and delivered one at a time', async () => {
  const { guard, runtime, begun, answer } = world();
  const first = guard.deliver('a', FRAME);
  runtime.advance(DELIVERY_WAIT);
  await first;
  for (let i = 0; i < MAX_QUEUED + 3; i++) expect(await guard.deliver('a', FRAME)).toBe('slow');
  expect(begun).toHaveLength(1);
  for (let i = 0; i < MAX_QUEUED + 3; i++) await answer('a');
  expect(begun).toHaveLength(1 + MAX_QUEUED);
});

test('when a slow delivery answers gone or failed, then queued frames are dropped', async () => {
  for (const outcome of ['gone', 'failed'] as const) {
    const { guard, runtime, begun, answer } = world();
    const first = guard.deliver('a', FRAME);
    runtime.advance(DELIVERY_WAIT);
    await first;
    await guard.deliver('a', FRAME);
    await answer('a', outcome);
    expect(begun).toHaveLength(1);
  }
});

test('when a slow connection answers fast again, then it is waited for as before', async () => {
  const { guard, runtime, answer } = world();
  const first = guard.deliver('a', FRAME);
  runtime.advance(DELIVERY_WAIT);
  await first;
  await answer('a');
  const second = guard.deliver('a', FRAME);
  runtime.advance(20);
  await answer('a');
  expect(await second).toBe('delivered');
  const third = guard.deliver('a', FRAME);
  await answer('a', 'gone');
  expect(await third).toBe('gone');
});

test('given several deliveries to one connection, then they are made one after another', async () => {
  const { guard, begun, answer } = world();
  const posts = [guard.deliver('a', FRAME), guard.deliver('a', FRAME), guard.deliver('b', FRAME)];
  expect(begun).toEqual(['a', 'b']);
  await answer('a');
  expect(begun).toEqual(['a', 'b', 'a']);
  await answer('a', 'gone');
  await answer('b');
  expect(await Promise.all(posts)).toEqual(['delivered', 'gone', 'delivered']);
});

test('given the maximum number of unanswered deliveries, then further ones are waited for', async () => {
  const { guard, runtime, answer } = world();
  const ids = Array.from({ length: MAX_UNANSWERED + 1 }, (_, i) => `c${i}`);
  const posts = ids.map((id) => guard.deliver(id, FRAME));
  runtime.advance(DELIVERY_WAIT);
  expect(await Promise.all(posts.slice(0, MAX_UNANSWERED))).toEqual(Array(MAX_UNANSWERED).fill('slow'));
  runtime.advance(DELIVERY_WAIT);
  const last = ids.at(-1) ?? '';
  await answer(last);
  expect(await posts.at(-1)).toBe('delivered');
});
