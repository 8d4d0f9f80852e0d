// Periodic syncs, and reports of gaps.
import { type Cursor, encodeCursor, EPOCH_END, RealtimeError, type SubscribeOk } from '../../../protocol';
import { gapsOf } from '../../../client/src/core/channel/gaps';
import { SYNC_INTERVAL } from '../../../client/src/core/channel/sync';
import { CHANNEL, ClientHarness, cursorAt, message } from '../../support/client/client-harness';

let client: ClientHarness;

beforeEach(() => {
  client = new ClientHarness({ visible: true });
});

/** Answers the newest sync. */
function answer(ok: Partial<SubscribeOk> | { readonly error: object }): void {
  const request = client.sent('sync').at(-1)!;
  const whole = 'error' in ok ? ok : { verdict: 'complete', messages: [], more: false, ...ok };
  client.reply(request, { channels: { [CHANNEL]: whole } });
}

describe('sync', () => {
  test('when an interval passes, then all live channels are synced', () => {
    client.live(3);
    client.advance(SYNC_INTERVAL);
    expect(client.sent('sync')).toMatchObject([{ channels: { [CHANNEL]: cursorAt(3) } }]);
    answer({ cursor: cursorAt(3) });
    client.advance(SYNC_INTERVAL);
    expect(client.sent('sync')).toHaveLength(2);
  });

  test('given a lost push, when the sync brings the message, then it is delivered, and the channel subscribes again', () => {
    client.live(3);
    client.advance(SYNC_INTERVAL);
    answer({ cursor: cursorAt(4), messages: [message(4)] });
    expect(client.seqs).toEqual([4]);
    expect(client.sent('subscribe').at(-1)).toMatchObject({ cursor: cursorAt(4) });
  });

  test('when a push brought the message meanwhile, then it is delivered once, without a subscribe', () => {
    client.live(3);
    client.advance(SYNC_INTERVAL);
    client.push([4]);
    const subscribes = client.sent('subscribe').length;
    answer({ cursor: cursorAt(4), messages: [message(4)] });
    expect(client.seqs).toEqual([4]);
    expect(client.sent('subscribe')).toHaveLength(subscribes);
  });

  test('when the answer reports a loss, then the channel subscribes again', () => {
    client.live(3);
    client.advance(SYNC_INTERVAL);
    answer({ cursor: cursorAt(9), verdict: 'expired', origins: ['eu-west-1'] });
    expect(client.sent('subscribe').at(-1)).toMatchObject({ cursor: cursorAt(3) });
    expect(client.verdicts).toEqual([]);
  });

  test('when the answer has more pages, then the channel subscribes again', () => {
    client.live(3);
    client.advance(SYNC_INTERVAL);
    answer({ cursor: cursorAt(3), more: true });
    expect(client.sent('subscribe').at(-1)).toMatchObject({ cursor: cursorAt(3) });
  });

  test('while not visible, then there is no sync; when it becomes visible, there is one at once', () => {
    client.live(3);
    client.core.setVisible(false);
    client.advance(3 * SYNC_INTERVAL);
    expect(client.sent('sync')).toHaveLength(0);
    client.core.setVisible(true);
    expect(client.sent('sync')).toHaveLength(1);
  });

  test('while disconnected, then there is no sync', () => {
    const socket = client.live(3);
    client.core.closed(socket);
    client.core.setVisible(false);
    client.core.setVisible(true);
    client.advance(SYNC_INTERVAL);
    expect(client.sent('sync')).toHaveLength(0);
  });

  test('when a sync is not answered, then the socket is pinged and closed', () => {
    client.answersPings = false;
    const socket = client.live(3);
    client.advance(SYNC_INTERVAL + 20_000);
    expect(client.of('close')).toContainEqual({ type: 'close', socket });
  });

  test('when the answer is token_expired, then the token is renewed', () => {
    client.live(3);
    client.advance(SYNC_INTERVAL);
    const tokens = client.of('fetchToken').length;
    answer({ error: new RealtimeError('token_expired').toWire() });
    expect(client.of('fetchToken')).toHaveLength(tokens + 1);
    // With no new one to be had, nothing would come any more: a channel must not seem live.
    client.core.tokenFailed(client.of('fetchToken').at(-1)!.attempt, new Error('no session'));
    expect([client.core.state, client.channelState]).toEqual(['disconnected', 'subscribing']);
  });

  test('when the answer is capability_missing, then the channel detaches', () => {
    client.live(3);
    client.advance(SYNC_INTERVAL);
    answer({ error: new RealtimeError('capability_missing').toWire() });
    expect(client.channelState).toBe('detached');
  });
});

