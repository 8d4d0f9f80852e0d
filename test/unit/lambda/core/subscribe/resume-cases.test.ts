// What resume answers, case by case: small logs, at the limits of time and place. resume.test.ts checks all of them against a model.
import {
  DELETE_GRACE,
  epochAt,
  HEADER_GRACE,
  newHeader,
  UNKNOWN_PREVIOUS,
} from '../../../../../lambda/core/log/epochs';
import type { Entry, LogHeader } from '../../../../../lambda/core/log/log-store';
import { resume } from '../../../../../lambda/core/subscribe/resume';
import { EPOCH_END, type Position, type Verdict } from '../../../../../protocol';
import { HOUR, MemoryLogs } from '../../../../support/memory/memory';

const KEY = { channel: 'chat:a', origin: 'eu-west-1' };
const T = Date.UTC(2026, 0, 1);
const RETENTION = 5 * HOUR;
const FAR = T + 10_000 * HOUR;
const [E1, E2, E3] = [epochAt(T), epochAt(T + HOUR), epochAt(T + 2 * HOUR)];
const NEVER: Position = { epoch: '', seq: 0 };
const at = (seq: number, epoch = E1): Position => ({ epoch, seq });
const END = at(EPOCH_END);

/** An entry of one message that expires late; its predecessor too. */
function entry(seq: number, more: Partial<Entry> = {}): Entry {
  const messages = [{ id: `m${seq}`, data: seq, enc: 'json' }];
  return { epoch: E1, seq, ts: T + seq, from: 'ada', messages, deleteAfter: FAR, previousDeleteAfter: FAR, ...more };
}
/** Entry of the second epoch, whose predecessor has expired. */
const inE2 = (seq: number, more: Partial<Entry> = {}): Entry =>
  entry(seq, { epoch: E2, previousDeleteAfter: T + HOUR, ...more });
const EXPIRED = { deleteAfter: T + HOUR + DELETE_GRACE };
/** The predecessor has expired. */
const AFTER_EXPIRED = { previousDeleteAfter: T + HOUR + DELETE_GRACE };

const header1 = newHeader(T, RETENTION, undefined);
const header2 = (previous: string | undefined): LogHeader => newHeader(T + HOUR, RETENTION, previous);

interface Case {
  readonly log?: readonly Entry[];
  readonly header?: LogHeader;
  readonly position: Position;
  /** After T. @default HOUR + 1 */
  readonly now?: number;
  readonly limit?: number;
  readonly bytes?: number;
}

type Answer = readonly [verdict: Verdict, seqs: readonly number[], position: Position, more: boolean];

async function ask(isOwn: boolean, { log = [], header, position, now = HOUR + 1, limit = 100, bytes = 1e6 }: Case) {
  const store = new MemoryLogs();
  for (const one of log) await store.append(KEY, one);
  if (header !== undefined) await store.openEpoch(KEY, header, undefined);
  const request = { key: KEY, position, limit, bytes, now: T + now, retention: RETENTION, isOwn };
  const { verdict, messages, position: end, more } = await resume(store, request);
  return [verdict, messages.map(({ seq }) => seq), end, more];
}

const GRACE_END = DELETE_GRACE + HEADER_GRACE;

