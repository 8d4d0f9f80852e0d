// Judges the answers of resume by a model that knows everything that was ever written (docs/decisions/0010).
import { type Resumed, resume } from '../../../lambda/core/subscribe/resume';
import { EPOCH_END, type Position, utf8Length } from '../../../protocol';
import { isBehind, KEY, type Truth, type Written } from './log-truth';

export type Limits = { readonly limit: number; readonly bytes: number };

function ask(truth: Truth, position: Position, { limit, bytes }: Limits): Promise<Resumed> {
  return resume(truth.store, { key: KEY, ...truth.context, position, limit, bytes });
}

export const places = (messages: readonly (Position & { readonly id: string })[]): string[] =>
  messages.map(({ epoch, seq, id }) => `${epoch}:${seq} ${id}`);

/** Checks one answer. Fails if it says anything that is not true. */
export function judge(truth: Truth, position: Position, { limit, bytes }: Limits, answer: Resumed): void {
  const { verdict, messages, more } = answer;
  const covered = truth.after(position).filter((message) => !isBehind(message, answer.position));
  const lost = covered.slice(0, covered.length - messages.length);

  // The messages are those up to the returned position, without a hole. Those that are skipped have expired.
  expect(places(messages)).toEqual(places(covered.slice(lost.length)));
  expect(places(lost.filter((message) => truth.isLive(message)))).toEqual([]);
  expect(places(covered.slice(lost.length).filter((message) => !truth.isLive(message)))).toEqual([]);
  const last = messages.at(-1);
  if (last !== undefined) expect(answer.position).toEqual({ epoch: last.epoch, seq: last.seq });

  // The position never moves back, unless the log is forgotten. It moves on if there is more.
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
  // A cursor from before the log's first epoch can't tell a forgotten log (0010).
  if (position.epoch !== '' || !truth.isForgotten('')) expect(places(lost)).toEqual([]);
  if (answer.more) return;
  const rest = truth.after(answer.position);
  expect(places(rest.filter((message) => truth.isLive(message) && truth.isThere(message)))).toEqual([]);
  // In the log's own region, no client waits for messages that are gone, although the database deletes in no order.
  if (truth.isOwn && position.epoch !== '' && !truth.isForgotten('')) expect(places(rest)).toEqual([]);
}

/** A reported loss is a loss, or the whole epoch is gone, so that the server can't tell (0007). */
function judgeLoss(truth: Truth, position: Position, answer: Resumed, lost: readonly Written[]): void {
  if (lost.length > 0) return;
  const header = truth.store.headers.get('chat:a#eu-west-1');
  const isKnownEnd =
    position.seq === EPOCH_END && (header?.epoch === position.epoch || header?.previous === position.epoch);
  const to = isBehind(answer.position, position) ? answer.position : position;
  const ended = truth.endedEpochs(position.epoch, to.epoch);
  expect(ended.filter((epoch) => !isKnownEnd || epoch !== position.epoch)).not.toEqual([]);
}

/** Asks until there is no more. */
export async function follow(truth: Truth, start: Position, given: Limits, between: () => void = () => undefined) {
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
  throw new Error('the answers never end');
}

/** The messages that a client must get: those that are live, up to the first that has not replicated. */
export function answerOf(truth: Truth): readonly Written[] {
  const live = truth.after(truth.position).filter((message) => truth.isLive(message));
  const hole = live.findIndex((message) => !truth.isThere(message));
  return hole < 0 ? live : live.slice(0, hole);
}
