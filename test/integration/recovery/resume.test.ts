// Resumes: missed messages are delivered, or their loss is reported.
import { encodeCursor, EPOCH_END } from '../../../protocol';
import { until } from '../../support/until';
import { ORIGIN, scenario, useRig, type Watched, type TestClient } from './rig';

const rig = useRig();

/** A client that is live on a channel, and has got message 1. */
async function seenOne(channel: string): Promise<Watched & { readonly testClient: TestClient }> {
  const testClient = rig().testClient();
  const watched = testClient.watch(channel);
  await watched.live();
  await rig().publish(channel, 1);
  await watched.got(1);
  return { ...watched, testClient };
}

scenario('centrifugo/recover-after-disconnect', async () => {
  const { got, verdicts, gaps } = await seenOne('chat:recover');
  await rig().proxy.down();
  await rig().publish('chat:recover', 2, 3, 4);
  await rig().proxy.up();
  await got(1, 2, 3, 4);
  expect([verdicts, gaps]).toEqual([['complete'], []]);
  await rig().publish('chat:recover', 5);
  await got(1, 2, 3, 4, 5);
});

scenario('centrifugo/recover-after-resubscribe', async () => {
  const { got, channel, verdicts, gaps, testClient } = await seenOne('chat:again');
  await channel.unsubscribe();
  await rig().publish('chat:again', 2, 3, 4);
  channel.subscribe();
  await got(1, 2, 3, 4);
  expect([verdicts, gaps]).toEqual([['complete'], []]);
  await rig().publish('chat:again', 5);
  await got(1, 2, 3, 4, 5);
  expect(testClient.states).toEqual(['connecting', 'connected']);
});

scenario('centrifugo/history-too-short', async () => {
  const { got, verdicts, gaps, messages } = await seenOne('chat:short');
  await rig().proxy.down();
  await rig().publish('chat:short', 2, 3, 4, 5);
  await rig().expire('chat:short', 3);
  await rig().proxy.up();
  await got(1, 4, 5);
  const { epoch } = messages[0]!;
  expect(verdicts).toEqual(['expired']);
  expect(gaps).toEqual([
    {
      channel: 'chat:short',
      origin: ORIGIN,
      reason: 'expired',
      after: { epoch, seq: 1 },
      next: { epoch, seq: 4 },
    },
  ]);
  await rig().publish('chat:short', 6);
  await got(1, 4, 5, 6);
});

scenario('centrifugo/unsubscribe-while-recovering', async () => {
  const { got, channel, testClient, messages } = await seenOne('chat:listener');
  // Before the first message, then after it.
  for (const event of ['verdict', 'message'] as const) {
    await channel.unsubscribe();
    await rig().publish('chat:listener', event, `after ${event}`);
    const had = messages.length;
    const once = channel.on(event, () => {
      once();
      void channel.unsubscribe();
    });
    channel.subscribe();
    await until(() => channel.state === 'detached', 'the listener has unsubscribed');
    expect(messages.length - had).toBe(event === 'message' ? 1 : 0);
    channel.subscribe();
    await until(() => channel.state === 'live', 'it is live again');
  }
  await rig().publish('chat:listener', 'live');
  await got(1, 'verdict', 'after verdict', 'message', 'after message', 'live');
  expect(testClient.states).toEqual(['connecting', 'connected']);
});

scenario('ably/disconnect-triggers-resume', async () => {
  const { got, testClient, channel, verdicts, states } = await seenOne('chat:closed');
  rig().proxy.accept = 503;
  rig().proxy.link.close(1001);
  await until(() => testClient.client.state === 'disconnected', 'the client is disconnected');
  expect(channel.state).toBe('subscribing');
  await rig().publish('chat:closed', 2, 3);
  rig().proxy.accept = 'through';
  await got(1, 2, 3);
  expect(testClient.reasons[0]).toBe('connection_closed');
  expect([verdicts, states]).toEqual([['complete'], ['subscribing', 'live', 'subscribing', 'live']]);
});

scenario('ably/tcp-close-without-close-frame', async () => {
  const { got, testClient, verdicts } = await seenOne('chat:cut');
  for (const [i, how] of (['end', 'reset'] as const).entries()) {
    rig().proxy.link.cut(how);
    await until(() => testClient.reasons.length > i, `the client has noticed the ${how}`);
    await rig().publish('chat:cut', how);
    await until(() => verdicts.length > i, 'the client has resumed');
  }
  await got(1, 'end', 'reset');
  expect([testClient.reasons, verdicts]).toEqual([
    ['connection_closed', 'connection_closed'],
    ['complete', 'complete'],
  ]);
});

scenario('ably/resume-preserves-connid', async () => {
  const { got, channel, messages, verdicts, testClient } = await seenOne('chat:same');
  await channel.publish('mine');
  await got(1, 'mine');
  const cursor = channel.cursor;
  rig().proxy.link.cut();
  await until(() => verdicts.length === 1, 'the client has resumed');
  expect([verdicts, channel.cursor]).toEqual([['complete'], cursor]);
  await channel.publish('mine too');
  await got(1, 'mine', 'mine too');
  expect(new Set(messages.map(({ epoch }) => epoch)).size).toBe(1);
  expect(messages.map(({ seq, from }) => [seq, from])).toEqual([
    [1, 'publisher'],
    [2, 'testClient'],
    [3, 'testClient'],
  ]);
  expect(testClient.states).toEqual(['connecting', 'connected', 'disconnected', 'connecting', 'connected']);
});

