// Every other test of delivery relies on the checker. So each kind of breach is made here by hand, and must be reported.
import { check, type CheckOptions, type ProblemKind } from '../../../load/checker';
import { EPOCH_END } from '../../../protocol';
import {
  type Event,
  CHANNEL,
  ORIGIN,
  begun,
  stored,
  acknowledged,
  delivered,
  subscribed,
  subscribedBefore,
  replicated,
  filled,
  removed,
  unsubscribed,
  gap,
  judged,
  published,
  kinds,
  expireAll,
} from '../../support/histories';

test('given a run without breaches, then there are no problems, and events are counted', () => {
  const events = [
    subscribed(),
    ...published(1, 2),
    delivered(1),
    delivered(2),
    judged(0, 2),
    { type: 'settled' } as Event,
  ];
  const result = check(events.map((event, i) => ({ t: i, ...event })));
  expect(result).toMatchObject({ problems: [], delivered: 2, acknowledged: 2, stored: 2 });
});

test.each<[string, ProblemKind[], Event[], CheckOptions?]>([
  ['a message that never came', ['lost'], [subscribed(), ...published(1), { type: 'settled' }]],
  ['a message that was skipped', ['lost'], [subscribed(), ...published(1, 2), delivered(2)]],
  [
    'a message before a gap that does not cover it',
    ['lost'],
    [subscribed(), ...published(1, 2, 3), gap(1, 3)].map(expireAll),
  ],
  ['the same message twice', ['duplicate', 'reorder'], [subscribed(), ...published(1), delivered(1), delivered(1)]],
  [
    'a message that is stored twice, delivered twice',
    ['duplicate'],
    [subscribed(), ...published(1), stored(2, 'm1', { lookedBack: false }), delivered(1), delivered(2, 'm1')],
  ],
  [
    'an earlier message after a later one',
    ['lost', 'reorder'],
    [subscribed(), ...published(1, 2), delivered(2), delivered(1)],
  ],
  ['a message that no publisher sent', ['phantom'], [subscribed(), stored(1), delivered(1)]],
  [
    'a message in another sender’s name',
    ['phantom'],
    [subscribed(), ...published(1), delivered(1, 'm1', { from: 'x' })],
  ],
  [
    'a message whose publish was refused',
    ['phantom'],
    [subscribed(), begun('m1'), { type: 'publish-refused', channel: CHANNEL, ids: ['m1'] }, stored(1), delivered(1)],
  ],
  ['a message of another channel', ['cross-channel'], [subscribed(), begun('m1', 'chat:b'), stored(1), delivered(1)]],
  [
    'a message to a subscriber that is not allowed to get it',
    ['unauthorized'],
    [subscribed(), ...published(1), delivered(1)],
    { mayReceive: () => false },
  ],
  [
    'a message that was removed, and that no gap covers',
    ['lost'],
    [subscribed(), ...published(1), removed(1), { type: 'settled' }],
  ],
  [
    'a gap over messages before they are removed',
    ['false-verdict'],
    [subscribed(), ...published(1), gap(0, 2), removed(1)],
  ],
  [
    'complete, to a cursor at a message that was removed',
    ['false-verdict'],
    [...published(1, 2), removed(2), judged(2, 2, { askedAt: 9_000 })],
  ],
  [
    'the end of an epoch that goes on',
    ['false-verdict'],
    [...published(1), judged(2, EPOCH_END, { verdict: 'expired' })],
  ],
  [
    'expired again and again, while the cursor stays',
    ['stuck-verdict'],
    [0, 1, 2].map((i) => judged(1, 0, { verdict: 'expired', askedAt: i * 1_000 + 1 })),
  ],
  [
    'pending for longer than the bound',
    ['stuck-verdict'],
    [0, 1, 2, 3].map((i) => judged(1, 1, { verdict: 'pending', askedAt: i * 1_000 })),
    { pendingLimit: 2_500 },
  ],
  [
    'a message that the log may not have forgotten yet',
    ['lost'],
    [subscribedBefore, ...published(1).map(expireAll), { type: 'settled' }],
    { forgottenAfter: 10_000 },
  ],
  [
    'a message after the end of a subscription',
    ['unauthorized'],
    [subscribed(), ...published(1), unsubscribed, delivered(1)],
  ],
  [
    'a verdict `complete` without a message of another region that had replicated',
    ['false-verdict'],
    [...published(1), replicated(1), judged(0, 0, { region: 'us-east-1', askedAt: 9_000 })],
  ],
  [
    'a publish with an idempotency key that is stored twice, far apart',
    ['stored-twice'],
    [{ ...begun('m1'), isKeyed: true } as Event, stored(1), ...filled(2, 9), stored(10, 'm1', { lookedBack: false })],
    { lookBack: 3 },
  ],
  [
    'a message before one that had been acknowledged',
    ['misordered'],
    [begun('m2'), stored(2), acknowledged(2), begun('m1'), stored(1), acknowledged(1)],
  ],
  [
    'an acknowledgement without a place of a message that is never stored',
    ['unstored-ack'],
    [begun('m1'), { type: 'publish-acknowledged', channel: CHANNEL, origin: ORIGIN, ids: ['m1'] }, { type: 'settled' }],
  ],
  ['an acknowledgement of nothing', ['unstored-ack'], [begun('m1'), acknowledged(1)]],
  ['an acknowledgement of another’s place', ['unstored-ack'], [...published(1), begun('m9'), acknowledged(1, 'm9')]],
  ['a publish that is stored twice', ['stored-twice'], [...published(1), stored(2, 'm1')]],
  [
    'a publish that is stored twice, within the look-back of writers',
    ['stored-twice'],
    [...published(1), stored(2, 'm1')],
    { lookBack: 200 },
  ],
  ['a hole in a log', ['broken-log'], [begun('m1'), stored(1), begun('m3'), stored(3)]],
  [
    'two messages at one place',
    ['broken-log', 'unstored-ack', 'misordered'],
    [subscribed(), ...published(1), begun('x'), stored(1, 'x')],
  ],
  ['complete, without a message that was acknowledged before', ['false-verdict'], [...published(1), judged(0, 0)]],
  ['complete, with an earlier cursor', ['false-verdict'], [begun('m1'), stored(1), judged(5, 3)]],
  [
    'complete, over a change of epoch',
    ['false-verdict'],
    [begun('n'), stored(1, 'n', { epoch: 'e2' }), judged(5, 1, { to: { [ORIGIN]: { epoch: 'e2', seq: 1 } } })],
  ],
  [
    'complete, over an expired message',
    ['false-verdict'],
    [begun('m1'), stored(1, 'm1', { expires: 10 }), judged(0, 1)],
  ],
  ['a gap over a message that is there', ['false-verdict'], [subscribed(), ...published(1, 2), gap(0, 2)]],
])('given %s, then it is reported', (_, expected, events, ...[options]) => {
  expect(kinds(events, options)).toEqual(expected);
});

