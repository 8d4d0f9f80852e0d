// A server whose replica lags: pending messages are requested again, at low cost.
import { HOLD } from '../../../client/src/core/channel/channel';
import { MAX_WAIT, PENDING_RETRY } from '../../../client/src/core/channel/pending-origins';
import { SYNC_INTERVAL } from '../../../client/src/core/channel/sync';
import { encodeCursor, type SubscribeOk } from '../../../protocol';
import {
  CHANNEL,
  ClientHarness,
  cursorAt,
  EPOCH,
  message,
  ORIGIN,
  type Sent,
} from '../../support/client/client-harness';

const US = 'us-east-1';
const MINUTE = 60_000;

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness({ visible: true });
  client.random = () => 0;
});

/** Where a sync asks from. */
const askedFrom = (sent: Sent, channel = CHANNEL): string =>
  (sent as unknown as { channels: Record<string, string> }).channels[channel]!;

/** The newest sync is answered. */
function answer(ok: Partial<SubscribeOk> = {}): void {
  const sent = client.sent('sync').at(-1)!;
  const whole = { verdict: 'complete', messages: [], more: false, cursor: askedFrom(sent), ...ok };
  client.reply(sent, { channels: { [CHANNEL]: whole } });
}
const pending = (ok: Partial<SubscribeOk> = {}): void => {
  answer({ verdict: 'pending', origins: [ORIGIN], ...ok });
};
const wait = (): number => client.timers.get(`pending ${CHANNEL}`)! - client.now;
const asked = (action = 'sync'): number => client.sent(action).length;
const verdicts = (): string[] => client.verdicts.map(({ verdict }) => verdict);

/** Live at 3, and asked for the first time what came since. */
function synced(): void {
  client.live(3);
  client.advance(SYNC_INTERVAL);
}

describe('a busy channel whose pushes are faster than its replication', () => {
  const EVERY = 250;
  /** Answers as a replica that is so far behind. */
  const serve = (seq: number, lag: number): void => {
    const here = Math.max(0, seq - lag / EVERY);
    const judge = (cursor: string): object => {
      const from = Number(cursor.split('~').at(-1));
      if (from > here) return { verdict: 'pending', origins: [ORIGIN], cursor, messages: [], more: false };
      const to = Math.min(here, from + 25);
      const messages = Array.from({ length: to - from }, (_, i) => message(from + 1 + i));
      return { verdict: 'complete', cursor: cursorAt(to), messages, more: to < here };
    };
    for (const sent of client.sent('sync').slice(served.sync))
      client.reply(sent, { channels: { [CHANNEL]: judge(askedFrom(sent)) } });
    for (const sent of client.sent('subscribe').slice(served.subscribe))
      client.reply(sent, judge(sent.cursor ?? cursorAt(here)));
    served = { sync: asked(), subscribe: asked('subscribe') };
  };
  let served = { sync: 0, subscribe: 0 };
  beforeEach(() => {
    served = { sync: 0, subscribe: 0 };
  });

  test.each([750, 5_000])('it costs a few syncs a minute, no subscribe, and no verdict (%d ms behind)', (lag) => {
    client.connect();
    client.core.subscribe(CHANNEL);
    const minutes = 3;
    for (let seq = 0; seq < (minutes * MINUTE) / EVERY; seq++) {
      serve(seq, lag);
      client.push([seq + 1]);
      client.advance(EVERY);
    }
    expect(asked('subscribe')).toBe(1);
    expect(asked() / minutes).toBeLessThan(6);
    expect([client.seqs.length, client.verdicts]).toEqual([(minutes * MINUTE) / EVERY, []]);
    expect(client.of('channelState').map(({ state }) => state)).toEqual(['subscribing', 'live']);
  });

  test('when it resumes, then the verdict is `pending`, then `complete`', () => {
    client.core.channel(CHANNEL).restore(cursorAt(50));
    client.connect();
    client.core.subscribe(CHANNEL);
    for (let seq = 51; seq < 70; seq++) {
      serve(seq, 750);
      client.push([seq]);
      client.advance(EVERY);
    }
    expect([verdicts(), asked('subscribe'), asked()]).toEqual([['pending', 'complete'], 1, 1]);
  });
});

