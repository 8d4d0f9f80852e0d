// Connections that do not come about, fall silent, or are ended.
import { until } from '../../support/until';
import { rights, scenario, stage } from './scene';

const scene = stage();
const isPublish = (frame: any): boolean => frame.action === 'publish';

scenario('ably/fatal-error-on-open', async () => {
  const { proxy } = scene();
  proxy.accept = 404;
  const witness = scene().witness();
  const begun = Date.now();
  await expect(witness.client.channel('chat:nowhere').publish(1, { timeout: 1_500 })).rejects.toMatchObject({
    ...{ error: 'request_timeout', cause: { error: 'connect_failed' } },
  });
  expect(Date.now() - begun).toBeLessThan(5_000);
  await until(() => witness.reasons.length > 2, 'it has tried three times');
  expect(new Set(witness.reasons)).toEqual(new Set(['connect_failed']));
  expect(witness.states).not.toContain('connected');
  // Anything up to 0.5, 1, 2, 4 … seconds: whoever does not wait is at hundreds by now.
  expect(proxy.attempts).toBeLessThan(50);
  witness.client.close();
  const { attempts } = proxy;
  proxy.accept = 'through';
  await expect(witness.client.channel('chat:nowhere').publish(2)).rejects.toMatchObject({ error: 'client_closed' });
  // No timer is left that could connect again.
  expect(witness.allWaits()).toEqual([]);
  expect([proxy.attempts, witness.states.at(-1)]).toEqual([attempts, 'closed']);
  // What is no address at all is refused at once; what only the WebSocket does not take is told.
  expect(() => scene().witness({ url: 'no address' })).toThrow('wss://');
  const nonsense = scene().witness({ url: 'wss://[' });
  nonsense.client.connect();
  await until(() => nonsense.reasons.length > 0, 'it is told');
  expect(nonsense.reasons[0]).toBe('connect_failed');
});

scenario('ably/fatal-error-on-established', async () => {
  const { proxy, network } = scene();
  const witness = scene().witness({ token: () => network.token('witness', rights('chat:mine')) });
  const { got, live, channel, states } = witness.watch('chat:mine');
  await live();
  await expect(witness.client.channel('chat:other').publish(1)).rejects.toMatchObject({ error: 'capability_missing' });
  // Nonsense, an error that belongs to nothing, and a push of a version to come.
  proxy.link.inject('{');
  proxy.link.inject({ id: null, error: { code: 40000, name: 'frame_malformed', message: '', retry: 'never' } });
  proxy.link.inject({ push: 'of the future', channel: 'chat:mine' });
  await channel.publish('before');
  expect([witness.states, states]).toEqual([
    ['connecting', 'connected'],
    ['subscribing', 'live'],
  ]);
  proxy.lose('server', isPublish);
  const published = channel.publish('under way');
  await until(() => proxy.framesTo('server', isPublish).length === 3, 'it is under way');
  proxy.link.close(1008);
  await published;
  await channel.publish('after');
  await got('before', 'under way', 'after');
  expect(witness.reasons).toEqual(['connection_closed']);
  expect(await scene().stored('chat:mine')).toEqual(['before', 'under way', 'after']);
});

scenario('ably/connection-timeout', async () => {
  const { proxy, network } = scene();
  proxy.accept = 'stall';
  let isStuck = true;
  const witness = scene().witness({
    token: () => (isStuck ? new Promise<string>(() => undefined) : network.token('witness')),
  });
  const { got, live } = witness.watch('chat:stall');
  witness.ring('open');
  expect([witness.states, witness.reasons]).toEqual([['connecting', 'disconnected'], ['connect_failed']]);
  isStuck = false;
  await until(() => proxy.attempts === 1, 'it tries again');
  witness.ring('open');
  expect([witness.states.at(-1), witness.reasons]).toEqual(['disconnected', ['connect_failed', 'connect_failed']]);
  proxy.accept = 'through';
  await live();
  await scene().publish('chat:stall', 1);
  await got(1);
});

scenario('ably/retry-after-refused', async () => {
  const { proxy } = scene();
  const witness = scene().witness();
  const { got, live } = witness.watch('chat:refused');
  await live();
  await proxy.down();
  await until(() => witness.reasons.filter((reason) => reason === 'connect_failed').length > 1, 'it is refused twice');
  await scene().publish('chat:refused', 1);
  const published = witness.client.channel('chat:refused').publish(2);
  await proxy.up();
  await published;
  await scene().publish('chat:refused', 3);
  await got(1, 2, 3);
});

scenario('ably/heartbeat-starvation', async () => {
  const { proxy } = scene();
  const witness = scene().witness();
  const { got, live, verdicts } = witness.watch('chat:starved');
  await live();
  // A ping that is answered leaves all as it is.
  witness.ring('ping');
  await until(() => witness.waits('pong').length === 0, 'the ping is answered');
  expect(witness.states).toEqual(['connecting', 'connected']);
  proxy.link.freeze();
  await scene().publish('chat:starved', 1, 2);
  // What a client that is only looked at asks now and then is not answered; then it pings.
  witness.ring('sync');
  witness.ring('request');
  witness.ring('pong');
  await got(1, 2);
  expect([witness.reasons, verdicts]).toEqual([['request_timeout'], ['complete']]);
  await scene().publish('chat:starved', 3);
  await got(1, 2, 3);
});

scenario('ably/http-503-no-fallback', async () => {
  const { proxy, network } = scene();
  proxy.accept = 503;
  const witness = scene().witness();
  const { got, live } = witness.watch('chat:sick');
  await until(() => proxy.attempts > 1, 'it has tried the same address again');
  proxy.accept = 'through';
  await live();
  const { dynamodb } = network.region.services;
  const headers = { 'idempotency-key': 'once' };
  dynamodb.fault = () => ({ name: 'InternalServerError', message: 'down' });
  const refused = await scene().publishByHttp('chat:sick', 1, { headers });
  dynamodb.fault = () => undefined;
  expect(refused).toMatchObject({ status: 503, body: { error: { name: 'store_unavailable', retry: 'backoff' } } });
  for (let i = 0; i < 2; i++) {
    expect(await scene().publishByHttp('chat:sick', 1, { headers })).toMatchObject({
      status: 200,
      body: { seqs: [1] },
    });
  }
  await got(1);
  expect(await scene().stored('chat:sick')).toEqual([1]);
});
