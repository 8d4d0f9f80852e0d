// Consecutive pushes of a log become one frame.
import { coalesce, coalesceWithSources, endOfPush, startOfPush } from '../../../../../lambda/core/fanout/coalesce';
import type { MessagesPush } from '../../../../../protocol';

const [E1, E2] = ['0mock0001', '0mock0002'];

/** A push of the messages from one number to another. */
function push(from: number, to = from, more: Partial<MessagesPush> = {}): MessagesPush {
  const messages = Array.from({ length: to - from + 1 }, (_, i) => {
    return { seq: from + i, id: `m${from + i}`, ts: 1, from: 'ada', data: 'ü', enc: 'json' };
  });
  return { push: 'messages', channel: 'chat:a', origin: 'eu-west-1', epoch: E1, messages, ...more };
}

const textOf = ({ origin, epoch, messages }: MessagesPush): string =>
  `${origin === 'eu-west-1' ? '' : `${origin} `}${epoch === E1 ? '' : `${epoch} `}${messages.map(({ seq }) => seq).join()}`;
const joined = (pushes: readonly MessagesPush[], maxBytes = 1e6): string[] => coalesce(pushes, maxBytes).map(textOf);
const bytesOf = (one: MessagesPush): number => Buffer.byteLength(JSON.stringify(one));

test.each<[string, readonly MessagesPush[], readonly string[]]>([
  ['consecutive pushes', [push(1), push(2, 3), push(4)], ['1,2,3,4']],
  ['pushes in another order', [push(4), push(2, 3), push(1)], ['1,2,3,4']],
  ['a gap', [push(1), push(3)], ['1', '3']],
  ['the same push twice', [push(1, 2), push(1, 2)], ['1,2']],
  ['pushes that overlap', [push(1, 3), push(2, 5)], ['1,2,3,4,5']],
  ['two epochs', [push(1, 1, { epoch: E2 }), push(2), push(1)], ['1,2', `${E2} 1`]],
  ['two origins', [push(1, 1, { origin: 'us-east-1' }), push(2), push(1)], ['1,2', 'us-east-1 1']],
  ['no pushes', [], []],
])('given %s, then messages without a gap are together', (_, pushes, expected) => {
  expect(joined(pushes)).toEqual(expected);
});

test('given pushes that fill a frame exactly, then they are together, and with one byte less they are not', () => {
  const bytes = bytesOf(push(1, 2));
  expect([joined([push(1), push(2)], bytes), joined([push(1), push(2)], bytes - 1)]).toEqual([['1,2'], ['1', '2']]);
});

test('given a push that is too large by itself, then it stays, and what it holds already is joined with it', () => {
  expect(joined([push(1, 5), push(2), push(6)], 1)).toEqual(['1,2,3,4,5', '6']);
});

test('given the records of the pushes, then each joined push has those of its parts', () => {
  const sourced = [
    { push: push(2), sources: ['b'] },
    { push: push(1), sources: ['a', 'z'] },
    { push: push(9), sources: ['c'] },
  ];
  expect(coalesceWithSources(sourced, 1e6).map((one) => one.sources)).toEqual([['a', 'z', 'b'], ['c']]);
});

test('given a push, then its positions are those of its first and last message', () => {
  expect([startOfPush(push(3, 5)), endOfPush(push(3, 5))]).toEqual([
    { epoch: E1, seq: 3 },
    { epoch: E1, seq: 5 },
  ]);
  const empty = { ...push(1), messages: [] };
  expect([startOfPush(empty).seq, endOfPush(empty).seq]).toEqual([0, 0]);
});
