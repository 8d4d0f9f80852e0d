// Tokens that are over: renewed if they can be, and told if they can't.
import { RealtimeError } from '../../../client/src';
import { until } from '../../support/until';
import { rights, scenario, stage } from './scene';

const scene = stage();

/** A token for scenarios that begin with one that is over. */
let early: Promise<string>;
beforeAll(() => {
  early = brief();
});

/** `exp` is in whole seconds: it is over within two. */
const brief = (): Promise<string> => scene().network.token('witness', rights('chat:*'), 2);
const over = async (token: string): Promise<void> => {
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
  await until(() => Date.now() > exp * 1_000 + 50, 'the token is over');
};

scenario('ably/token-error-renew', async () => {
  const expired = await early;
  await over(expired);
  const tokens = [expired];
  const witness = scene().witness({ token: () => tokens.shift() ?? scene().network.token('witness') });
  await witness.client.channel('chat:renew').publish('meanwhile');
  expect([witness.states, witness.reasons]).toEqual([
    ['connecting', 'disconnected', 'connecting', 'connected'],
    ['connect_failed'],
  ]);
  expect(await scene().stored('chat:renew')).toEqual(['meanwhile']);
  const { got, live } = witness.watch('chat:renew');
  await live();
  await scene().publish('chat:renew', 'live');
  await got('live');
});

scenario('ably/token-error-nonrenewable', async () => {
  const tokens = await Promise.all([brief(), scene().network.token('witness')]);
  let current = tokens[0];
  const witness = scene().witness({ token: () => current });
  const { got, live, channel, states, verdicts } = witness.watch('chat:fixed');
  await live();
  witness.oversleep('rotate');
  await over(current);
  await scene().publish('chat:fixed', 1);
  const failed = channel.publish('mine', { timeout: 1_000 }).catch((error: unknown) => error);
  await until(() => witness.client.state === 'disconnected', 'the client tells that it is not connected');
  expect(await failed).toMatchObject({ error: 'request_timeout', cause: { error: 'token_expired' } });
  expect(witness.reasons[0]).toBe('token_expired');
  expect(states.at(-1)).toBe('subscribing');
  // A provider that fails is told as well.
  const broken = scene().witness({ token: () => Promise.reject(new Error('no session')) });
  await expect(broken.client.channel('chat:fixed').publish(1, { timeout: 300 })).rejects.toMatchObject({
    ...{ error: 'request_timeout', cause: { error: 'token_provider_failed', cause: { message: 'no session' } } },
  });
  await until(() => broken.reasons.length > 1, 'it is told, and tried again');
  expect([broken.reasons[0], broken.states.slice(0, 3)]).toEqual([
    'token_provider_failed',
    ['connecting', 'disconnected', 'connecting'],
  ]);
  current = tokens[1];
  await got(1);
  expect(verdicts).toEqual(['complete']);
  await scene().publish('chat:fixed', 2);
  await got(1, 2);
});

scenario('ably/server-initiated-reauth', async () => {
  const tokens = [await brief()];
  const [first] = tokens;
  let asked = 0;
  const witness = scene().witness({
    token: () => {
      asked += 1;
      return tokens.shift() ?? scene().network.token('witness');
    },
  });
  const { got, live, verdicts } = witness.watch('chat:reauth');
  await live();
  witness.oversleep('rotate');
  await over(first!);
  // An expired token receives nothing more: this is not pushed.
  await scene().publish('chat:reauth', 1);
  witness.ring('sync');
  await got(1);
  await until(() => asked === 2 && verdicts.length === 1, 'the successor has resumed');
  await scene().publish('chat:reauth', 2);
  await got(1, 2);
  expect([witness.states, verdicts]).toEqual([['connecting', 'connected'], ['complete']]);
  expect(
    new Set(
      scene()
        .proxy.framesTo('client', ({ push }) => push === 'messages')
        .map(({ link }) => link),
    ).size,
  ).toBe(1);
});

scenario('ably/renewal-on-401', async () => {
  const expired = await early;
  await over(expired);
  const headers = { 'idempotency-key': 'order-1' };
  const refused = await scene().publishByHttp('chat:http', 'once', { token: expired, headers });
  expect([refused.status, refused.body.error.name]).toEqual([401, 'token_expired']);
  expect(RealtimeError.fromWire(refused.body.error).retry).toBe('renew');
  const answers = [
    await scene().publishByHttp('chat:http', 'once', { headers }),
    await scene().publishByHttp('chat:http', 'once', { headers }),
  ];
  expect(answers).toMatchObject([
    { status: 200, body: { seqs: [1] } },
    { status: 200, body: { seqs: [1] } },
  ]);
  expect(await scene().stored('chat:http')).toEqual(['once']);
});
