// Verdicts, stored cursors, and listeners that act within an event.
import { CHANNEL, ClientHarness, cursorAt, message, ORIGIN } from '../../support/client/client-harness';

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
  client.random = () => 0;
});

describe('verdicts', () => {
  const resume = (): void => {
    client.core.channel(CHANNEL).restore(cursorAt(1));
    client.connect();
    client.core.subscribe(CHANNEL);
  };

  test('a first subscribe reports none, a resume reports one', () => {
    client.live(1);
    expect(client.verdicts).toEqual([]);
    client.core.closed(client.socket);
    client.advance(500);
    client.openNext();
    client.answer();
    expect(client.verdicts).toEqual([{ channel: CHANNEL, verdict: 'complete', origins: [] }]);
  });

  test('when an answer has more pages, then they are requested, and `complete` is reported with the last', () => {
    resume();
    client.answer({ messages: [message(2)], more: true });
    expect([client.channelState, client.verdicts]).toEqual(['subscribing', []]);
    client.push([5]);
    client.answer({ messages: [message(3)], more: true });
    client.answer({ messages: [message(4)] });
    expect(client.sent('subscribe').map(({ cursor }) => cursor)).toEqual([cursorAt(1), cursorAt(2), cursorAt(3)]);
    expect(client.seqs).toEqual([2, 3, 4, 5]);
    expect([client.channelState, client.verdicts.length]).toEqual(['live', 1]);
  });

  test('when a page reports a loss, then the last page does not report `complete`', () => {
    resume();
    client.answer({ verdict: 'expired', origins: [ORIGIN], messages: [message(7)], more: true });
    client.answer({ messages: [message(8)] });
    expect(client.seqs).toEqual([7, 8]);
    expect(client.verdicts.map(({ verdict }) => verdict)).toEqual(['expired']);
  });
});

describe('a stored cursor', () => {
  test('when the channel has a cursor already, then it is ignored', () => {
    client.live(5);
    client.core.channel(CHANNEL).restore(cursorAt(2));
    client.push([6]);
    expect(client.seqs).toEqual([6]);
  });

  test('when it can not be read, then restore() throws', () => {
    expect(() => client.core.channel(CHANNEL).restore('nonsense')).toThrow(
      expect.objectContaining({ error: 'cursor_invalid' }),
    );
  });

  test('when the server sends a cursor of a later version, then the channel detaches with the reason', () => {
    client.connect();
    client.core.subscribe(CHANNEL);
    client.answer({ cursor: '2!future' });
    expect(client.of('channelState').at(-1)).toMatchObject({ state: 'detached', reason: { error: 'cursor_invalid' } });
  });
});

describe('a listener', () => {
  const once = (act: () => void): void => {
    client.listener = ({ type }) => {
      if (type !== 'message') return;
      client.listener = () => undefined;
      act();
    };
  };

  test('when it unsubscribes within a page, then the rest is not delivered, and the cursor stays there', () => {
    client.core.channel(CHANNEL).restore(cursorAt(0));
    client.connect();
    client.core.subscribe(CHANNEL);
    once(() => client.unsubscribe());
    client.answer({ messages: [message(1), message(2)], more: true });
    expect([client.seqs, client.channelState]).toEqual([[1], 'detached']);
    expect(client.core.channel(CHANNEL).cursorText).toBe(cursorAt(1));
    expect(client.sent('subscribe')).toHaveLength(1);
  });

  test('when it unsubscribes within a push, then the rest is not delivered', () => {
    client.live(0);
    once(() => client.unsubscribe());
    client.push([1, 2, 3]);
    expect([client.seqs, client.channelState]).toEqual([[1], 'detached']);
  });

  test('when it reconnects within a push, then the rest is delivered once, after the resume', () => {
    client.live(0);
    once(() => {
      client.core.reconnect();
    });
    client.push([1, 2, 3]);
    expect(client.channelState).toBe('subscribing');
    client.advance(500);
    client.openNext();
    client.answer({ messages: [message(2), message(3)] });
    expect(client.seqs).toEqual([1, 2, 3]);
  });

  test('when it closes the client within a page, then nothing follows', () => {
    client.core.channel(CHANNEL).restore(cursorAt(0));
    client.connect();
    client.core.subscribe(CHANNEL);
    once(() => {
      client.core.close();
    });
    client.answer({ messages: [message(1), message(2)] });
    expect([client.seqs, client.channelState, client.timers.size]).toEqual([[1], 'detached', 0]);
  });

  test.each([
    ['unsubscribe', () => client.unsubscribe()],
    [
      'close',
      () => {
        client.core.close();
      },
    ],
  ])('when it calls %s on the event latency, then the channel stays detached', (_, act) => {
    client.connect();
    client.core.subscribe(CHANNEL);
    client.listener = ({ type }) => {
      if (type === 'latency') act();
    };
    client.answer({ cursor: cursorAt(0) });
    expect(client.channelState).toBe('detached');
    client.advance(60_000);
    client.push([1]);
    expect([client.seqs, client.channelState]).toEqual([[], 'detached']);
  });
});
