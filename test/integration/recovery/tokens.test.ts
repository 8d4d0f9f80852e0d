// Expired tokens: they are renewed, or the failure is reported.
import { RealtimeError } from '../../../client/src';
import { until } from '../../support/until';
import { rights, scenario, useRig } from './rig';

const rig = useRig();

/** A token for scenarios that begin with an expired one. */
let early: Promise<string>;
beforeAll(() => {
  early = shortToken();
});

/** A token that expires within two seconds, because `exp` is in whole seconds. */
const shortToken = (): Promise<string> => rig().network.token('testClient', rights('chat:*'), 2);
const untilExpired = async (token: string): Promise<void> => {
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
  await until(() => Date.now() > exp * 1_000 + 50, 'the token has expired');
};

scenario('ably/token-error-renew', async () => {
  const expired = await early;
  await untilExpired(expired);
  const tokens = [expired];
  const testClient = rig().testClient({ token: () => tokens.shift() ?? rig().network.token('testClient') });
  await testClient.client.channel('chat:renew').publish('meanwhile');
  expect([testClient.states, testClient.reasons]).toEqual([
    ['connecting', 'disconnected', 'connecting', 'connected'],
    ['connect_failed'],
  ]);
  expect(await rig().stored('chat:renew')).toEqual(['meanwhile']);
  const { got, live } = testClient.watch('chat:renew');
  await live();
  await rig().publish('chat:renew', 'live');
  await got('live');
});

scenario('ably/token-error-nonrenewable', async () => {
  const tokens = await Promise.all([shortToken(), rig().network.token('testClient')]);
  let current = tokens[0];
  const testClient = rig().testClient({ token: () => current });
  const { got, live, channel, states, verdicts } = testClient.watch('chat:fixed');
  await live();
  testClient.cancelTimers('rotate');
  await untilExpired(current);
  await rig().publish('chat:fixed', 1);
  const failed = channel.publish('mine', { timeout: 1_000 }).catch((error: unknown) => error);
  await until(() => testClient.client.state === 'disconnected', 'the client is disconnected');
  expect(await failed).toMatchObject({ error: 'request_timeout', cause: { error: 'token_expired' } });
  expect(testClient.reasons[0]).toBe('token_expired');
  expect(states.at(-1)).toBe('subscribing');
  // The failure of a token provider is reported too.
  const failing = rig().testClient({ token: () => Promise.reject(new Error('no session')) });
  await expect(failing.client.channel('chat:fixed').publish(1, { timeout: 300 })).rejects.toMatchObject({
    error: 'request_timeout',
    cause: { error: 'token_provider_failed', cause: { message: 'no session' } },
  });
  await until(() => failing.reasons.length > 1, 'the failure is reported, and the provider is called again');
  expect([failing.reasons[0], failing.states.slice(0, 3)]).toEqual([
    'token_provider_failed',
    ['connecting', 'disconnected', 'connecting'],
  ]);
  current = tokens[1];
  await got(1);
  expect(verdicts).toEqual(['complete']);
  await rig().publish('chat:fixed', 2);
  await got(1, 2);
});

scenario('ably/server-initiated-reauth', async () => {
  const tokens = [await shortToken()];
  const [first] = tokens;
  let asked = 0;
  const testClient = rig().testClient({
    token: () => {
      asked += 1;
      return tokens.shift() ?? rig().network.token('testClient');
    },
  });
  const { got, live, verdicts } = testClient.watch('chat:reauth');
  await live();
  testClient.cancelTimers('rotate');
  await untilExpired(first!);
  // A connection with an expired token gets no pushes.
  await rig().publish('chat:reauth', 1);
  testClient.fireTimers('sync');
  await got(1);
  await until(() => asked === 2 && verdicts.length === 1, 'the successor has resumed');
  await rig().publish('chat:reauth', 2);
  await got(1, 2);
  expect([testClient.states, verdicts]).toEqual([['connecting', 'connected'], ['complete']]);
  expect(
    new Set(
      rig()
        .proxy.framesTo('client', ({ push }) => push === 'messages')
        .map(({ link }) => link),
    ).size,
  ).toBe(1);
});

scenario('ably/renewal-on-401', async () => {
  const expired = await early;
  await untilExpired(expired);
  const headers = { 'idempotency-key': 'order-1' };
  const refused = await rig().publishByHttp('chat:http', 'once', { token: expired, headers });
  expect([refused.status, refused.body.error.name]).toEqual([401, 'token_expired']);
  expect(RealtimeError.fromWire(refused.body.error).retry).toBe('renew');
  const answers = [
    await rig().publishByHttp('chat:http', 'once', { headers }),
    await rig().publishByHttp('chat:http', 'once', { headers }),
  ];
  expect(answers).toMatchObject([
    { status: 200, body: { seqs: [1] } },
    { status: 200, body: { seqs: [1] } },
  ]);
  expect(await rig().stored('chat:http')).toEqual(['once']);
});
