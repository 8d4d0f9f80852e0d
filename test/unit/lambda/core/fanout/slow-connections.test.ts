import {
  LITTLE_PATIENCE,
  MAX_QUEUED,
  MAX_WAITING,
  PATIENCE,
  PatientPoster,
  SLOW_FOR,
} from '../../../../../lambda/core/fanout/slow-connections';
import type { PostOutcome } from '../../../../../lambda/core/connections/transport';
import { TestRuntime } from '../../../../support/memory/memory';

const FRAME = new Uint8Array();

/** Posts that are answered when the test wants it. */
function world(): {
  runtime: TestRuntime;
  poster: PatientPoster;
  begun: string[];
  answer: (id: string, outcome?: PostOutcome) => Promise<void>;
} {
  const runtime = new TestRuntime();
  const begun: string[] = [];
  const answers = new Map<string, (outcome: PostOutcome) => void>();
  const post = (id: string): Promise<PostOutcome> => {
    begun.push(id);
    return new Promise((resolve) => answers.set(id, resolve));
  };
  return {
    runtime,
    begun,
    poster: new PatientPoster({ post }, runtime),
    answer: async (id, outcome = 'delivered') => {
      answers.get(id)?.(outcome);
      await new Promise(setImmediate);
    },
  };
}

test('an answer is passed on', async () => {
  const { poster, answer } = world();
  const posts = ['a', 'b'].map((id) => poster.post(id, FRAME));
  await answer('b', 'gone');
  await answer('a');
  expect(await Promise.all(posts)).toEqual(['delivered', 'gone']);
});

test('a post without an answer is waited for so long, and after that its connection hardly', async () => {
  const { poster, runtime, begun, answer } = world();
  const first = poster.post('a', FRAME);
  runtime.advance(PATIENCE);
  expect(await first).toBe('slow');
  await answer('a');
  const second = poster.post('a', FRAME);
  runtime.advance(LITTLE_PATIENCE);
  expect(await second).toBe('slow');
  expect(begun).toEqual(['a', 'a']);
});

test('an answer that comes after a function was frozen does not make its connection slow for good', async () => {
  const { poster, runtime, answer } = world();
  const first = poster.post('a', FRAME);
  runtime.advance(PATIENCE);
  await first;
  runtime.advance(SLOW_FOR);
  await answer('a');
  const second = poster.post('a', FRAME);
  runtime.advance(LITTLE_PATIENCE);
  await answer('a');
  expect(await second).toBe('delivered');
});

test('what waited behind a slow post for as long as a function was frozen is not sent any more', async () => {
  const { poster, runtime, begun, answer } = world();
  const first = poster.post('a', FRAME);
  runtime.advance(PATIENCE);
  await first;
  await poster.post('a', FRAME);
  runtime.advance(60_000);
  await answer('a');
  expect(begun).toHaveLength(1);
});

test('what follows a slow post comes after it, one at a time, as far as there is room', async () => {
  const { poster, runtime, begun, answer } = world();
  const first = poster.post('a', FRAME);
  runtime.advance(PATIENCE);
  await first;
  for (let i = 0; i < MAX_QUEUED + 3; i++) expect(await poster.post('a', FRAME)).toBe('slow');
  expect(begun).toHaveLength(1);
  for (let i = 0; i < MAX_QUEUED + 3; i++) await answer('a');
  expect(begun).toHaveLength(1 + MAX_QUEUED);
});

test('when it is gone, or never answered, nothing follows', async () => {
  for (const outcome of ['gone', 'failed'] as const) {
    const { poster, runtime, begun, answer } = world();
    const first = poster.post('a', FRAME);
    runtime.advance(PATIENCE);
    await first;
    await poster.post('a', FRAME);
    await answer('a', outcome);
    expect(begun).toHaveLength(1);
  }
});

test('a connection that is quick again is waited for again', async () => {
  const { poster, runtime, answer } = world();
  const first = poster.post('a', FRAME);
  runtime.advance(PATIENCE);
  await first;
  await answer('a');
  const second = poster.post('a', FRAME);
  runtime.advance(20);
  await answer('a');
  expect(await second).toBe('delivered');
  const third = poster.post('a', FRAME);
  await answer('a', 'gone');
  expect(await third).toBe('gone');
});

test('posts to one connection come one after another', async () => {
  const { poster, begun, answer } = world();
  const posts = [poster.post('a', FRAME), poster.post('a', FRAME), poster.post('b', FRAME)];
  expect(begun).toEqual(['a', 'b']);
  await answer('a');
  expect(begun).toEqual(['a', 'b', 'a']);
  await answer('a', 'gone');
  await answer('b');
  expect(await Promise.all(posts)).toEqual(['delivered', 'gone', 'delivered']);
});

test('when so many are slow that it can’t be their phones, the rest is waited for', async () => {
  const { poster, runtime, answer } = world();
  const ids = Array.from({ length: MAX_WAITING + 1 }, (_, i) => `c${i}`);
  const posts = ids.map((id) => poster.post(id, FRAME));
  runtime.advance(PATIENCE);
  expect(await Promise.all(posts.slice(0, MAX_WAITING))).toEqual(Array(MAX_WAITING).fill('slow'));
  runtime.advance(PATIENCE);
  const last = ids.at(-1) ?? '';
  await answer(last);
  expect(await posts.at(-1)).toBe('delivered');
});