describe('retries', () => {
  test('given a pending resume, then syncs follow with growing delays until it is complete, without a subscribe', () => {
    client.core.setVisible(false);
    client.core.channel(CHANNEL).restore(cursorAt(1));
    client.connect();
    client.core.subscribe(CHANNEL);
    client.answer({ verdict: 'pending', origins: [ORIGIN] });
    const delays: number[] = [];
    for (let i = 0; i < 7; i++) {
      delays.push(wait());
      client.advance(delays.at(-1)!);
      pending();
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * PENDING_RETRY));
    expect(delays.at(-1)).toBe(MAX_WAIT);
    client.advance(MAX_WAIT);
    answer({ messages: [message(2)], cursor: cursorAt(2) });
    expect([client.seqs, verdicts(), client.channelState]).toEqual([[2], ['pending', 'complete'], 'live']);
    client.advance(MINUTE);
    expect([asked('subscribe'), asked()]).toEqual([1, 8]);
  });

  test('when a sync is not answered, then another one follows', () => {
    synced();
    pending();
    client.advance(PENDING_RETRY);
    client.advance(2 * PENDING_RETRY);
    expect(asked()).toBe(3);
  });

  test('when the answer is complete, the channel detaches, or the connection is lost, then there are no more', () => {
    synced();
    pending();
    client.advance(PENDING_RETRY);
    answer();
    expect(client.timers.has(`pending ${CHANNEL}`)).toBe(false);
    client.fire('sync');
    pending();
    client.core.closed(client.socket);
    client.advance(PENDING_RETRY);
    expect(asked()).toBe(3);
    client.unsubscribe();
    expect(client.timers.has(`pending ${CHANNEL}`)).toBe(false);
  });

  test('given several pending channels, then one request covers all', () => {
    client.live(3);
    client.live(3, 'chat:other');
    client.advance(SYNC_INTERVAL);
    const ok = { verdict: 'pending', origins: [ORIGIN], cursor: cursorAt(3), messages: [], more: false };
    client.reply(client.sent('sync').at(-1)!, { channels: { [CHANNEL]: ok, 'chat:other': ok } });
    client.advance(PENDING_RETRY);
    expect(client.sent('sync').slice(1)).toMatchObject([
      { channels: { [CHANNEL]: cursorAt(3), 'chat:other': cursorAt(3) } },
    ]);
  });

  test('when pushes have moved the cursor, then a retry still asks from the pending position', () => {
    synced();
    client.push([4, 5]);
    pending();
    client.advance(PENDING_RETRY);
    expect(askedFrom(client.sent('sync').at(-1)!)).toBe(cursorAt(3));
    // A page of what was seen, and more of it.
    answer({ messages: [message(4)], cursor: cursorAt(4), more: true });
    client.advance(SYNC_INTERVAL);
    expect(askedFrom(client.sent('sync').at(-1)!)).toBe(cursorAt(5));
    expect([asked('subscribe'), client.verdicts]).toEqual([1, []]);
  });

  test('when a push or an answer brought something, then the delay restarts', () => {
    synced();
    for (let i = 0; i < 4; i++) {
      pending();
      client.advance(wait());
    }
    client.push([4]);
    expect(wait()).toBe(PENDING_RETRY);
    client.push([5]);
    client.advance(PENDING_RETRY);
    expect(wait()).toBe(2 * PENDING_RETRY);
    pending({ messages: [message(4), message(5), message(6)], cursor: cursorAt(6) });
    expect([wait(), client.seqs, asked('subscribe')]).toEqual([PENDING_RETRY, [4, 5, 6], 1]);
  });

  test('when the answer reports a loss, then it subscribes again', () => {
    synced();
    pending();
    client.advance(PENDING_RETRY);
    answer({ verdict: 'expired', origins: [ORIGIN], cursor: cursorAt(9) });
    expect(client.sent('subscribe').at(-1)).toMatchObject({ cursor: cursorAt(3) });
  });
});

describe('reports to the application', () => {
  test('when the first retry is complete, then nothing is reported', () => {
    synced();
    pending();
    client.advance(PENDING_RETRY);
    answer({ messages: [message(4)], cursor: cursorAt(4) });
    expect([client.verdicts, client.seqs, asked('subscribe')]).toEqual([[], [4], 1]);
  });

  test('when the retry is pending too, then `pending` is reported once, and `complete` at the end', () => {
    synced();
    for (let i = 0; i < 3; i++) {
      pending();
      client.advance(wait());
    }
    expect(client.verdicts).toEqual([{ channel: CHANNEL, verdict: 'pending', origins: [ORIGIN] }]);
    answer();
    expect(verdicts()).toEqual(['pending', 'complete']);
  });

  test('when the cursor is of a later version, then the channel detaches with the reason', () => {
    synced();
    pending({ cursor: '2!future' });
    expect(client.of('channelState').at(-1)).toMatchObject({ state: 'detached', reason: { error: 'cursor_invalid' } });
  });
});

describe('gaps while origins are pending', () => {
  test('given a gap at the pending position, then there is no subscribe, and the retry fills it', () => {
    synced();
    pending();
    client.push([5]);
    client.advance(HOLD);
    expect(asked('subscribe')).toBe(1);
    client.advance(PENDING_RETRY);
    answer({ messages: [message(4)], cursor: cursorAt(4) });
    expect([client.seqs, asked('subscribe')]).toEqual([[4, 5], 1]);
  });

  test('given a gap of another origin, then it is repaired as usual', () => {
    const at = encodeCursor({ [ORIGIN]: { epoch: EPOCH, seq: 3 }, [US]: { epoch: EPOCH, seq: 3 } });
    client.connect();
    client.core.subscribe(CHANNEL);
    client.answer({ cursor: at });
    client.advance(SYNC_INTERVAL);
    pending();
    client.push([5], { origin: US });
    client.advance(HOLD);
    expect(client.sent('subscribe').at(-1)).toMatchObject({ cursor: at });
  });

  test('given a gap behind a push that passed the pending position, then it is repaired as usual', () => {
    synced();
    pending();
    client.push([4]);
    client.push([6]);
    client.advance(HOLD);
    expect(client.sent('subscribe').at(-1)).toMatchObject({ cursor: cursorAt(4) });
  });

  test('given a gap that the retry does not fill, then it is repaired as usual', () => {
    synced();
    pending();
    client.push([6]);
    client.advance(PENDING_RETRY);
    answer({ messages: [message(4)], cursor: cursorAt(4) });
    client.advance(HOLD);
    expect(client.sent('subscribe').at(-1)).toMatchObject({ cursor: cursorAt(4) });
  });
});
