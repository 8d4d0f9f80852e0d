// Away and back: what was missed comes, or is told to be gone.
import { encodeCursor, EPOCH_END } from '../../../protocol';
import { until } from '../../support/until';
import { ORIGIN, scenario, stage, type Watched, type Witness } from './scene';

const scene = stage();

/** Somebody live on a channel who has seen message 1. */
async function seenOne(channel: string): Promise<Watched & { readonly witness: Witness }> {
  const witness = scene().witness();
  const watched = witness.watch(channel);
  await watched.live();
  await scene().publish(channel, 1);
  await watched.got(1);
  return { ...watched, witness };
}

scenario('centrifugo/recover-after-disconnect', async () => {
  const { got, verdicts, gaps } = await seenOne('chat:recover');
  await scene().proxy.down();
  await scene().publish('chat:recover', 2, 3, 4);
  await scene().proxy.up();
  await got(1, 2, 3, 4);
  expect([verdicts, gaps]).toEqual([['complete'], []]);
  await scene().publish('chat:recover', 5);
  await got(1, 2, 3, 4, 5);
});

scenario('centrifugo/recover-after-resubscribe', async () => {
  const { got, channel, verdicts, gaps, witness } = await seenOne('chat:again');
  await channel.unsubscribe();
  await scene().publish('chat:again', 2, 3, 4);
  channel.subscribe();
  await got(1, 2, 3, 4);
  expect([verdicts, gaps]).toEqual([['complete'], []]);
  await scene().publish('chat:again', 5);
  await got(1, 2, 3, 4, 5);
  expect(witness.states).toEqual(['connecting', 'connected']);
});

scenario('centrifugo/history-too-short', async () => {
  const { got, verdicts, gaps, messages } = await seenOne('chat:short');
  await scene().proxy.down();
  await scene().publish('chat:short', 2, 3, 4, 5);
  await scene().expire('chat:short', 3);
  await scene().proxy.up();
  await got(1, 4, 5);
  const { epoch } = messages[0]!;
  expect(verdicts).toEqual(['expired']);
  expect(gaps).toEqual([
    {
      ...{ channel: 'chat:short', origin: ORIGIN, reason: 'expired' },
      ...{ after: { epoch, seq: 1 }, next: { epoch, seq: 4 } },
    },
  ]);
  await scene().publish('chat:short', 6);
  await got(1, 4, 5, 6);
});

