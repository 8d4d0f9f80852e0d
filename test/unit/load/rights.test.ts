// Who may read what, by hand-made histories: each breach must be reported, and nothing else.
import type { CheckOptions, ProblemKind } from '../../../load/checker';
import {
  begun,
  CHANNEL,
  delivered,
  type Event,
  expireAll,
  filler,
  gap,
  kinds,
  ORIGIN,
  published,
  stored,
  subscribed,
} from '../../support/histories';

const online: Event = { type: 'online', subscriber: 's' };
const exposed = (seq: number, subscriber = 's'): Event => ({
  type: 'exposed',
  subscriber,
  channel: CHANNEL,
  origin: ORIGIN,
  epoch: 'e1',
  seq,
  id: `m${seq}`,
});
/** A subscription that begins with the messages from a second of the history on. */
const since = (second: number, seq: number): Event => ({ ...subscribed(seq), since: second * 1_000 }) as Event;
/** A subscriber without the right to history. */
const limited: CheckOptions = { resumeWindow: () => 1_500 };

test.each<[string, ProblemKind[], Event[], CheckOptions?]>([
  [
    'a message from before the window, without the right to history',
    ['unauthorized'],
    [...published(1), filler, online, subscribed(), exposed(1), delivered(1)],
    limited,
  ],
  [
    'such a message in a frame to a client without the SDK',
    ['unauthorized'],
    [...published(1), filler, online, exposed(1)],
    limited,
  ],
  [
    'a frame with a message that the client may not receive',
    ['unauthorized'],
    [...published(1), online, exposed(1)],
    { mayReceive: () => false },
  ],
  [
    'a gap over messages that the subscriber may read',
    ['false-verdict'],
    [online, subscribed(), ...published(1), gap(0, 2)],
    { resumeWindow: () => 60_000 },
  ],
  [
    'a subscription from a time on that begins after a message of that time',
    ['lost'],
    [begun('m1'), stored(1), begun('m2'), stored(2), since(1, 1), delivered(2)],
  ],
])('given %s, then it is reported', (_, expected, events, ...[options]) => {
  expect(kinds(events, options)).toEqual(expected);
});

test.each<[string, Event[], CheckOptions?]>([
  [
    'a message from before the window, with the right to history',
    [...published(1), filler, online, subscribed(), delivered(1)],
  ],
  [
    'a message that was pushed before the connection was replaced, and delivered after it',
    [...published(1), filler, online, subscribed(), delivered(1)],
    limited,
  ],
  ['a message within the window', [...published(1), online, subscribed(), delivered(1)], { resumeWindow: () => 5_000 }],
  [
    'a message after the connection began',
    [online, subscribed(), ...published(1), filler, filler, delivered(1)],
    limited,
  ],
  ['a gap over messages from before the window', [...published(1), filler, online, subscribed(), gap(0, 2)], limited],
  [
    'a subscription from a time on that begins with the first message of that time',
    [begun('m1'), stored(1), begun('m2'), stored(2), since(3, 2), delivered(2)],
  ],
  ['a subscription from a time on whose messages have expired', [begun('m1'), stored(1), since(0, 1)].map(expireAll)],
])('given %s, then there is no problem', (_, events, ...[options]) => {
  expect(kinds(events, options)).toEqual([]);
});
