// Calls of the application: answered, refused with each retry class, timed out, or sent again on the next connection.
import { CHANNEL, ClientHarness, cursorAt } from '../../support/client/client-harness';

const OK = { origin: 'eu-west-1', epoch: '0m3x0k2p9', seqs: [1], ids: ['p0'] };

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
});

describe('publish', () => {
  test('when it is acknowledged, then it resolves, and the latency is reported', () => {
    client.connect();
    const call = client.publish('hello', 'm1');
    const [sent] = client.sent('publish');
    expect(sent).toMatchObject({ channel: CHANNEL, messages: [{ id: 'm1', data: 'hello' }] });
    client.advance(42);
    client.reply(sent!, OK);
    expect([client.outcome(call), client.of('latency')]).toEqual([{ value: OK }, [{ type: 'latency', ms: 42 }]]);
    client.reply(sent!, OK);
    expect(client.of('resolve')).toHaveLength(1);
  });

  test('when its timeout passes, then it fails with request_timeout', () => {
    client.connect();
    const [usual, short] = [client.publish(1), client.publish(2, 'm2', 300)];
    client.advance(300);
    expect(client.outcome(short)).toMatchObject({ error: { error: 'request_timeout', retry: 'reconnect' } });
    expect(client.outcome(usual)).toBeUndefined();
    client.advance(9_700);
    expect(client.outcome(usual)).toMatchObject({ error: { error: 'request_timeout' } });
  });

  test('while disconnected, then it waits, and its timeout runs', () => {
    const call = client.publish(1);
    client.advance(10_000);
    expect(client.outcome(call)).toMatchObject({ error: { error: 'request_timeout' } });
    client.openNext();
    expect(client.sent('publish')).toEqual([]);
  });

  test('while disconnected, when it times out, then the cause is why there is no connection', () => {
    const failed = client.publish(1);
    client.core.tokenFailed(1, new Error('no session'));
    client.advance(10_000);
    expect(client.outcome(failed)).toMatchObject({
      error: { error: 'request_timeout', cause: { error: 'token_provider_failed', cause: { message: 'no session' } } },
    });
    client.openNext();
    const silent = client.publish(2);
    client.advance(10_000);
    expect(client.outcome(silent)).toMatchObject({ error: { error: 'request_timeout', cause: undefined } });
  });

  test('when API Gateway reports a failed function, then requests without an answer are sent again, with retry', () => {
    const socket = client.connect();
    const [answered, failed] = [client.publish('x', 'a'), client.publish('y', 'b', undefined, 'chat:other')];
    client.core.received(
      socket,
      JSON.stringify({ message: 'Internal server error', connectionId: 'c', requestId: 'r' }),
    );
    const [first] = client.sent('publish');
    client.reply(first!, OK);
    client.advance(1_000);
    // API Gateway does not say which request failed: what is answered meanwhile is not sent again.
    expect(client.sent('publish').map(({ messages, retry }: any) => [messages[0].id, retry])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['b', true],
    ]);
    client.reply(client.sent('publish').at(-1)!, OK);
    expect([client.outcome(answered), client.outcome(failed)]).toEqual([{ value: OK }, { value: OK }]);
  });

  test('when the connection is lost, then it is sent again on the next one, with the same id', () => {
    const first = client.connect();
    const call = client.publish('x', 'same');
    client.core.closed(first);
    client.advance(500);
    const second = client.openNext();
    const [before, after] = client.sent('publish');
    expect(after).toEqual({ ...before, socket: second, retry: true });
    client.reply(after!, OK);
    expect(client.outcome(call)).toEqual({ value: OK });
  });

  test.each([
    ['a BigInt', { messages: [{ id: 'a', data: 1n }] }, 'message_invalid'],
    ['no messages', { messages: [] }, 'batch_invalid'],
    ['data that is undefined', { messages: [{ id: 'a', data: undefined }] }, 'message_invalid'],
    ['an id that is none', { messages: [{ id: '?', data: 1 }] }, 'message_invalid'],
    ['more than a frame holds', { messages: [{ id: 'a', data: 'x'.repeat(25_000) }] }, 'payload_too_large'],
  ])('given %s, then it is refused without being sent', (_, fields, error) => {
    client.connect();
    const call = client.call((one) => {
      client.core.call({ kind: 'publish', channel: CHANNEL, fields, call: one });
    });
    expect(client.outcome(call)).toMatchObject({ error: { error } });
    expect([client.sent('publish'), [...client.timers.keys()].filter((name) => name.startsWith('request'))]).toEqual([
      [],
      [],
    ]);
  });

  test('given circular data, then it is refused with the reason', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(client.outcome(client.publish(loop))).toMatchObject({
      error: { error: 'message_invalid', message: expect.stringContaining('levels deep') },
    });
  });

  test('given data that JSON can not hold, then it is refused with the reason', () => {
    expect(client.outcome(client.publish(1n))).toMatchObject({
      error: { error: 'message_invalid', cause: expect.any(TypeError) },
    });
  });
});

