// The verdicts of resume, compared with a model that knows everything that was ever written (docs/decisions/0010).
import { EPOCH_END } from '../../../../../protocol';
import fc from 'fast-check';
import { type Story, story, tell, type Truth } from '../../../../support/memory/log-truth';
import { answerOf, follow, places } from '../../../../support/memory/verdict-judge';
import { runs } from '../../../../support/templates/properties';

const limits = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 100 })),
  bytes: fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.constant(96 * 1024)),
});
test("given the log's own region, when a client catches up, then every answer is true and it gets all live messages (property)", async () => {
  await fc.assert(
    fc.asyncProperty(story, limits, async (one, given) => {
      const truth = await tell(one, true);
      const { messages } = await follow(truth, truth.position, given);
      expect(places(messages)).toEqual(places(answerOf(truth)));
    }),
    runs(1_500),
  );
}, 60_000);

test('given another region, when a client catches up, then it gets the messages up to the first hole, and the rest after replication (property)', async () => {
  await fc.assert(
    fc.asyncProperty(story, limits, async (one, given) => {
      const truth = await tell(one, false);
      const { messages, position, verdict } = await follow(truth, truth.position, given);
      // Only the header tells whether an epoch follows another.
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

test('given time and deletions between requests, when a client catches up, then every answer is true (property)', async () => {
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

describe('given many entries that have expired and are not deleted, when a client catches up', () => {
  const LENGTH = 500;

  async function stretch(...after: Story['steps']): Promise<Truth> {
    const publishes = Array.from({ length: LENGTH }, () => ({ type: 'publish', count: 1, size: 10 }) as const);
    const steps = [...publishes, ...after];
    return tell({ steps, late: { newest: 0, which: [false], headers: 0 }, position: 1 }, true);
  }

  test.each<[string, Story['steps']]>([
    ['the end of the log', [{ type: 'wait', ms: 4_000_000 }]],
    [
      'the live entries of the epoch',
      [
        { type: 'wait', ms: 4_000_000 },
        { type: 'publish', count: 2, size: 10 },
      ],
    ],
    [
      'the next epoch',
      [
        { type: 'wait', ms: 7_000_000 },
        { type: 'publish', count: 2, size: 10 },
      ],
    ],
  ])('then one request skips to %s', async (_, after) => {
    const truth = await stretch(...after);
    const { messages, questions } = await follow(truth, truth.position, { limit: 10, bytes: 96 * 1024 });
    expect(places(messages)).toEqual(places(answerOf(truth)));
    expect(questions).toBe(2);
  });
});
