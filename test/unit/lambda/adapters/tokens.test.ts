// Verification of an issuer's tokens: invalid tokens, and failures of the key endpoint.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { tokenVerifier } from '../../../../lambda/adapters/tokens';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'realtime';

/** Response of the key endpoint. */
let keys: { status: number; body: string };
let server: Server;
const environment = { ...process.env };

beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(keys.status, { 'content-type': 'application/json' }).end(keys.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const jwks = `http://127.0.0.1:${port}/jwks`;
  Object.assign(process.env, { TOKEN_ISSUER: ISSUER, TOKEN_AUDIENCE: AUDIENCE, TOKEN_JWKS_URI: jwks });
});

afterAll(async () => {
  process.env = environment;
  await new Promise((resolve) => server.close(resolve));
});

/** Signs a token with a new key, and publishes a key set. */
async function issue({ kid = 'a', held = ['a'], expires = '5m', audience = AUDIENCE, alg = 'ES256' } = {}) {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const jwk = await exportJWK(publicKey);
  keys = { status: 200, body: JSON.stringify({ keys: held.map((id) => ({ ...jwk, kid: id, alg })) }) };
  return new SignJWT({ cap: { 'chat:*': ['subscribe'] } })
    .setProtectedHeader({ alg, kid: kid === '' ? undefined : kid })
    .setSubject('ada')
    .setIssuer(ISSUER)
    .setAudience(audience)
    .setExpirationTime(expires)
    .sign(privateKey);
}

const verify = (token: string): Promise<unknown> => tokenVerifier()(token, Date.now());

test('given a valid token, then it is accepted', async () => {
  expect(await verify(await issue())).toMatchObject({ clientId: 'ada' });
});

test.each([
  ['signed by a key that is not published', {}, { held: ['b'] }],
  ['without a key id, with several published keys', {}, { kid: '', held: ['a', 'b'] }],
  ['for another audience', {}, { audience: 'other' }],
  ['signed by an algorithm that is not allowed', {}, { alg: 'ES384' }],
  ['with a changed signature', { tamper: true }, {}],
])('given a token %s, then it is rejected as invalid', async (_, { tamper = false }: { tamper?: boolean }, options) => {
  const token = await issue(options);
  await expect(verify(tamper ? `${token.slice(0, -8)}AAAAAAAA` : token)).rejects.toMatchObject({
    error: 'token_invalid',
  });
});

test('given text that is not a token, then it is invalid; given an expired token, then it is to be renewed', async () => {
  await expect(verify('nonsense')).rejects.toMatchObject({ error: 'token_invalid' });
  await expect(verify(await issue({ expires: '-1m' }))).rejects.toMatchObject({ error: 'token_expired' });
});

test.each([
  ['fails', 500, '{"keys":[]}'],
  ['is gone', 404, 'Not found'],
  ['answers no JSON', 200, '<html>'],
  ['answers no key set', 200, '{"nothing":true}'],
])('when the key endpoint %s, then the error is not one of the token', async (_, status, body) => {
  const token = await issue();
  keys = { status, body };
  await expect(verify(token)).rejects.not.toHaveProperty('error');
  await expect(verify(token)).rejects.toHaveProperty('code');
});