describe("in the log's own region", () => {
  test.each<[string, Case, Answer]>([
    ['the last message seen', { log: [entry(1), entry(2)], position: at(2) }, ['complete', [], at(2), false]],
    ['the next messages', { log: [entry(1), entry(2), entry(3)], position: at(1) }, ['complete', [2, 3], at(3), false]],
    ['a gap', { log: [entry(5)], position: at(2) }, ['expired', [5], at(5), false]],
    [
      'more than the limit',
      { log: [1, 2, 3].map((seq) => entry(seq)), position: at(0), limit: 2 },
      ['complete', [1, 2], at(2), true],
    ],
    [
      'more than the bytes',
      { log: [1, 2, 3].map((seq) => entry(seq)), position: at(0), bytes: 1 },
      ['complete', [1], at(1), true],
    ],
    ['a run that a later epoch ends', { log: [entry(2), inE2(1)], position: at(1) }, ['complete', [2], at(2), true]],
    ['a run that a gap ends', { log: [entry(2), entry(4)], position: at(1) }, ['complete', [2], at(2), true]],
    ['a later epoch', { log: [inE2(1)], position: at(1) }, ['reset', [1], at(1, E2), false]],
    ['a later epoch, after its start', { log: [inE2(2)], position: at(1) }, ['reset', [2], at(2, E2), false]],
    [
      'the epoch after one that ended',
      { log: [inE2(1)], header: header2(E1), position: END },
      ['complete', [1], at(1, E2), false],
    ],
    [
      'that epoch, after its start',
      { log: [inE2(2)], header: header2(E1), position: END },
      ['expired', [2], at(2, E2), false],
    ],
    [
      'an epoch after another one',
      { log: [inE2(1)], header: header2('other'), position: END },
      ['reset', [1], at(1, E2), false],
    ],
    [
      'an epoch whose header is of a later one',
      { log: [inE2(1)], header: newHeader(T + 2 * HOUR, RETENTION, E1), position: END },
      ['reset', [1], at(1, E2), false],
    ],
    ['an epoch without a header', { log: [inE2(1)], position: END }, ['reset', [1], at(1, E2), false]],
    [
      'the first log',
      { log: [entry(1, { previousDeleteAfter: 0 })], position: NEVER },
      ['complete', [1], at(1), false],
    ],
    [
      'the first log, after its start',
      { log: [entry(2, { previousDeleteAfter: 0 })], position: NEVER },
      ['expired', [2], at(2), false],
    ],
    [
      'a log before which another was',
      { log: [entry(1, { previousDeleteAfter: 1 })], position: NEVER },
      ['reset', [1], at(1), false],
    ],
    [
      'that log, after its start',
      { log: [entry(2, { previousDeleteAfter: 1 })], position: NEVER },
      ['expired', [2], at(2), false],
    ],
    [
      'only expired messages',
      { log: [entry(2, EXPIRED), entry(3, EXPIRED)], position: at(1) },
      ['expired', [], at(3), true],
    ],
    [
      'only expired messages, many of them',
      { log: [2, 3, 4, 5].map((seq) => entry(seq, EXPIRED)), position: at(1), limit: 2 },
      ['expired', [], at(5), true],
    ],
    ['expired messages of a later epoch', { log: [inE2(2, EXPIRED)], position: at(1) }, ['reset', [], at(2, E2), true]],
    [
      'expired messages before live ones',
      { log: [entry(2, EXPIRED), entry(3)], position: at(1) },
      ['expired', [3], at(3), false],
    ],
    ['no log', { position: NEVER }, ['complete', [], NEVER, false]],
    ['no log at the start of an epoch', { position: at(0) }, ['reset', [], NEVER, false]],
    [
      'a log that is missing, as its header would be here',
      { position: at(1), now: GRACE_END - 1 },
      ['reset', [], NEVER, false],
    ],
    ['a log that is forgotten', { position: at(1), now: GRACE_END }, ['expired', [], END, false]],
    ['a forgotten log whose end is known', { position: END, now: GRACE_END }, ['complete', [], END, false]],
    ['an epoch without messages', { header: header1, position: at(0), now: 1 }, ['complete', [], at(0), false]],
    [
      'an epoch whose messages are gone at once',
      { header: header1, position: at(1), now: 1 },
      ['reset', [], at(0), false],
    ],
    ['an epoch that has ended', { header: header1, position: at(1), now: DELETE_GRACE }, ['expired', [], END, false]],
    [
      'an epoch that ended without messages',
      { header: header1, position: at(0), now: DELETE_GRACE },
      ['expired', [], END, false],
    ],
    ['an end that is known', { header: header1, position: END, now: DELETE_GRACE }, ['complete', [], END, false]],
    ['the next epoch without messages', { header: header2(E1), position: END }, ['complete', [], at(0, E2), false]],
    [
      'the next epoch, while its messages are gone',
      { header: header2(E1), position: at(1) },
      ['reset', [], at(0, E2), false],
    ],
    [
      'the next epoch, which has ended too',
      { header: header2(E1), position: END, now: HOUR + DELETE_GRACE },
      ['reset', [], at(EPOCH_END, E2), false],
    ],
    [
      'the first epoch without messages',
      { header: header2(undefined), position: NEVER },
      ['complete', [], at(0, E2), false],
    ],
    ['a first epoch after a known end', { header: header2(undefined), position: END }, ['reset', [], at(0, E2), false]],
    [
      'another epoch without messages',
      { header: header2('other'), position: NEVER },
      ['expired', [], at(0, E2), false],
    ],
    [
      'a log that ends before the position',
      { log: [entry(1), entry(2)], position: at(5) },
      ['reset', [], at(2), false],
    ],
    [
      'a log that ends before the position, in its own epoch',
      { log: [entry(2)], header: header1, position: at(5) },
      ['reset', [], at(2), false],
    ],
    [
      'a log that ends before the position, and goes on in another epoch',
      { log: [entry(2)], header: header2(UNKNOWN_PREVIOUS), position: at(5) },
      ['reset', [], at(0, E2), false],
    ],
    [
      'a log whose newest message may be deleted',
      { log: [entry(2, { deleteAfter: T + HOUR })], header: header1, position: at(5) },
      ['expired', [], END, false],
    ],
    [
      'the last message, which may be deleted',
      { log: [entry(2, { deleteAfter: T + HOUR })], header: header1, position: at(2) },
      ['expired', [], END, false],
    ],
    [
      'the last message, which an operator closed',
      { log: [entry(2, { isClosed: true })], header: header2(UNKNOWN_PREVIOUS), position: at(2) },
      ['reset', [], at(0, E2), false],
    ],
  ])('given %s, then the answer is the one of the table', async (_, one, expected) => {
    expect(await ask(true, one)).toEqual(expected);
  });
});