describe('gaps', () => {
  const here = (epoch: string, seq: number): Cursor => ({ 'eu-west-1': { epoch, seq } });
  const ok = (fields: Partial<SubscribeOk>, end: Cursor): SubscribeOk => ({
    verdict: 'complete',
    messages: [],
    more: false,
    cursor: encodeCursor(end),
    ...fields,
  });
  const at = (epoch: string, seq: number) => message(seq, { epoch });

  test.each([
    ['nothing new', here('e1', 5), ok({}, here('e1', 5)), here('e1', 5), []],
    ['the next message', here('e1', 5), ok({ messages: [at('e1', 6)] }, here('e1', 6)), here('e1', 6), []],
    ['the first message of a log', here('', 0), ok({ messages: [at('e1', 1)] }, here('e1', 1)), here('e1', 1), []],
    [
      'the first message of the epoch after one that has ended',
      here('e1', EPOCH_END),
      ok({ messages: [at('e2', 1)] }, here('e2', 1)),
      here('e2', 1),
      [],
    ],
  ])('given %s, then there is none', (_, seen, answered, end, gaps) => {
    expect(gapsOf({ name: CHANNEL, cursor: seen }, answered, seen, end)).toEqual(gaps);
  });

  test.each([
    [
      'messages are missing before the first',
      here('e1', 5),
      ok({ verdict: 'expired', origins: ['eu-west-1'], messages: [at('e1', 9)] }, here('e1', 9)),
      here('e1', 9),
      { reason: 'expired', after: { epoch: 'e1', seq: 5 }, next: { epoch: 'e1', seq: 9 } },
    ],
    [
      'all messages have expired',
      here('e1', 5),
      ok({ verdict: 'expired', origins: ['eu-west-1'] }, here('e1', 9)),
      here('e1', 9),
      { reason: 'expired', after: { epoch: 'e1', seq: 5 }, next: { epoch: 'e1', seq: 10 } },
    ],
    [
      'the log was started anew',
      here('e1', 5),
      ok({ verdict: 'reset', origins: ['eu-west-1'], messages: [at('e2', 1)] }, here('e2', 1)),
      here('e2', 1),
      { reason: 'reset', after: { epoch: 'e1', seq: 5 }, next: { epoch: 'e2', seq: 1 } },
    ],
    [
      'a whole epoch was missed',
      here('', 0),
      ok({ verdict: 'reset', origins: ['eu-west-1'], messages: [at('e2', 1)] }, here('e2', 1)),
      here('e2', 1),
      { reason: 'expired', after: { epoch: '', seq: 0 }, next: { epoch: 'e2', seq: 1 } },
    ],
    [
      'the log was restored to an earlier time',
      here('e1', 9),
      ok({ verdict: 'reset', origins: ['eu-west-1'] }, here('e1', 5)),
      here('e1', 5),
      { reason: 'reset', after: { epoch: 'e1', seq: 9 }, next: { epoch: 'e1', seq: 6 } },
    ],
  ])('when %s, then there is one', (_, seen, answered, end, gap) => {
    expect(gapsOf({ name: CHANNEL, cursor: seen }, answered, seen, end)).toEqual([
      { channel: CHANNEL, origin: 'eu-west-1', ...gap },
    ]);
  });

  test('given an answer `reset` that ends before the cursor, then the client goes back, and later messages are delivered', () => {
    client.live(9);
    client.core.reconnect();
    client.advance(1_000);
    client.openNext();
    client.answer({ verdict: 'reset', origins: ['eu-west-1'], cursor: cursorAt(5) });
    expect(client.of('gap').map(({ gap }) => [gap.after.seq, gap.next.seq, gap.reason])).toEqual([[9, 6, 'reset']]);
    expect(client.core.channel(CHANNEL).cursorText).toBe(cursorAt(5));
    client.push([6]);
    expect(client.seqs.at(-1)).toBe(6);
  });

  test('given an answer `reset` to an older request, when pushes have passed its end, then the client does not go back', () => {
    client.live(3);
    client.fire('rotate');
    const successor = client.openNext();
    client.push([4, 5]);
    client.answer({ verdict: 'reset', origins: ['eu-west-1'], cursor: cursorAt(4) }, successor);
    expect(client.core.channel(CHANNEL).cursorText).toBe(cursorAt(5));
  });

  test('the gap is reported before the messages after it', () => {
    client.live(3);
    client.core.reconnect();
    client.advance(1_000);
    client.openNext();
    client.answer({ verdict: 'expired', origins: ['eu-west-1'], messages: [message(9)] });
    const told = client.commands.flatMap((one) => (one.type === 'gap' || one.type === 'message' ? [one.type] : []));
    expect(told).toEqual(['gap', 'message']);
    expect(client.of('gap')[0]!.gap.after.seq).toBe(3);
  });
});

test('given rewind, when a channel is subscribed, then the first subscribe has it, and a resume does not', () => {
  client.connect();
  client.core.subscribe(CHANNEL, { last: 2 });
  expect(client.sent('subscribe')).toMatchObject([{ rewind: { last: 2 } }]);
  client.answer({ messages: [message(7), message(8)], cursor: cursorAt(8) });
  expect([client.seqs, client.verdicts]).toEqual([[7, 8], []]);
  client.core.reconnect();
  client.advance(1_000);
  client.openNext();
  expect(client.sent('subscribe').at(-1)).not.toHaveProperty('rewind');
});
