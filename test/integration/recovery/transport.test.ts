// Connections that can not be opened, are half-open, or are closed.
import { until } from '../../support/until';
import { rights, scenario, useRig } from './rig';

const rig = useRig();
const isPublish = (frame: any): boolean => frame.action === 'publish';

scenario('ably/fatal-error-on-open', async () => {
  const { proxy } = rig();
  proxy.accept = 404;
  const testClient = rig().testClient();
  const begun = Date.now();
  await expect(testClient.client.channel('chat:nowhere').publish(1, { timeout: 1_500 })).rejects.toMatchObject({
    error: 'request_timeout',
    cause: { error: 'connect_failed' },
  });
  expect(Date.now() - begun).toBeLessThan(5_000);
  await until(() => testClient.reasons.length > 2, 'it has tried three times');
  expect(new Set(testClient.reasons)).toEqual(new Set(['connect_failed']));
  expect(testClient.states).not.toContain('connected');
  // The waits are up to 0.5, 1, 2, 4 … seconds. A client without waits would have made hundreds of attempts.
  expect(proxy.attempts).toBeLessThan(50);
  testClient.client.close();
  const { attempts } = proxy;
  proxy.accept = 'through';
  await expect(testClient.client.channel('chat:nowhere').publish(2)).rejects.toMatchObject({ error: 'client_closed' });
  // Without a timer, nothing connects later. What was under way would have reached the proxy before another client.
  expect(testClient.timers).toEqual([]);
  const other = rig().testClient();
  other.client.connect();
  await other.connected();
  expect([proxy.attempts, testClient.states.at(-1)]).toEqual([attempts + 1, 'closed']);
  // The constructor refuses an invalid address. One that only the WebSocket refuses is reported.
  expect(() => rig().testClient({ url: 'no address' })).toThrow('wss://');
  const nonsense = rig().testClient({ url: 'wss://[' });
  nonsense.client.connect();
  await until(() => nonsense.reasons.length > 0, 'the failure is reported');
  expect(nonsense.reasons[0]).toBe('connect_failed');
});

scenario('ably/fatal-error-on-established', async () => {
  const { proxy, network } = rig();
  const testClient = rig().testClient({ token: () => network.token('testClient', rights('chat:mine')) });
  const { got, live, channel, states } = testClient.watch('chat:mine');
  await live();
  await expect(testClient.client.channel('chat:other').publish(1)).rejects.toMatchObject({
    error: 'capability_missing',
  });
  // An invalid frame, an error without a request, and a push of a later version.
  proxy.link.inject('{');
  proxy.link.inject({ id: null, error: { code: 40000, name: 'frame_malformed', message: '', retry: 'never' } });
  proxy.link.inject({ push: 'of the future', channel: 'chat:mine' });
  await channel.publish('before');
  expect([testClient.states, states]).toEqual([
    ['connecting', 'connected'],
    ['subscribing', 'live'],
  ]);
  proxy.lose('server', isPublish);
  const published = channel.publish('under way');
  await until(() => proxy.framesTo('server', isPublish).length === 3, 'it is in flight');
  proxy.link.close(1008);
  await published;
  await channel.publish('after');
  await got('before', 'under way', 'after');
  expect(testClient.reasons).toEqual(['connection_closed']);
  expect(await rig().stored('chat:mine')).toEqual(['before', 'under way', 'after']);
});

scenario('ably/connection-timeout', async () => {
  const { proxy, network } = rig();
  proxy.accept = 'stall';
  let isStuck = true;
  const testClient = rig().testClient({
    token: () => (isStuck ? new Promise<string>(() => undefined) : network.token('testClient')),
  });
  const { got, live } = testClient.watch('chat:stall');
  testClient.fireTimers('open');
  expect([testClient.states, testClient.reasons]).toEqual([['connecting', 'disconnected'], ['connect_failed']]);
  isStuck = false;
  await until(() => proxy.attempts === 1, 'it tries again');
  testClient.fireTimers('open');
  expect([testClient.states.at(-1), testClient.reasons]).toEqual([
    'disconnected',
    ['connect_failed', 'connect_failed'],
  ]);
  proxy.accept = 'through';
  await live();
  await rig().publish('chat:stall', 1);
  await got(1);
});

scenario('ably/retry-after-refused', async () => {
  const { proxy } = rig();
  const testClient = rig().testClient();
  const { got, live } = testClient.watch('chat:refused');
  await live();
  await proxy.down();
  await until(
    () => testClient.reasons.filter((reason) => reason === 'connect_failed').length > 1,
    'it is refused twice',
  );
  await rig().publish('chat:refused', 1);
  const published = testClient.client.channel('chat:refused').publish(2);
  await proxy.up();
  await published;
  await rig().publish('chat:refused', 3);
  await got(1, 2, 3);
});

scenario('ably/heartbeat-starvation', async () => {
  const { proxy } = rig();
  const testClient = rig().testClient();
  const { got, live, verdicts } = testClient.watch('chat:starved');
  await live();
  // A ping that is answered has no other effect.
  testClient.fireTimers('ping');
  await until(() => testClient.timersOf('pong').length === 0, 'the ping is answered');
  expect(testClient.states).toEqual(['connecting', 'connected']);
  proxy.link.freeze();
  await rig().publish('chat:starved', 1, 2);
  // The periodic sync is not answered, so the client pings.
  testClient.fireTimers('sync');
  testClient.fireTimers('request');
  testClient.fireTimers('pong');
  await got(1, 2);
  expect([testClient.reasons, verdicts]).toEqual([['request_timeout'], ['complete']]);
  await rig().publish('chat:starved', 3);
  await got(1, 2, 3);
});

scenario('ably/http-503-no-fallback', async () => {
  const { proxy, network } = rig();
  proxy.accept = 503;
  const testClient = rig().testClient();
  const { got, live } = testClient.watch('chat:sick');
  await until(() => proxy.attempts > 1, 'it has tried the same address again');
  proxy.accept = 'through';
  await live();
  const { dynamodb } = network.region.services;
  const headers = { 'idempotency-key': 'once' };
  dynamodb.fault = () => ({ name: 'InternalServerError', message: 'down' });
  const refused = await rig().publishByHttp('chat:sick', 1, { headers });
  dynamodb.fault = () => undefined;
  expect(refused).toMatchObject({ status: 503, body: { error: { name: 'store_unavailable', retry: 'backoff' } } });
  for (let i = 0; i < 2; i++) {
    expect(await rig().publishByHttp('chat:sick', 1, { headers })).toMatchObject({
      status: 200,
      body: { seqs: [1] },
    });
  }
  await got(1);
  expect(await rig().stored('chat:sick')).toEqual([1]);
});