scenario('ably/failed-resume-new-connid', async () => {
  const { got, channel, messages, verdicts, gaps } = await seenOne('chat:anew');
  await rig().proxy.down();
  await rig().expire('chat:anew');
  await rig().publishByHttp('chat:anew', 'a');
  await rig().publishByHttp('chat:anew', 'b');
  const published = channel.publish('unsent');
  await rig().proxy.up();
  await got(1, 'a', 'b', 'unsent');
  const [first, second] = messages;
  expect(second!.epoch > first!.epoch).toBe(true);
  expect([verdicts, gaps]).toMatchObject([
    ['reset'],
    [{ reason: 'reset', after: { epoch: first!.epoch, seq: 1 }, next: { epoch: second!.epoch, seq: 1 } }],
  ]);
  await expect(published).resolves.toMatchObject({ epoch: second!.epoch, seq: 3 });
  expect(await rig().stored('chat:anew')).toEqual(['a', 'b', 'unsent']);
});

scenario('ably/ttl-expiry-clears-resume', async () => {
  const { got, messages, verdicts, gaps, testClient } = await seenOne('chat:over');
  await rig().proxy.down();
  await rig().publish('chat:over', 2, 3);
  await rig().expire('chat:over');
  await rig().proxy.up();
  await until(() => verdicts.length === 1, 'the client has resumed');
  // Another resume does not report the gap again.
  rig().proxy.link.cut();
  await until(() => verdicts.length === 2, 'the client has resumed again');
  const { epoch } = messages[0]!;
  expect([verdicts, gaps]).toMatchObject([
    ['expired', 'complete'],
    [{ reason: 'expired', after: { epoch, seq: 1 }, next: { epoch, seq: EPOCH_END } }],
  ]);
  await rig().publishByHttp('chat:over', 'next');
  await got(1, 'next');
  expect([gaps.length, testClient.client.state]).toEqual([1, 'connected']);
});

scenario('ably/recovery-preserves-connid', async () => {
  const { channel, testClient } = await seenOne('chat:restart');
  const cursor = channel.cursor!;
  testClient.client.close();
  await rig().publish('chat:restart', 2, 3);
  const later = rig().testClient().watch('chat:restart', { cursor });
  await later.got(2, 3);
  expect([later.verdicts, later.gaps]).toEqual([['complete'], []]);
  await rig().publish('chat:restart', 4);
  await later.got(2, 3, 4);
});

scenario('ably/recovery-failure-fresh-conn', async () => {
  const testClient = rig().testClient();
  expect(() => testClient.client.channel('chat:stale', { cursor: 'no cursor' })).toThrow(
    expect.objectContaining({ error: 'cursor_invalid' }),
  );
  expect(testClient.client.state).toBe('initialized');
  await rig().publish('chat:stale', 1, 2);
  const cursor = encodeCursor({ [ORIGIN]: { epoch: '000000001', seq: 7 } });
  const { got, verdicts, gaps } = testClient.watch('chat:stale', { cursor });
  await got(1, 2);
  expect([verdicts, gaps]).toMatchObject([['reset'], [{ reason: 'reset', after: { seq: 7 }, next: { seq: 1 } }]]);
  await rig().publish('chat:stale', 3);
  await got(1, 2, 3);
});

scenario('ably/unacked-resent-on-resume', async () => {
  const { proxy } = rig();
  const { got, channel } = await seenOne('chat:unacked');
  // The message is stored, and its acknowledgement is lost.
  proxy.lose('client', (frame) => frame.ok?.seqs !== undefined);
  const stored = channel.publish('stored', { id: 'a' });
  await until(() => proxy.framesTo('client', (frame) => frame.ok?.seqs !== undefined).length === 1, 'it is stored');
  proxy.link.cut();
  await expect(stored).resolves.toMatchObject({ id: 'a', seq: 2 });
  // The message is lost before it is stored.
  proxy.lose('server', (frame) => frame.action === 'publish');
  const lost = channel.publish('lost', { id: 'b' });
  await until(() => proxy.framesTo('server', ({ action }) => action === 'publish').length === 3, 'it is lost');
  proxy.link.cut();
  await expect(lost).resolves.toMatchObject({ id: 'b', seq: 3 });
  const sent = proxy.framesTo('server', ({ action }) => action === 'publish').map(({ frame }) => frame);
  expect(sent.map(({ messages, retry }) => [messages[0].id, retry])).toEqual([
    ['a', undefined],
    ['a', true],
    ['b', undefined],
    ['b', true],
  ]);
  await rig().publish('chat:unacked', 'end');
  await got(1, 'stored', 'lost', 'end');
  expect(await rig().stored('chat:unacked')).toEqual([1, 'stored', 'lost', 'end']);
});
