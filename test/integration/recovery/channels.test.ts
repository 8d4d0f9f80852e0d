// Channels that are not answered, refused, forgotten, or left behind.
import { until } from '../../support/until';
import { ORIGIN, rights, scenario, stage } from './scene';

const scene = stage();
const isSubscribed = (frame: any): boolean => frame.ok?.verdict !== undefined;
const isPush = (frame: any): boolean => frame.push === 'messages';

scenario('ably/attach-timeout', async () => {
  const { proxy } = scene();
  proxy.lose('server', (frame) => frame.action === 'subscribe');
  proxy.lose('client', isSubscribed);
  const witness = scene().witness();
  const { got, live, states, verdicts } = witness.watch('chat:attach');
  await until(() => proxy.framesTo('server').length === 1, 'the subscribe is lost');
  expect(states).toEqual(['subscribing']);
  witness.ring('request');
  await until(() => proxy.framesTo('client', isSubscribed).length === 1, 'the answer to the second is lost');
  witness.ring('request');
  await live();
  expect(witness.states).toEqual(['connecting', 'connected']);
  await scene().publish('chat:attach', 1);
  await got(1);
  // The same for a resume, while messages come.
  proxy.lose('client', isSubscribed);
  proxy.link.cut();
  await until(() => proxy.framesTo('client', isSubscribed).length === 3, 'the answer to the resume is lost');
  await scene().publish('chat:attach', 2, 3);
  witness.ring('request');
  await got(1, 2, 3);
  expect(verdicts).toEqual(['complete']);
  await scene().publish('chat:attach', 4);
  await got(1, 2, 3, 4);
});

scenario('ably/detach-timeout', async () => {
  const { proxy } = scene();
  const witness = scene().witness();
  const [left, kept] = [witness.watch('chat:left'), witness.watch('chat:kept')];
  await Promise.all([left.live(), kept.live()]);
  proxy.lose('server', (frame) => frame.action === 'unsubscribe', Number.POSITIVE_INFINITY);
  const unsubscribed = left.channel.unsubscribe();
  await until(() => proxy.framesTo('server', ({ action }) => action === 'unsubscribe').length === 1, 'it is lost');
  expect(left.channel.state).toBe('detached');
  await scene().publish('chat:left', 1);
  await scene().publish('chat:kept', 1);
  await kept.got(1);
  const failure = expect(unsubscribed).rejects.toMatchObject({ error: 'request_timeout' });
  witness.ring('request');
  await failure;
  await scene().publish('chat:left', 2);
  await scene().publish('chat:kept', 2);
  await kept.got(1, 2);
  expect([left.messages, left.states.at(-1)]).toEqual([[], 'detached']);
  left.channel.subscribe();
  await left.got(1, 2);
});

scenario('ably/attached-non-resumed-update', async () => {
  const { proxy } = scene();
  const witness = scene().witness();
  const { got, live, messages, gaps, verdicts, channel } = witness.watch('chat:lossy');
  await live();
  await scene().publish('chat:lossy', 1);
  await got(1);
  proxy.lose('client', isPush, 3);
  await scene().publish('chat:lossy', 2, 3, 4);
  await until(() => proxy.framesTo('client', isPush).length === 4, 'the pushes are lost');
  await scene().expire('chat:lossy', 3);
  witness.ring('sync');
  await got(1, 4);
  const { epoch } = messages[0]!;
  expect([verdicts, gaps]).toEqual([
    ['expired'],
    [
      {
        ...{ channel: 'chat:lossy', origin: ORIGIN, reason: 'expired' },
        ...{ after: { epoch, seq: 1 }, next: { epoch, seq: 4 } },
      },
    ],
  ]);
  await scene().publish('chat:lossy', 5);
  await got(1, 4, 5);
  expect([witness.states, channel.state]).toEqual([['connecting', 'connected'], 'live']);
});

