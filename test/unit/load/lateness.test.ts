// How late messages may be, by hand-made histories: each breach must be reported, and nothing else.
import { type CheckOptions, type ProblemKind } from '../../../load/checker';
import {
  type Event,
  delivered,
  subscribed,
  replicated,
  filler,
  across,
  unsubscribed,
  answered,
  published,
  kinds,
  expireAll,
} from '../../support/histories';

test.each<[string, ProblemKind[], Event[], CheckOptions?]>([
  [
    'a message that took too long',
    ['late'],
    [{ type: 'online', subscriber: 's' }, subscribed(), ...published(1), delivered(1)],
    { late: { after: 1_500 } },
  ],
  [
    'a message that had not arrived when its subscriber unsubscribed',
    ['late'],
    [{ type: 'online', subscriber: 's' }, subscribed(), ...published(1), unsubscribed],
    { late: { after: 1_500 } },
  ],
  [
    'a message from another region that took too long',
    ['late'],
    [{ type: 'online', subscriber: 's' }, answered('us-east-1'), subscribed(), ...published(1), delivered(1)],
    across({ knownAfter: 0 }),
  ],
  [
    'a message from another region that took too long after its replication, stored before that region knew of the interest',
    ['late'],
    [
      { type: 'online', subscriber: 's' },
      answered('us-east-1'),
      subscribed(),
      ...published(1),
      replicated(1),
      filler,
      delivered(1),
    ],
    across({ knownAfter: 60_000 }),
  ],
  [
    'a message that had not arrived though it had replicated when its subscriber unsubscribed',
    ['late'],
    [
      { type: 'online', subscriber: 's' },
      answered('us-east-1'),
      subscribed(),
      ...published(1),
      replicated(1),
      filler,
      unsubscribed,
    ],
    across({ knownAfter: 60_000 }),
  ],
])('given %s, then it is reported', (_, expected, events, ...[options]) => {
  expect(kinds(events, options)).toEqual(expected);
});

test.each<[string, Event[], CheckOptions?]>([
  [
    'a message that took long to a subscriber that was offline',
    [subscribed(), ...published(1), { type: 'online', subscriber: 's' }, delivered(1)],
    { late: { after: 1_500 } },
  ],
  [
    'a message whose subscriber unsubscribed before it was late',
    [{ type: 'online', subscriber: 's' }, subscribed(), ...published(1), unsubscribed],
    { late: { after: 3_000 } },
  ],
  [
    'a message that had expired when its subscriber unsubscribed',
    [{ type: 'online', subscriber: 's' }, subscribed(), ...published(1).map(expireAll), unsubscribed],
    { late: { after: 1_500 } },
  ],
  [
    'a message before an unsubscribe, and one after it',
    [{ type: 'online', subscriber: 's' }, subscribed(), ...published(1), delivered(1), unsubscribed, ...published(2)],
    { late: { after: 2_500 } },
  ],
  [
    'a message from another region, stored before that region knew of the interest',
    [{ type: 'online', subscriber: 's' }, answered('us-east-1'), subscribed(), ...published(1), delivered(1)],
    across({ knownAfter: 60_000 }),
  ],
  [
    'a message from another region that arrived soon after its replication, stored before that region knew of the interest',
    [
      { type: 'online', subscriber: 's' },
      answered('us-east-1'),
      subscribed(),
      ...published(1),
      filler,
      filler,
      replicated(1),
      delivered(1),
    ],
    across({ knownAfter: 60_000 }),
  ],
  [
    'a message that waited for one before it, which replicated late',
    [
      { type: 'online', subscriber: 's' },
      answered('us-east-1'),
      subscribed(),
      ...published(1),
      ...published(2),
      filler,
      filler,
      replicated(1),
      delivered(1),
      delivered(2, 'm2', { t: 12_400 }),
    ],
    across({ knownAfter: 4_000 }),
  ],
  [
    'a message that has not replicated when its subscriber unsubscribes',
    [
      { type: 'online', subscriber: 's' },
      answered('us-east-1'),
      subscribed(),
      ...published(1),
      filler,
      filler,
      unsubscribed,
    ],
    across({ knownAfter: 60_000 }),
  ],
])('given %s, then there is no problem', (_, events, ...[options]) => {
  expect(kinds(events, options)).toEqual([]);
});
