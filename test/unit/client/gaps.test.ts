// Which messages the answer to a resume skips.
import { gapsOf } from '../../../client/src/core/channel/gaps';
import { EPOCH_END, type LocatedMessage, type Position, type Verdict } from '../../../protocol';
import { message } from '../../support/client/client-harness';

const [EU, US] = ['eu-west-1', 'us-east-1'];
const [E1, E2] = ['0mock0001', '0mock0002'];
const NONE = { epoch: '', seq: 0 };
const at = (seq: number, epoch = E1): Position => ({ epoch, seq });

interface Case {
  readonly verdict: Verdict;
  /** The client's position. */
  readonly cursor: Position;
  /** The position that the answer ends at. */
  readonly end: Position;
  /** Origins that the answer names. @default - this one, unless the verdict is `complete` */
  readonly origins?: readonly string[];
  readonly messages?: readonly LocatedMessage[];
}

function gaps({ verdict, cursor, end, origins, messages = [] }: Case) {
  const cursors = cursor === NONE ? {} : { [EU]: cursor };
  const ok = {
    verdict,
    origins: origins ?? (verdict === 'complete' ? undefined : [EU]),
    messages,
    more: false,
    cursor: '',
  };
  return gapsOf({ name: 'chat:a', cursor: cursors }, ok, cursors, { [EU]: end }).map(({ reason, after, next }) => [
    reason,
    after,
    next,
  ]);
}

test.each<[string, Case]>([
  ['nothing new', { verdict: 'complete', cursor: at(3), end: at(3) }],
  ['the next message', { verdict: 'complete', cursor: at(3), end: at(4), messages: [message(4, { epoch: E1 })] }],
  [
    'the first message of the first log',
    { verdict: 'complete', cursor: NONE, end: at(1), messages: [message(1, { epoch: E1 })] },
  ],
  [
    'the first message of an epoch after one that has ended',
    { verdict: 'complete', cursor: at(EPOCH_END), end: at(1, E2), messages: [message(1, { epoch: E2 })] },
  ],
  [
    'messages that the client has seen, and the next one',
    {
      verdict: 'complete',
      cursor: at(3),
      end: at(4),
      messages: [message(2, { epoch: E1 }), message(3, { epoch: E1 }), message(4, { epoch: E1 })],
    },
  ],
  ['an end before the position, of another origin', { verdict: 'reset', origins: [US], cursor: at(5), end: at(3) }],
  ['an end before the position, which is no reset', { verdict: 'expired', cursor: at(5), end: at(3) }],
  ['an end at the position, although it is a reset', { verdict: 'reset', cursor: at(5), end: at(5) }],
])('given %s, then there is no gap', (_, one) => {
  expect(gaps(one)).toEqual([]);
});

test.each<[string, Case, unknown]>([
  ['no messages up to a later end', { verdict: 'expired', cursor: at(3), end: at(7) }, ['expired', at(3), at(8)]],
  [
    'a later message',
    { verdict: 'expired', cursor: at(3), end: at(9), messages: [message(8, { epoch: E1 }), message(9, { epoch: E1 })] },
    ['expired', at(3), at(8)],
  ],
  [
    'a message of another region before the later one',
    {
      verdict: 'expired',
      cursor: at(3),
      end: at(8),
      messages: [message(6, { epoch: E1, origin: US }), message(8, { epoch: E1 })],
    },
    ['expired', at(3), at(8)],
  ],
  [
    'the end of the epoch',
    { verdict: 'expired', cursor: at(3), end: at(EPOCH_END) },
    ['expired', at(3), at(EPOCH_END)],
  ],
  [
    'the first message of an epoch, while the old one had not ended',
    { verdict: 'reset', cursor: at(3), end: at(1, E2), messages: [message(1, { epoch: E2 })] },
    ['reset', at(3), at(1, E2)],
  ],
  [
    'the second message of an epoch after one that has ended',
    { verdict: 'expired', cursor: at(EPOCH_END), end: at(2, E2), messages: [message(2, { epoch: E2 })] },
    ['reset', at(EPOCH_END), at(2, E2)],
  ],
  [
    'the first message of an epoch, although the server says that some are gone',
    { verdict: 'expired', cursor: NONE, end: at(1), messages: [message(1, { epoch: E1 })] },
    ['expired', NONE, at(1)],
  ],
  ['the second message of the first log', { verdict: 'complete', cursor: NONE, end: at(2) }, ['expired', NONE, at(3)]],
  ['a log that ends before the position', { verdict: 'reset', cursor: at(5), end: at(3) }, ['reset', at(5), at(4)]],
])('given %s, then there is a gap', (_, one, expected) => {
  expect(gaps(one)).toEqual([expected]);
});

test('given the verdict pending with origins, then they do not make the first message of a log a gap', () => {
  const messages = [message(1, { epoch: E1 })];
  expect(gaps({ verdict: 'pending', cursor: NONE, end: at(1), messages })).toEqual([]);
});