describe('in another region', () => {
  test.each<[string, Case, Answer]>([
    ['a hole', { log: [entry(4)], position: at(2) }, ['pending', [], at(2), false]],
    ['messages that are gone', { log: [entry(4, AFTER_EXPIRED)], position: at(2) }, ['expired', [4], at(4), false]],
    ['a run that a hole ends', { log: [entry(3), entry(5)], position: at(2) }, ['pending', [3], at(3), false]],
    [
      'a run that a gap ends',
      { log: [entry(3), entry(5, AFTER_EXPIRED)], position: at(2) },
      ['complete', [3], at(3), true],
    ],
    [
      'a loss before a hole',
      { log: [entry(3, AFTER_EXPIRED), entry(5)], position: at(1) },
      ['expired', [3], at(3), true],
    ],
    [
      'a loss and no hole',
      { log: [entry(3, AFTER_EXPIRED), entry(4)], position: at(1) },
      ['expired', [3, 4], at(4), false],
    ],
    [
      'a loss and more',
      { log: [entry(3, AFTER_EXPIRED), entry(4)], position: at(1), limit: 1 },
      ['expired', [3], at(3), true],
    ],
    [
      'expired messages, and a hole before live ones',
      { log: [entry(2, EXPIRED), entry(4)], position: at(1) },
      ['expired', [], at(2), true],
    ],
    ['a log that lags', { log: [entry(3)], position: at(5) }, ['pending', [], at(5), false]],
    [
      'a log that lags, and whose newest message may be deleted, with its header',
      { log: [entry(3, { deleteAfter: T + HOUR })], header: header1, position: at(5) },
      ['pending', [], at(5), false],
    ],
    [
      'a log that lags beyond its retention',
      { log: [entry(3, { deleteAfter: T + HOUR })], header: header1, position: at(5), now: RETENTION + DELETE_GRACE },
      ['expired', [], END, false],
    ],
    ['nothing yet', { position: at(1), now: GRACE_END - 1 }, ['pending', [], at(1), false]],
    ['nothing left', { position: at(1), now: GRACE_END }, ['expired', [], END, false]],
    ['nothing before the first message', { position: NEVER }, ['complete', [], NEVER, false]],
    [
      'a header, until the retention is over',
      { header: header1, position: at(1), now: RETENTION + DELETE_GRACE - 1 },
      ['pending', [], at(1), false],
    ],
    [
      'a header, after the retention',
      { header: header1, position: at(1), now: RETENTION + DELETE_GRACE },
      ['expired', [], END, false],
    ],
    ['a header at the start of its epoch', { header: header1, position: at(0) }, ['complete', [], at(0), false]],
    ['a header of an earlier epoch', { header: header1, position: at(1, E2) }, ['pending', [], at(1, E2), false]],
    [
      'a header of an earlier epoch, long after',
      { header: header1, position: at(1, E2), now: HOUR + GRACE_END },
      ['reset', [], END, false],
    ],
    [
      'a closed epoch, before the header of the next one arrives',
      { log: [entry(3, { isClosed: true })], header: header1, position: at(5) },
      ['pending', [], at(5), false],
    ],
    [
      'a closed epoch without a header',
      { log: [entry(3, { isClosed: true })], position: at(3) },
      ['pending', [], at(3), false],
    ],
    [
      'a closed epoch and the next one',
      { log: [entry(3, { isClosed: true })], header: header2(UNKNOWN_PREVIOUS), position: at(3) },
      ['reset', [], at(0, E2), false],
    ],
    [
      'a position of a later epoch than the closed one',
      { log: [entry(3, { isClosed: true })], header: header1, position: at(1, E2) },
      ['pending', [], at(1, E2), false],
    ],
    ['an epoch whose header lags', { log: [inE2(1)], position: END }, ['pending', [], END, false]],
    [
      'an epoch with the header of the one before',
      { log: [inE2(1)], header: header1, position: END },
      ['pending', [], END, false],
    ],
    [
      'an epoch whose header is gone',
      { log: [inE2(1)], position: END, now: HOUR + GRACE_END },
      ['reset', [1], at(1, E2), false],
    ],
    [
      'the epoch after one that ended',
      { log: [inE2(1)], header: header2(E1), position: END },
      ['complete', [1], at(1, E2), false],
    ],
    [
      'an epoch after another one',
      { log: [inE2(1)], header: header2('other'), position: END },
      ['reset', [1], at(1, E2), false],
    ],
    [
      'the next epoch without messages, until its retention is over',
      { header: header2(E1), position: END, now: HOUR + RETENTION - 1 },
      ['complete', [], at(0, E2), false],
    ],
    [
      'the next epoch without messages, after its retention',
      { header: header2(E1), position: END, now: HOUR + RETENTION },
      ['reset', [], at(0, E2), false],
    ],
    [
      'a header of a later epoch',
      { header: newHeader(T + 2 * HOUR, RETENTION, E2), position: at(1) },
      ['reset', [], at(0, E3), false],
    ],
  ])('given %s, then the answer is the one of the table', async (_, one, expected) => {
    expect(await ask(false, one)).toEqual(expected);
  });
});