test.each<[string, Event[], CheckOptions?]>([
  [
    'a publish that is stored again, beyond the look-back of writers',
    [1, 2, 3].flatMap((seq) => [...published(seq)]).concat([stored(4, 'm1')]),
    { lookBack: 2 },
  ],
  [
    'an acknowledgement without a place, and the place later',
    [
      begun('m1'),
      { type: 'publish-acknowledged', channel: CHANNEL, origin: ORIGIN, ids: ['m1'] },
      stored(1),
      { type: 'settled' },
    ],
  ],
  ['concurrent publishes in another order than they began', [begun('m2'), begun('m1'), stored(1), stored(2)]],
  ['expired messages with a gap', [subscribed(), ...published(1, 2, 3), gap(0, 3)].map(expireAll).concat(delivered(3))],
  [
    'a second copy that the client dropped',
    [
      subscribed(),
      ...published(1),
      stored(2, 'm1', { lookedBack: false }),
      delivered(1),
      ...published(3),
      delivered(3),
    ],
  ],
  [
    'a verdict `complete` without a message of another region that had not replicated',
    [...published(1), judged(0, 0, { region: 'us-east-1', askedAt: 9_000 })],
  ],
  [
    'a publish with an idempotency key that is stored again when the key is free',
    [{ ...begun('m1'), isKeyed: true } as Event, stored(1), stored(2, 'm1', { t: 60_000 })],
    { keyWindow: 50_000 },
  ],
  [
    'an epoch that follows an ended one',
    [begun('n'), stored(1, 'n', { epoch: 'e2' }), judged(EPOCH_END, 1, { to: { [ORIGIN]: { epoch: 'e2', seq: 1 } } })],
  ],
  [
    'a gap over messages that were removed',
    [subscribed(), ...published(1), removed(1), gap(0, 2), { type: 'settled' }],
  ],
  ['a publish that is stored again after it was removed', [begun('m1'), stored(1), removed(1), stored(2, 'm1')]],
  [
    'expired twice, to requests that were under way at once',
    [judged(1, 0, { verdict: 'expired', askedAt: 0 }), judged(1, 0, { verdict: 'expired', askedAt: 0 }), judged(0, 0)],
  ],
  [
    'the end of an epoch that has expired',
    [...published(1).map(expireAll), judged(0, EPOCH_END, { verdict: 'expired' })],
  ],
  [
    'pending for shorter than the bound',
    [0, 1, 2, 3].map((i) => judged(1, 1, { verdict: 'pending', askedAt: i * 1_000 })),
    { pendingLimit: 5_000 },
  ],
  [
    'a message of a log that began after the subscription, and is forgotten',
    [subscribedBefore, ...published(1).map(expireAll), { type: 'settled' }],
    { forgottenAfter: 1_000 },
  ],
  ['complete, with more pages to come', [...published(1), judged(0, 0, { more: true })]],
  [
    'a retry in another region after a restart, recognizable by its id only',
    [
      subscribed(),
      ...published(1),
      delivered(1),
      { type: 'restarted', subscriber: 's' },
      stored(1, 'm1', { origin: 'us-east-1' }),
      delivered(1, 'm1', { origin: 'us-east-1' }),
    ],
  ],
])('given %s, then there is no problem', (_, events, ...[options]) => {
  expect(kinds(events, options)).toEqual([]);
});
