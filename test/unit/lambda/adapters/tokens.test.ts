// Tokens of an issuer: what is the token's fault, and what is the fault of the address that publishes the keys.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { tokenVerifier } from '../../../../lambda/adapters/tokens';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'realtime';

/** What the keys' address answers. */
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

/** A token that a key of ours has signed, and the set that holds that key and others. */
async function issue({ kid = 'a', held = ['a'], expires = '5m', audience = AUDIENCE, alg = 'ES256' } = {}) {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const jwk = await exportJWK(publicKey);
  keys = { status: 200, body: JSON.stringify({ keys: held.map((id) => ({ ...jwk, kid: id, alg })) }) };
  return new SignJWT({ cap: { 'chat:*': ['subscribe'] } })
    .setProtectedHeader({ alg, ...(kid === '' ? {} : { kid }) })
    .setSubject('ada')
    .setIssuer(ISSUER)
    .setAudience(audience)
    .setExpirationTime(expires)
    .sign(privateKey);
}

const verify = (token: string): Promise<unknown> => tokenVerifier()(token, Date.now());

test('a good token', async () => {
  expect(await verify(await issue())).toMatchObject({ clientId: 'ada' });
});

test.each([
  ['of a key that is not published', {}, { held: ['b'] }],
  ['that names no key of several', {}, { kid: '', held: ['a', 'b'] }],
  ['for somebody else', {}, { audience: 'elsewhere' }],
  ['signed by an algorithm that is not allowed', {}, { alg: 'ES384' }],
  ['that was tampered with', { tamper: true }, {}],
])('a token %s is not valid', async (_, { tamper = false }: { tamper?: boolean }, options) => {
  const token = await issue(options);
  await expect(verify(tamper ? `${token.slice(0, -8)}AAAAAAAA` : token)).rejects.toMatchObject({
    error: 'token_invalid',
  });
});

test('text that is no token is not valid, and one that has expired is to be renewed', async () => {
  await expect(verify('nonsense')).rejects.toMatchObject({ error: 'token_invalid' });
  await expect(verify(await issue({ expires: '-1m' }))).rejects.toMatchObject({ error: 'token_expired' });
});

test.each([
  ['fails', 500, '{"keys":[]}'],
  ['is gone', 404, 'Not found'],
  ['answers no JSON', 200, '<html>'],
  ['answers no key set', 200, '{"nothing":true}'],
])("where the keys' address %s, that is not the token's fault", async (_, status, body) => {
  const token = await issue();
  keys = { status, body };
  await expect(verify(token)).rejects.not.toHaveProperty('error');
  await expect(verify(token)).rejects.toHaveProperty('code');
});
