// Unsubscribing: its answer, its timeout, and lost or replaced connections.
import { CHANNEL, ClientHarness, cursorAt, message } from '../../support/client/client-harness';

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
});

describe('unsubscribe', () => {
  test('when it is called, then the server is told, and no message is delivered', () => {
    client.live(0);
    const call = client.unsubscribe();
    client.push([1]);
    expect([client.seqs, client.channelState]).toEqual([[], 'detached']);
    client.reply(client.sent('unsubscribe')[0]!, {});
    expect(client.outcome(call)).toEqual({ value: {} });
  });

  test('while a subscribe is in flight, then its answer is ignored', () => {
    client.connect();
    client.core.subscribe(CHANNEL);
    client.unsubscribe();
    client.answer({ cursor: cursorAt(0) });
    expect(client.channelState).toBe('detached');
  });

  test('when the channel is subscribed again, then it waits for the answer, and resumes at the cursor', () => {
    client.live(3);
    client.unsubscribe();
    client.core.subscribe(CHANNEL);
    expect(client.sent('subscribe')).toHaveLength(1);
    client.reply(client.sent('unsubscribe')[0]!, {});
    expect(client.sent('subscribe').at(-1)!.cursor).toBe(cursorAt(3));
    client.answer({ messages: [message(4)] });
    expect([client.seqs, client.channelState]).toEqual([[4], 'live']);
  });

  test('when it is refused, then the channel can be subscribed again', () => {
    client.live(3);
    const call = client.unsubscribe();
    client.core.subscribe(CHANNEL);
    client.refuse(client.sent('unsubscribe')[0]!, 'channel_name_invalid');
    expect(client.outcome(call)).toHaveProperty('error');
    expect(client.sent('subscribe')).toHaveLength(2);
  });

  test('when it times out, then the socket is closed, because the server may still handle it', () => {
    const first = client.live(3);
    const call = client.unsubscribe();
    client.core.subscribe(CHANNEL);
    client.advance(10_000);
    expect(client.outcome(call)).toMatchObject({ error: { error: 'request_timeout' } });
    expect(client.of('close')).toEqual([{ type: 'close', socket: first }]);
    client.advance(500);
    const second = client.openNext();
    expect(client.sent('subscribe', second)).toMatchObject([{ channel: CHANNEL, cursor: cursorAt(3) }]);
  });

  test('when the connection is lost, then it resolves, and the next connection subscribes again', () => {
    const first = client.live(3);
    const call = client.unsubscribe();
    client.core.subscribe(CHANNEL);
    client.core.closed(first);
    expect(client.outcome(call)).toEqual({ value: undefined });
    client.advance(500);
    const second = client.openNext();
    expect(client.sent(undefined, second).map(({ action }) => action)).toEqual(['subscribe']);
  });

  test('when a successor takes over, then it resolves', () => {
    client.live(3);
    client.core.subscribe('chat:other');
    client.answer({ cursor: cursorAt(0) });
    client.publish(1);
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    const successor = client.openNext();
    const call = client.unsubscribe();
    client.core.subscribe(CHANNEL);
    client.answer({}, successor);
    expect(client.outcome(call)).toEqual({ value: undefined });
    expect(client.sent('subscribe').at(-1)).toMatchObject({ socket: successor, channel: CHANNEL, cursor: cursorAt(3) });
  });

  test('when pushes still arrive, then it is sent again', () => {
    client.live(0);
    client.unsubscribe();
    client.reply(client.sent('unsubscribe')[0]!, {});
    client.push([1]);
    client.push([2]);
    expect([client.sent('unsubscribe').length, client.seqs]).toEqual([2, []]);
  });
});
