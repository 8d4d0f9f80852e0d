// Requests and channels that must not be confused with each other: other channels, other sockets, other kinds of request.
import { RealtimeError } from '../../../protocol';
import { CHANNEL, ClientHarness, cursorAt, message } from '../../support/client/client-harness';

const OTHER = 'chat:other';
const ROTATE = 120 * 60_000;

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
});

const history = (channel = CHANNEL, timeout?: number): number =>
  client.call((call) => {
    client.core.call({ kind: 'history', channel, fields: { limit: 5 }, call, timeout });
  });

/** The successor of the socket in use is open, and not used yet. */
function openSuccessor(): number {
  client.fire('rotate');
  return client.openNext();
}

describe('unknown channels', () => {
  test('when a push of a channel comes that was never subscribed, then the server is told to end it', () => {
    client.live(0);
    client.push([1], { channel: OTHER });
    expect(client.sent('unsubscribe')).toMatchObject([{ channel: OTHER }]);
  });

  test('when a sync answers for a channel that is unknown, then it is ignored', () => {
    client.live(3);
    client.core.timer('sync');
    const [request] = client.sent('sync');
    expect(request).toBeDefined();
    const ok = { cursor: cursorAt(9), verdict: 'complete', messages: [message(9)], more: false };
    client.reply(request!, {
      channels: {
        [OTHER]: ok,
        'chat:third': { error: { code: 40103, name: 'capability_missing', message: '', retry: 'never' } },
      },
    });
    expect([client.seqs, client.of('channelState').filter(({ channel }) => channel !== CHANNEL)]).toEqual([[], []]);
  });

  test('when a gap timer of an unknown channel fires, then nothing happens', () => {
    client.connect();
    const before = client.commands.length;
    client.core.timer('gap chat:nowhere');
    expect(client.commands).toHaveLength(before);
  });

  test('when history of an unknown channel is answered, then the channel is not subscribed', () => {
    client.connect();
    const call = history(OTHER);
    client.reply(client.sent('history')[0]!, { messages: [] });
    expect([client.outcome(call), client.sent('subscribe')]).toEqual([{ value: { messages: [] } }, []]);
  });
});

describe('syncs', () => {
  test('then the frame names no single channel', () => {
    client.live(3);
    client.core.timer('sync');
    const { text } = client.of('send').at(-1)!;
    expect(Object.keys(JSON.parse(text))).toEqual(['action', 'id', 'channels']);
  });

  test.each(['sync', `pending ${CHANNEL}`])(
    'while disconnected, when the timer "%s" fires, then nothing is sent or set',
    (name) => {
      const socket = client.live(3);
      client.core.closed(socket);
      const before = client.commands.length;
      client.core.timer(name);
      expect(client.commands.slice(before)).toEqual([]);
    },
  );

  test('given one channel that is pending, then only that is asked for', () => {
    client.live(3);
    client.core.subscribe(OTHER);
    client.answer({ cursor: cursorAt(5), verdict: 'pending', origins: ['eu-west-1'] });
    client.fire(`pending ${OTHER}`);
    expect(client.sent('sync').at(-1)).toMatchObject({ channels: { [OTHER]: cursorAt(5) } });
    expect(Object.keys((client.sent('sync').at(-1) as any).channels)).toEqual([OTHER]);
  });

  test('given an error that may be gone at the next sync, then the channel stays live, and no token is fetched', () => {
    client.live(3);
    client.core.timer('sync');
    client.reply(client.sent('sync')[0]!, {
      channels: { [CHANNEL]: { error: { code: 42900, name: 'throttled', message: '', retry: 'backoff' } } },
    });
    expect([client.channelState, client.of('fetchToken')]).toEqual(['live', [{ type: 'fetchToken', attempt: 1 }]]);
  });
});

