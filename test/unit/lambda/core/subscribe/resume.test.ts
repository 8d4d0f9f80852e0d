// What the server says of a resume, against one who knows everything that was ever written (docs/decisions/0010).
import fc from 'fast-check';
import { type Resumed, resume } from '../../../../../lambda/core/subscribe/resume';
import { EPOCH_END, type Position, utf8Length } from '../../../../../protocol';
import { isBehind, KEY, type Story, story, tell, type Truth, type Written } from '../../../../support/memory/log-truth';
import { runs } from '../../../../support/templates/properties';

const limits = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 100 })),
  bytes: fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.constant(96 * 1024)),
});
type Limits = { readonly limit: number; readonly bytes: number };

function ask(truth: Truth, position: Position, { limit, bytes }: Limits): Promise<Resumed> {
  return resume(truth.store, { key: KEY, ...truth.context, position, limit, bytes });
}

const places = (messages: readonly (Position & { readonly id: string })[]): string[] =>
  messages.map(({ epoch, seq, id }) => `${epoch}:${seq} ${id}`);

/** One answer. Fails when it says what is not so. */
function judge(truth: Truth, position: Position, { limit, bytes }: Limits, answer: Resumed): void {
  const { verdict, messages, more } = answer;
  const covered = truth.after(position).filter((message) => !isBehind(message, answer.position));
  const lost = covered.slice(0, covered.length - messages.length);

  // The messages are what stands up to the place that is told, without a hole; what is passed over is gone.
  expect(places(messages)).toEqual(places(covered.slice(lost.length)));
  expect(places(lost.filter((message) => truth.isLive(message)))).toEqual([]);
  expect(places(covered.slice(lost.length).filter((message) => !truth.isLive(message)))).toEqual([]);
  const last = messages.at(-1);
  if (last !== undefined) expect(answer.position).toEqual({ epoch: last.epoch, seq: last.seq });

  // Never back, unless nothing is known of the log any more; and on, if there is more.
  if (isBehind(position, answer.position)) {
    expect([answer.position, truth.isForgotten('')]).toEqual([{ epoch: '', seq: 0 }, true]);
  }
  if (more) expect(isBehind(answer.position, position)).toBe(true);

  const first = messages.filter(({ ts }) => ts === messages[0]?.ts).length;
  expect(messages.length).toBeLessThanOrEqual(Math.max(limit, Math.min(first, 25)));
  const size = messages.reduce((sum, message) => sum + utf8Length(JSON.stringify(message)), 0);
  if (messages.length > 25) expect(size).toBeLessThanOrEqual(bytes);

  if (verdict === 'complete') judgeComplete(truth, position, answer, lost);
  else if (verdict === 'pending') {
    expect([truth.isOwn, more]).toEqual([false, false]);
    const isLate = truth.missing.some((entry) => {
      const end = { epoch: entry.epoch, seq: entry.seq + entry.messages.length - 1 };
      return !isBehind(answer.position, end);
    });
    expect(isLate || truth.isHeaderLate).toBe(true);
  } else judgeLoss(truth, position, answer, lost);
}

function judgeComplete(truth: Truth, position: Position, answer: Resumed, lost: readonly Written[]): void {
  // Of a log that was forgotten, a cursor from before it does not tell (0010).
  if (position.epoch !== '' || !truth.isForgotten('')) expect(places(lost)).toEqual([]);
  if (answer.more) return;
  const rest = truth.after(answer.position);
  expect(places(rest.filter((message) => truth.isLive(message) && truth.isThere(message)))).toEqual([]);
  // In its own region, nobody is left waiting for what is gone: the database deletes in no order.
  if (truth.isOwn && position.epoch !== '' && !truth.isForgotten('')) expect(places(rest)).toEqual([]);
}

/** A loss that is told is one; or nobody can tell, because the whole epoch is gone (0007, README). */
function judgeLoss(truth: Truth, position: Position, answer: Resumed, lost: readonly Written[]): void {
  if (lost.length > 0) return;
  const header = truth.store.headers.get('chat:a#eu-west-1');
  const isKnownEnd =
    position.seq === EPOCH_END && (header?.epoch === position.epoch || header?.previous === position.epoch);
  const to = isBehind(answer.position, position) ? answer.position : position;
  const ended = truth.endedEpochs(position.epoch, to.epoch);
  expect(ended.filter((epoch) => !isKnownEnd || epoch !== position.epoch)).not.toEqual([]);
}