scenario('ably/unsolicited-detach-reattach', async () => {
  const { proxy, network } = scene();
  const witness = scene().witness();
  const { got, live } = witness.watch('chat:forgotten');
  await live();
  const rows = await scene().rows('connections', 'ch#chat:forgotten#0');
  // Not the head of the list, which one newcomer in eight writes.
  const connection = rows.map(({ sk }) => sk!.S!).find((sk) => sk !== '!')!;
  await scene().forget('ch#chat:forgotten#0', connection);
  await scene().publish('chat:forgotten', 1);
  expect(proxy.framesTo('client', isPush)).toEqual([]);
  witness.ring('sync');
  await got(1);
  await until(() => proxy.framesTo('client', isSubscribed).length === 2, 'it has subscribed again');
  await scene().publish('chat:forgotten', 2);
  await got(1, 2);
  expect(proxy.framesTo('client', isPush)).toHaveLength(1);
  // The connection itself is forgotten: the next subscribe finds out.
  await scene().forget('ch#chat:forgotten#0', connection);
  await scene().forget(`co#${connection}`, '-');
  await scene().publish('chat:forgotten', 3);
  const next = witness.watch('chat:next');
  await next.live();
  await got(1, 2, 3);
  expect(witness.reasons).toEqual(['connection_gone']);
  await scene().publish('chat:forgotten', 4);
  await got(1, 2, 3, 4);
  expect(network.region.services.apigateway.connectionIds).not.toContain(connection);
});

scenario('ably/channel-error-failed', async () => {
  let patterns = ['chat:open'];
  const witness = scene().witness({ token: () => scene().network.token('witness', rights(...patterns)) });
  const [open, secret] = [witness.watch('chat:open'), witness.watch('chat:secret')];
  await open.live();
  await until(() => secret.reasons.length > 0, 'the other is refused');
  expect([secret.states, secret.reasons]).toEqual([['subscribing', 'detached'], ['capability_missing']]);
  await scene().publish('chat:secret', 'hidden');
  await scene().publish('chat:open', 1);
  await open.got(1);
  expect(witness.states).toEqual(['connecting', 'connected']);
  patterns = ['chat:open', 'chat:secret'];
  witness.client.reconnect();
  secret.channel.subscribe();
  await secret.live();
  await scene().publish('chat:secret', 'shown');
  await secret.got('shown');
  // The next token has less: make before break, and what it does not allow ends.
  patterns = ['chat:open'];
  const { attempts } = scene().proxy;
  witness.ring('rotate');
  await until(() => secret.reasons.length > 1, 'the right is gone');
  await scene().publish('chat:secret', 'hidden again');
  await scene().publish('chat:open', 2);
  await open.got(1, 2);
  expect([secret.channel.state, secret.reasons[1], secret.messages.length]).toEqual([
    'detached',
    'capability_missing',
    1,
  ]);
  expect([scene().proxy.attempts, witness.client.state]).toEqual([attempts + 1, 'connected']);
});

scenario('ably/channels-reattach-on-reconnect', async () => {
  const { proxy } = scene();
  const witness = scene().witness();
  const names = ['chat:a', 'chat:b', 'chat:c'];
  const [a, b, c] = names.map((name) => witness.watch(name));
  await Promise.all([a!.live(), b!.live(), c!.live()]);
  await scene().publish('chat:a', 1);
  await a!.got(1);
  await c!.channel.unsubscribe();
  const cursors = [a, b].map((one) => one!.channel.cursor);
  await proxy.down();
  await scene().publish('chat:a', 2, 3);
  await scene().publish('chat:b', 1);
  await scene().publish('chat:c', 1);
  await proxy.up();
  await a!.got(1, 2, 3);
  await b!.got(1);
  const resumes = proxy.framesTo('server', ({ action }) => action === 'subscribe').slice(3);
  expect(resumes.map(({ frame }) => [frame.channel, frame.cursor])).toEqual([
    ['chat:a', cursors[0]],
    ['chat:b', cursors[1]],
  ]);
  await scene().publish('chat:c', 2);
  await scene().publish('chat:b', 2);
  await b!.got(1, 2);
  expect([a!.verdicts, b!.verdicts, c!.messages, c!.channel.state]).toEqual([
    ['complete'],
    ['complete'],
    [],
    'detached',
  ]);
});