describe('other requests on the channel', () => {
  test('when history is answered, then a live channel is not subscribed again', () => {
    client.live(3);
    history();
    client.reply(client.sent('history')[0]!, { messages: [] });
    expect(client.sent('subscribe')).toHaveLength(1);
  });

  test('when history times out, then the call fails with the reason, and a live channel is not subscribed again', () => {
    client.live(3);
    const call = history(CHANNEL, 1_000);
    client.refuse(client.sent('history')[0]!, 'throttled');
    client.random = () => 0.999;
    client.advance(1_000);
    expect(client.outcome(call)).toMatchObject({
      error: {
        error: 'request_timeout',
        cause: { error: 'throttled' },
        message: expect.stringContaining(new RealtimeError('throttled').message),
      },
    });
    expect(client.sent('subscribe')).toHaveLength(1);
  });

  test('given an unsubscribe in flight, then other channels are subscribed at once', () => {
    client.live(3);
    client.unsubscribe();
    client.core.subscribe(OTHER);
    expect(client.sent('subscribe').at(-1)).toMatchObject({ channel: OTHER });
  });

  test('when API Gateway reports a failed function, then an unsubscribe is not sent again, and history is, without `retry`', () => {
    const socket = client.live(3);
    client.unsubscribe();
    history(OTHER);
    client.core.received(socket, '{"message":"Internal server error","connectionId":"c","requestId":"r"}');
    client.advance(2_000);
    expect(client.sent('unsubscribe')).toHaveLength(1);
    const [first, again] = client.sent('history');
    expect(again).toEqual(first);
  });

  test('given a time before the request, then the latency counts from its sending', () => {
    client.connect();
    client.advance(5_000);
    history();
    client.advance(30);
    client.reply(client.sent('history')[0]!, { messages: [] });
    expect(client.of('latency')).toEqual([{ type: 'latency', ms: 30 }]);
  });
});

describe('subscribes', () => {
  test('given a stored cursor, then the subscribe has no rewind', () => {
    client.connect();
    client.core.channel(CHANNEL).restore(cursorAt(7));
    client.core.subscribe(CHANNEL, { last: 5 });
    const [sent] = client.sent('subscribe');
    expect([sent!.cursor, 'rewind' in sent!]).toEqual([cursorAt(7), false]);
  });

  test('when an answer lacks what every answer has, then the fault is not hidden', () => {
    client.connect();
    client.core.subscribe(CHANNEL);
    expect(() => {
      client.reply(client.sent('subscribe')[0]!, { cursor: cursorAt(1), verdict: 'complete', more: false });
    }).toThrow(TypeError);
  });

  test('given a channel that was unsubscribed, then neither a successor nor the next connection subscribes to it', () => {
    const socket = client.live(3);
    client.unsubscribe();
    client.reply(client.sent('unsubscribe')[0]!, {});
    const successor = openSuccessor();
    expect(client.sent('subscribe', successor)).toEqual([]);
    client.core.closed(socket);
    client.core.closed(successor);
    client.advance(ROTATE / 100);
    const next = client.openNext();
    expect(client.sent('subscribe', next)).toEqual([]);
  });

  test('given a successor, when its answer has more pages, then the next is asked for on the successor only', () => {
    const socket = client.live(3);
    const successor = openSuccessor();
    const before = client.sent('subscribe', socket).length;
    client.answer({ cursor: cursorAt(4), messages: [message(4)], more: true }, successor);
    expect(client.sent('subscribe', successor)).toHaveLength(2);
    expect(client.sent('subscribe', socket)).toHaveLength(before);
  });

  test('given a successor that subscribes, when the channel subscribes again, then only the new answers count', () => {
    const socket = client.live(3);
    const successor = openSuccessor();
    const [old] = client.sent('subscribe', successor);
    client.push([5], { socket });
    client.fire(`gap ${CHANNEL}`);
    expect(client.sent('subscribe', successor)).toHaveLength(2);
    client.reply(old!, { cursor: cursorAt(9), verdict: 'complete', messages: [message(9)], more: false });
    expect(client.seqs).toEqual([]);
    client.answer({ messages: [message(4)] }, successor);
    expect(client.of('close').map((one) => one.socket)).toEqual([socket]);
    expect(client.seqs).toEqual([4, 5]);
  });
});

describe('retries', () => {
  test('given a successor, when a request on the socket in use is throttled, then it is sent again on that socket', () => {
    const socket = client.live(3);
    openSuccessor();
    history();
    client.refuse(client.sent('history')[0]!, 'throttled');
    client.advance(2_000);
    expect(client.sent('history').map((one) => one.socket)).toEqual([socket, socket]);
  });

  test('given a successor, when its subscribe is throttled, then it is sent again on the successor', () => {
    client.live(3);
    const successor = openSuccessor();
    client.refuse(client.sent('subscribe', successor)[0]!, 'throttled');
    client.advance(2_000);
    expect(client.sent('subscribe', successor)).toHaveLength(2);
  });

  test('when a request was answered before its retry, then it is not sent again', () => {
    const socket = client.live(3);
    history();
    client.core.received(socket, '{"message":"Internal server error","connectionId":"c","requestId":"r"}');
    const { id } = client.sent('history')[0]!;
    client.reply(client.sent('history')[0]!, { messages: [] });
    expect([...client.timers.keys()].filter((name) => name.startsWith('re'))).toEqual([]);
    client.core.timer(`retry ${id}`);
    client.core.timer(`request ${id}`);
    expect(client.sent('history')).toHaveLength(1);
  });
});