describe('a refusal with retry class', () => {
  test('never: then the call fails with the error', () => {
    client.connect();
    const call = client.publish(1);
    client.refuse(client.sent('publish')[0]!, 'capability_missing');
    expect(client.outcome(call)).toMatchObject({ error: { error: 'capability_missing', code: 40103 } });
  });

  test('never, of a subscribe: then the channel detaches with the reason, and may be subscribed again', () => {
    client.connect();
    client.core.subscribe(CHANNEL);
    client.refuse(client.sent('subscribe')[0]!, 'capability_missing');
    expect(client.of('channelState').at(-1)).toMatchObject({
      state: 'detached',
      reason: { error: 'capability_missing' },
    });
    client.core.subscribe(CHANNEL);
    client.answer({ cursor: cursorAt(0) });
    expect(client.channelState).toBe('live');
  });

  test('backoff: then it is sent again later, with the same id', () => {
    client.connect();
    const call = client.publish(1, 'same');
    client.refuse(client.sent('publish')[0]!, 'throttled');
    expect(client.sent('publish')).toHaveLength(1);
    client.advance(1_000);
    const [before, after] = client.sent('publish');
    expect(after).toEqual({ ...before, retry: true });
    client.reply(after!, OK);
    expect(client.outcome(call)).toEqual({ value: OK });
  });

  test('backoff, until the timeout: then the cause is the error of the server', () => {
    client.connect();
    const call = client.publish(1);
    client.listener = (command) => {
      if (command.type !== 'send') return;
      const { id, action } = JSON.parse(command.text);
      if (action === 'publish') client.refuse({ id, socket: command.socket }, 'throttled');
    };
    client.refuse(client.sent('publish')[0]!, 'throttled');
    client.advance(10_000);
    expect(client.outcome(call)).toMatchObject({
      error: { error: 'request_timeout', message: expect.stringContaining('throttled'), cause: { code: 42900 } },
    });
    expect(client.sent('ping')).toEqual([]);
  });

  test('backoff, and the connection is lost meanwhile: then it is sent once on the next one', () => {
    const first = client.connect();
    client.publish(1);
    client.random = () => 0.999;
    client.refuse(client.sent('publish')[0]!, 'throttled');
    client.random = () => 0.1;
    client.core.closed(first);
    client.advance(100);
    const second = client.openNext();
    client.advance(5_000);
    expect(client.sent('publish', second)).toHaveLength(1);
  });

  test('backoff, of a subscribe: then it is sent again later', () => {
    client.connect();
    client.core.subscribe(CHANNEL);
    client.refuse(client.sent('subscribe')[0]!, 'store_unavailable');
    client.advance(1_000);
    client.answer({ cursor: cursorAt(0) });
    expect(client.channelState).toBe('live');
  });

  test('reconnect: then the call is sent again on a new connection', () => {
    const first = client.live();
    const call = client.publish(1);
    client.refuse(client.sent('publish')[0]!, 'connection_gone');
    expect(client.of('close')).toEqual([{ type: 'close', socket: first }]);
    expect(client.of('state').at(-1)).toMatchObject({ state: 'disconnected', reason: { error: 'connection_gone' } });
    client.advance(500);
    const second = client.openNext();
    client.reply(client.sent('publish', second)[0]!, OK);
    expect(client.outcome(call)).toEqual({ value: OK });
  });

  test('renew: then a successor with a new token is opened, and the call is sent on it', () => {
    const old = client.live(1);
    const call = client.publish(1);
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    expect([client.of('close'), client.core.state, client.of('fetchToken').length]).toEqual([[], 'connected', 2]);
    const successor = client.openNext('new token');
    client.answer({}, successor);
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    client.reply(client.sent('publish', successor)[0]!, OK);
    expect(client.outcome(call)).toEqual({ value: OK });
  });

  test('renew, of a subscribe: then the successor answers it, and it is not sent again', () => {
    client.connect();
    client.core.subscribe(CHANNEL);
    client.refuse(client.sent('subscribe')[0]!, 'token_expired');
    const successor = client.openNext('new token');
    client.answer({ cursor: cursorAt(0) }, successor);
    expect(client.channelState).toBe('live');
    const asked = client.sent('subscribe').length;
    client.advance(30_000);
    expect(client.sent('subscribe')).toHaveLength(asked);
  });

  test('renew, and the token provider fails: then the state is disconnected, and the call waits', () => {
    const old = client.live(1);
    const call = client.publish(1);
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    client.core.tokenFailed(client.of('fetchToken').at(-1)!.attempt, new Error('no session'));
    expect(client.of('close')).toEqual([{ type: 'close', socket: old }]);
    expect(client.of('state').at(-1)).toMatchObject({ state: 'disconnected', reason: { error: 'token_expired' } });
    expect([client.channelState, client.outcome(call)]).toEqual(['subscribing', undefined]);
    client.advance(500);
    const successor = client.openNext('new token');
    client.reply(client.sent('publish', successor)[0]!, OK);
    expect(client.outcome(call)).toEqual({ value: OK });
  });

  test('renew, and a successor took over: then a later successor that fails does not end the connection', () => {
    client.live(1);
    client.publish(1);
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    const successor = client.openNext('new token');
    client.answer({}, successor);
    client.fire('rotate');
    client.core.tokenFailed(client.of('fetchToken').at(-1)!.attempt, new Error('no session'));
    expect([client.core.state, client.channelState]).toEqual(['connected', 'live']);
  });

  test('reconnect, on a successor: then it is closed, and the socket in use stays', () => {
    const old = client.live(1);
    client.fire('rotate');
    const successor = client.openNext();
    client.refuse(client.sent('subscribe', successor)[0]!, 'connection_gone');
    expect([client.of('close'), client.core.state]).toEqual([[{ type: 'close', socket: successor }], 'connected']);
    client.push([2], { socket: old });
    expect(client.seqs).toEqual([2]);
  });

  test('of an unknown code: then its range decides', () => {
    client.connect();
    const [again, never] = [client.publish(1), client.publish(2, 'm2', undefined, 'chat:other')];
    const refuse = (i: number, code: number): void => {
      const error = { code, name: 'of_the_future', message: 'A later error.', retry: 'never', help: '' };
      client.core.received(client.socket, JSON.stringify({ id: client.sent('publish')[i]!.id, error }));
    };
    refuse(0, 50_999);
    refuse(1, 40_199);
    client.advance(1_000);
    expect(client.outcome(again)).toBeUndefined();
    expect(client.sent('publish')).toHaveLength(3);
    expect(client.outcome(never)).toMatchObject({ error: { code: 40_199, message: 'A later error.' } });
  });
});
