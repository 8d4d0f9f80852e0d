// Channels whose requests are lost or refused, or whose subscriptions the server loses.
import { until } from '../../support/until';
import { ORIGIN, rights, scenario, useRig } from './rig';

const rig = useRig();
const isSubscribed = (frame: any): boolean => frame.ok?.verdict !== undefined;
const isPush = (frame: any): boolean => frame.push === 'messages';

scenario('ably/attach-timeout', async () => {
  const { proxy } = rig();
  proxy.lose('server', (frame) => frame.action === 'subscribe');
  proxy.lose('client', isSubscribed);
  const testClient = rig().testClient();
  const { got, live, states, verdicts } = testClient.watch('chat:attach');
  await until(() => proxy.framesTo('server').length === 1, 'the subscribe is lost');
  expect(states).toEqual(['subscribing']);
  testClient.fireTimers('request');
  await until(() => proxy.framesTo('client', isSubscribed).length === 1, 'the answer to the second is lost');
  testClient.fireTimers('request');
  await live();
  expect(testClient.states).toEqual(['connecting', 'connected']);
  await rig().publish('chat:attach', 1);
  await got(1);
  // The same for a resume, while messages come.
  proxy.lose('client', isSubscribed);
  proxy.link.cut();
  await until(() => proxy.framesTo('client', isSubscribed).length === 3, 'the answer to the resume is lost');
  await rig().publish('chat:attach', 2, 3);
  testClient.fireTimers('request');
  await got(1, 2, 3);
  expect(verdicts).toEqual(['complete']);
  await rig().publish('chat:attach', 4);
  await got(1, 2, 3, 4);
});

scenario('ably/detach-timeout', async () => {
  const { proxy } = rig();
  const testClient = rig().testClient();
  const [left, kept] = [testClient.watch('chat:left'), testClient.watch('chat:kept')];
  await Promise.all([left.live(), kept.live()]);
  proxy.lose('server', (frame) => frame.action === 'unsubscribe', Number.POSITIVE_INFINITY);
  const unsubscribed = left.channel.unsubscribe();
  await until(() => proxy.framesTo('server', ({ action }) => action === 'unsubscribe').length === 1, 'it is lost');
  expect(left.channel.state).toBe('detached');
  await rig().publish('chat:left', 1);
  await rig().publish('chat:kept', 1);
  await kept.got(1);
  const failure = expect(unsubscribed).rejects.toMatchObject({ error: 'request_timeout' });
  testClient.fireTimers('request');
  await failure;
  await rig().publish('chat:left', 2);
  await rig().publish('chat:kept', 2);
  await kept.got(1, 2);
  expect([left.messages, left.states.at(-1)]).toEqual([[], 'detached']);
  left.channel.subscribe();
  await left.got(1, 2);
});

scenario('ably/attached-non-resumed-update', async () => {
  const { proxy } = rig();
  const testClient = rig().testClient();
  const { got, live, messages, gaps, verdicts, channel } = testClient.watch('chat:lossy');
  await live();
  await rig().publish('chat:lossy', 1);
  await got(1);
  proxy.lose('client', isPush, 3);
  await rig().publish('chat:lossy', 2, 3, 4);
  await until(() => proxy.framesTo('client', isPush).length === 4, 'the pushes are lost');
  await rig().expire('chat:lossy', 3);
  testClient.fireTimers('sync');
  await got(1, 4);
  const { epoch } = messages[0]!;
  expect([verdicts, gaps]).toEqual([
    ['expired'],
    [
      {
        channel: 'chat:lossy',
        origin: ORIGIN,
        reason: 'expired',
        after: { epoch, seq: 1 },
        next: { epoch, seq: 4 },
      },
    ],
  ]);
  await rig().publish('chat:lossy', 5);
  await got(1, 4, 5);
  expect([testClient.states, channel.state]).toEqual([['connecting', 'connected'], 'live']);
});

