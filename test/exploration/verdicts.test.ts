// The verdicts of resume, for every log of a few steps: publishes, waits up to the ends of messages, epochs and headers, crashes of
// writers that open an epoch, deletions in any order, entries and headers that have not replicated, and every position that a
// client may hold. The judge is that of the random tests (test/unit/lambda/core/subscribe/resume.test.ts).
import { type Step, type Story, tellAll, type Truth } from '../support/memory/log-truth';
import { HOUR } from '../support/memory/memory';
import { answerOf, follow, places } from '../support/memory/verdict-judge';

const MINUTE = 60_000;
const DAY = 24 * HOUR;
/** Steps of a log. EXPLORE_DEPTH sets another number. */
const DEPTH = Number(process.env.EXPLORE_DEPTH ?? 3);
/** Replies that hold one message, or all. */
const LIMITS = [
  { limit: 1, bytes: 96 * 1024 },
  { limit: 100, bytes: 96 * 1024 },
];

const STEPS: readonly Step[] = [
  { type: 'publish', count: 1, size: 1 },
  { type: 'publish', count: 2, size: 1 },
  // Within the retention, past it, past the entries, past the header.
  { type: 'wait', ms: 50 * MINUTE },
  { type: 'wait', ms: HOUR + 10 * MINUTE },
  { type: 'wait', ms: 31 * DAY },
  { type: 'open' },
  { type: 'delete', which: [true] },
  { type: 'delete', which: [true, false] },
  { type: 'delete', which: [false, true] },
];

/** What a replica lacks of the newest entries, and of the header. */
const LATE: readonly Story['late'][] = [
  { newest: 0, which: [false], headers: 1 },
  { newest: 1, which: [true], headers: 0 },
  { newest: 2, which: [true, false], headers: 0 },
  { newest: 2, which: [true], headers: 1 },
];
const NONE: Story['late'] = { newest: 0, which: [false], headers: 0 };

/** Every sequence of steps up to a length. */
function* sequences(length: number): Generator<readonly Step[]> {
  yield [];
  if (length === 0) return;
  for (const before of sequences(length - 1)) {
    if (before.length === length - 1) for (const step of STEPS) yield [...before, step];
    else if (before.length > 0) yield before;
  }
}

/** What tells truths apart, with times relative to the present. */
function keyOf({ isOwn, now, position, missing, isHeaderLate, store, messages }: Truth): string {
  const entries = [...store.entries.values()].flat().map((one) => [one.epoch, one.seq, one.deleteAfter - now]);
  const headers = [...store.headers.values()].map((one) => [one.epoch, one.previous, one.deleteAfter - now]);
  const late = missing.map(({ epoch, seq }) => [epoch, seq]);
  const epochs = [...new Set([...messages.map(({ epoch }) => epoch), position.epoch])].sort();
  const text = JSON.stringify([
    isOwn,
    position,
    entries,
    headers,
    late,
    isHeaderLate,
    messages.map((one) => [one.id, one.deleteAfter - now]),
  ]);
  // Epochs are named by their time of opening.
  return epochs.reduce((key, epoch, i) => (epoch === '' ? key : key.replaceAll(epoch, `e${i}`)), text);
}

/** Fails unless a client that catches up gets what it must, and is told the truth. */
async function check(truth: Truth): Promise<void> {
  for (const limits of LIMITS) {
    const { messages, position } = await follow(truth, truth.position, limits);
    if (truth.isOwn) expect(places(messages)).toEqual(places(answerOf(truth)));
    // When everything has arrived, asking again must end, and report nothing for ever.
    const arrived = truth.arrived();
    let last = await follow(arrived, position, limits);
    for (let repeats = 0; last.verdict !== 'complete'; repeats++) {
      if (repeats === 3) throw new Error(`${last.verdict} for ever, at ${last.position.epoch}:${last.position.seq}`);
      last = await follow(arrived, last.position, limits);
    }
  }
}

test('given every log and every position, when a client catches up, then every answer is true, and asking again ends', async () => {
  const started = performance.now();
  const known = new Set<string>();
  let stories = 0;
  for (const steps of sequences(DEPTH)) {
    for (const [late, isOwn] of [[NONE, true] as const, ...LATE.map((one) => [one, false] as const)]) {
      stories += 1;
      for (const truth of await tellAll({ steps, late }, isOwn)) {
        const key = keyOf(truth);
        if (known.has(key)) continue;
        known.add(key);
        try {
          await check(truth);
        } catch (error) {
          const story = JSON.stringify({ steps, late, isOwn, position: truth.position });
          throw new Error(`${error instanceof Error ? error.message : String(error)}\n${story}`, { cause: error });
        }
      }
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`verdicts: ${known.size} states of ${stories} logs, ${seconds} s\n`);
}, 600_000);