/** Asks on until there is no more. */
async function follow(truth: Truth, start: Position, given: Limits, between: () => void = () => undefined) {
  const messages: Resumed['messages'][number][] = [];
  let position = start;
  for (let questions = 1; questions <= 1_500; questions++) {
    const answer = await ask(truth, position, given);
    judge(truth, position, given, answer);
    messages.push(...answer.messages);
    position = answer.position;
    if (!answer.more) return { messages, position, verdict: answer.verdict, questions };
    between();
  }
  throw new Error('it never ends');
}

/** What a client must be given at once: what is left, up to what has not arrived. */
function answerOf(truth: Truth): readonly Written[] {
  const live = truth.after(truth.position).filter((message) => truth.isLive(message));
  const hole = live.findIndex((message) => !truth.isThere(message));
  return hole < 0 ? live : live.slice(0, hole);
}

test("in the log's own region, every answer is true, and all of them together are what is left (property)", async () => {
  await fc.assert(
    fc.asyncProperty(story, limits, async (one, given) => {
      const truth = await tell(one, true);
      const { messages } = await follow(truth, truth.position, given);
      expect(places(messages)).toEqual(places(answerOf(truth)));
    }),
    runs(1_500),
  );
}, 60_000);

test('elsewhere, they are what has arrived up to the first hole; the rest comes when it has arrived (property)', async () => {
  await fc.assert(
    fc.asyncProperty(story, limits, async (one, given) => {
      const truth = await tell(one, false);
      const { messages, position, verdict } = await follow(truth, truth.position, given);
      // Whether an epoch follows another, only its header tells.
      const waits = truth.isHeaderLate && verdict === 'pending' && position.seq === EPOCH_END;
      if (!waits) expect(places(messages)).toEqual(places(answerOf(truth)));
      const isBeyond = truth.after(position).some((message) => truth.isLive(message) && truth.isThere(message));
      if (isBeyond) expect(verdict).toBe('pending');
      const later = await follow(truth.arrived(), position, given);
      expect(later.verdict).not.toBe('pending');
      expect(places([...messages, ...later.messages])).toEqual(
        places(truth.after(truth.position).filter((message) => truth.isLive(message))),
      );
    }),
    runs(1_500),
  );
}, 60_000);

test('so is every answer when time passes between the questions, and the database deletes (property)', async () => {
  const waits = fc.array(fc.constantFrom(0, 1_000, 600_000, 3_600_000), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(story, limits, fc.boolean(), waits, async (one, given, isOwn, pauses) => {
      const truth = await tell(one, isOwn);
      let page = 0;
      await follow(truth, truth.position, given, () => {
        truth.now += pauses[page++ % pauses.length]!;
        if (page % 2 === 0) truth.store.expire(truth.now);
      });
    }),
    runs(1_000),
  );
}, 60_000);

describe('a long stretch that has expired, and is not deleted yet', () => {
  const LENGTH = 500;

  async function stretch(...after: Story['steps']): Promise<Truth> {
    const publishes = Array.from({ length: LENGTH }, () => ({ type: 'publish', count: 1, size: 10 }) as const);
    const steps = [...publishes, ...after];
    return tell({ steps, late: { newest: 0, which: [false], headers: 0 }, position: 1 }, true);
  }

  test.each<[string, Story['steps']]>([
    ['to the end of the log', [{ type: 'wait', ms: 4_000_000 }]],
    [
      'to what is left of the epoch',
      [
        { type: 'wait', ms: 4_000_000 },
        { type: 'publish', count: 2, size: 10 },
      ],
    ],
    [
      'to the next epoch',
      [
        { type: 'wait', ms: 7_000_000 },
        { type: 'publish', count: 2, size: 10 },
      ],
    ],
  ])('is passed at once, %s', async (_, after) => {
    const truth = await stretch(...after);
    const { messages, questions } = await follow(truth, truth.position, { limit: 10, bytes: 96 * 1024 });
    expect(places(messages)).toEqual(places(answerOf(truth)));
    expect(questions).toBe(2);
  });
});