scenario('centrifugo/unsubscribe-while-recovering', async () => {
  const { got, channel, witness, messages } = await seenOne('chat:listener');
  // Before the first of them, then after it.
  for (const event of ['verdict', 'message'] as const) {
    await channel.unsubscribe();
    await scene().publish('chat:listener', event, `after ${event}`);
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
  await scene().publish('chat:listener', 'live');
  await got(1, 'verdict', 'after verdict', 'message', 'after message', 'live');
  expect(witness.states).toEqual(['connecting', 'connected']);
});

scenario('ably/disconnect-triggers-resume', async () => {
  const { got, witness, channel, verdicts, states } = await seenOne('chat:closed');
  scene().proxy.accept = 503;
  scene().proxy.link.close(1001);
  await until(() => witness.client.state === 'disconnected', 'the client knows');
  expect(channel.state).toBe('subscribing');
  await scene().publish('chat:closed', 2, 3);
  scene().proxy.accept = 'through';
  await got(1, 2, 3);
  expect(witness.reasons[0]).toBe('connection_closed');
  expect([verdicts, states]).toEqual([['complete'], ['subscribing', 'live', 'subscribing', 'live']]);
});

scenario('ably/tcp-close-without-close-frame', async () => {
  const { got, witness, verdicts } = await seenOne('chat:cut');
  for (const [i, how] of (['end', 'reset'] as const).entries()) {
    scene().proxy.link.cut(how);
    await until(() => witness.reasons.length > i, `the client knows of the ${how}`);
    await scene().publish('chat:cut', how);
    await until(() => verdicts.length > i, 'the client has resumed');
  }
  await got(1, 'end', 'reset');
  expect([witness.reasons, verdicts]).toEqual([
    ['connection_closed', 'connection_closed'],
    ['complete', 'complete'],
  ]);
});

scenario('ably/resume-preserves-connid', async () => {
  const { got, channel, messages, verdicts, witness } = await seenOne('chat:same');
  await channel.publish('mine');
  await got(1, 'mine');
  const cursor = channel.cursor;
  scene().proxy.link.cut();
  await until(() => verdicts.length === 1, 'the client has resumed');
  expect([verdicts, channel.cursor]).toEqual([['complete'], cursor]);
  await channel.publish('mine too');
  await got(1, 'mine', 'mine too');
  expect(new Set(messages.map(({ epoch }) => epoch)).size).toBe(1);
  expect(messages.map(({ seq, from }) => [seq, from])).toEqual([
    [1, 'publisher'],
    [2, 'witness'],
    [3, 'witness'],
  ]);
  expect(witness.states).toEqual(['connecting', 'connected', 'disconnected', 'connecting', 'connected']);
});

scenario('ably/failed-resume-new-connid', async () => {
  const { got, channel, messages, verdicts, gaps } = await seenOne('chat:anew');
  await scene().proxy.down();
  await scene().expire('chat:anew');
  await scene().publishByHttp('chat:anew', 'a');
  await scene().publishByHttp('chat:anew', 'b');
  const published = channel.publish('unsent');
  await scene().proxy.up();
  await got(1, 'a', 'b', 'unsent');
  const [first, second] = messages;
  expect(second!.epoch > first!.epoch).toBe(true);
  expect([verdicts, gaps]).toMatchObject([
    ['reset'],
    [{ reason: 'reset', after: { epoch: first!.epoch, seq: 1 }, next: { epoch: second!.epoch, seq: 1 } }],
  ]);
  await expect(published).resolves.toMatchObject({ epoch: second!.epoch, seq: 3 });
  expect(await scene().stored('chat:anew')).toEqual(['a', 'b', 'unsent']);
});

scenario('ably/ttl-expiry-clears-resume', async () => {
  const { got, messages, verdicts, gaps, witness } = await seenOne('chat:over');
  await scene().proxy.down();
  await scene().publish('chat:over', 2, 3);
  await scene().expire('chat:over');
  await scene().proxy.up();
  await until(() => verdicts.length === 1, 'the client has resumed');
  // Another resume: what is gone is told once.
  scene().proxy.link.cut();
  await until(() => verdicts.length === 2, 'the client has resumed again');
  const { epoch } = messages[0]!;
  expect([verdicts, gaps]).toMatchObject([
    ['expired', 'complete'],
    [{ reason: 'expired', after: { epoch, seq: 1 }, next: { epoch, seq: EPOCH_END } }],
  ]);
  await scene().publishByHttp('chat:over', 'next');
  await got(1, 'next');
  expect([gaps.length, witness.client.state]).toEqual([1, 'connected']);
});

scenario('ably/recovery-preserves-connid', async () => {
  const { channel, witness } = await seenOne('chat:restart');
  const cursor = channel.cursor!;
  witness.client.close();
  await scene().publish('chat:restart', 2, 3);
  const later = scene().witness().watch('chat:restart', { cursor });
  await later.got(2, 3);
  expect([later.verdicts, later.gaps]).toEqual([['complete'], []]);
  await scene().publish('chat:restart', 4);
  await later.got(2, 3, 4);
});

scenario('ably/recovery-failure-fresh-conn', async () => {
  const witness = scene().witness();
  expect(() => witness.client.channel('chat:stale', { cursor: 'no cursor' })).toThrow(
    expect.objectContaining({ error: 'cursor_invalid' }),
  );
  expect(witness.client.state).toBe('initialized');
  await scene().publish('chat:stale', 1, 2);
  const cursor = encodeCursor({ [ORIGIN]: { epoch: '000000001', seq: 7 } });
  const { got, verdicts, gaps } = witness.watch('chat:stale', { cursor });
  await got(1, 2);
  expect([verdicts, gaps]).toMatchObject([['reset'], [{ reason: 'reset', after: { seq: 7 }, next: { seq: 1 } }]]);
  await scene().publish('chat:stale', 3);
  await got(1, 2, 3);
});

scenario('ably/unacked-resent-on-resume', async () => {
  const { proxy } = scene();
  const { got, channel } = await seenOne('chat:unacked');
  // Stored, and its acknowledgement lost.
  proxy.lose('client', (frame) => frame.ok?.seqs !== undefined);
  const stored = channel.publish('stored', { id: 'a' });
  await until(() => proxy.framesTo('client', (frame) => frame.ok?.seqs !== undefined).length === 1, 'it is stored');
  proxy.link.cut();
  await expect(stored).resolves.toMatchObject({ id: 'a', seq: 2 });
  // Lost before it was stored.
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
  await scene().publish('chat:unacked', 'end');
  await got(1, 'stored', 'lost', 'end');
  expect(await scene().stored('chat:unacked')).toEqual([1, 'stored', 'lost', 'end']);
});