scenario('ably/unsolicited-detach-reattach', async () => {
  const { proxy, network } = rig();
  const testClient = rig().testClient();
  const { got, live } = testClient.watch('chat:forgotten');
  await live();
  const rows = await rig().rows('connections', 'ch#chat:forgotten#0');
  // Not the head of the list, which every eighth new subscription writes.
  const connection = rows.map(({ sk }) => sk!.S!).find((sk) => sk !== '!')!;
  await rig().forget('ch#chat:forgotten#0', connection);
  await rig().publish('chat:forgotten', 1);
  expect(proxy.framesTo('client', isPush)).toEqual([]);
  testClient.fireTimers('sync');
  await got(1);
  await until(() => proxy.framesTo('client', isSubscribed).length === 2, 'it has subscribed again');
  await rig().publish('chat:forgotten', 2);
  await got(1, 2);
  expect(proxy.framesTo('client', isPush)).toHaveLength(1);
  // The connection's row is deleted: the next subscribe detects it.
  await rig().forget('ch#chat:forgotten#0', connection);
  await rig().forget(`co#${connection}`, '-');
  await rig().publish('chat:forgotten', 3);
  const next = testClient.watch('chat:next');
  await next.live();
  await got(1, 2, 3);
  expect(testClient.reasons).toEqual(['connection_gone']);
  await rig().publish('chat:forgotten', 4);
  await got(1, 2, 3, 4);
  expect(network.region.services.apigateway.connectionIds).not.toContain(connection);
});

scenario('ably/channel-error-failed', async () => {
  let patterns = ['chat:open'];
  const testClient = rig().testClient({ token: () => rig().network.token('testClient', rights(...patterns)) });
  const [open, secret] = [testClient.watch('chat:open'), testClient.watch('chat:secret')];
  await open.live();
  await until(() => secret.reasons.length > 0, 'the other channel is refused');
  expect([secret.states, secret.reasons]).toEqual([['subscribing', 'detached'], ['capability_missing']]);
  await rig().publish('chat:secret', 'hidden');
  await rig().publish('chat:open', 1);
  await open.got(1);
  expect(testClient.states).toEqual(['connecting', 'connected']);
  patterns = ['chat:open', 'chat:secret'];
  testClient.client.reconnect();
  secret.channel.subscribe();
  await secret.live();
  await rig().publish('chat:secret', 'shown');
  await secret.got('shown');
  // The next token has fewer rights: the successor takes over, and the channel without rights detaches.
  patterns = ['chat:open'];
  const { attempts } = rig().proxy;
  testClient.fireTimers('rotate');
  await until(() => secret.reasons.length > 1, 'the right is gone');
  await rig().publish('chat:secret', 'hidden again');
  await rig().publish('chat:open', 2);
  await open.got(1, 2);
  expect([secret.channel.state, secret.reasons[1], secret.messages.length]).toEqual([
    'detached',
    'capability_missing',
    1,
  ]);
  expect([rig().proxy.attempts, testClient.client.state]).toEqual([attempts + 1, 'connected']);
});

scenario('ably/channels-reattach-on-reconnect', async () => {
  const { proxy } = rig();
  const testClient = rig().testClient();
  const names = ['chat:a', 'chat:b', 'chat:c'];
  const [a, b, c] = names.map((name) => testClient.watch(name));
  await Promise.all([a!.live(), b!.live(), c!.live()]);
  await rig().publish('chat:a', 1);
  await a!.got(1);
  await c!.channel.unsubscribe();
  const cursors = [a, b].map((one) => one!.channel.cursor);
  await proxy.down();
  await rig().publish('chat:a', 2, 3);
  await rig().publish('chat:b', 1);
  await rig().publish('chat:c', 1);
  await proxy.up();
  await a!.got(1, 2, 3);
  await b!.got(1);
  const resumes = proxy.framesTo('server', ({ action }) => action === 'subscribe').slice(3);
  expect(resumes.map(({ frame }) => [frame.channel, frame.cursor])).toEqual([
    ['chat:a', cursors[0]],
    ['chat:b', cursors[1]],
  ]);
  await rig().publish('chat:c', 2);
  await rig().publish('chat:b', 2);
  await b!.got(1, 2);
  expect([a!.verdicts, b!.verdicts, c!.messages, c!.channel.state]).toEqual([
    ['complete'],
    ['complete'],
    [],
    'detached',
  ]);
});
