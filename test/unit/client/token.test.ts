import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeJwt, jwtVerify } from 'jose';
import { type MintOptions, mintToken } from '../../../client/src/token';
import { readClaims } from '../../../lambda/core/auth/capabilities';
import { root } from '../../support/root';

const SECRET = 's'.repeat(32);
const GOOD: MintOptions = {
  secret: SECRET,
  clientId: 'ada',
  capabilities: {
    'chat:*': ['subscribe', 'publish'],
    'chat:room.42': [],
    'chat:room.*': ['history'],
    '*': ['subscribe'],
  },
  expiresIn: 60,
};

test('when a token is minted, then it is signed, with client id, capabilities and expiry', async () => {
  const before = Math.floor(Date.now() / 1000);
  const token = await mintToken(GOOD);
  const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(SECRET));
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
  expect(payload).toMatchObject({ sub: 'ada', cap: GOOD.capabilities });
  expect(payload.exp! - payload.iat!).toBe(60);
  expect(payload.iat).toBeGreaterThanOrEqual(before);
});

test('when a token is minted, then the server accepts its claims', async () => {
  expect(readClaims(decodeJwt(await mintToken(GOOD)))).toMatchObject({
    clientId: 'ada',
    capabilities: GOOD.capabilities,
  });
});

test.each([
  ['a short secret', { secret: 'x'.repeat(31) }, '31 characters'],
  ['no secret', { secret: undefined }, '`secret` must be a string'],
  ['no client', { clientId: '' }, '`clientId`'],
  ['a client of another type', { clientId: 7 }, '`clientId`'],
  ['a client with a space', { clientId: 'ada lovelace' }, '`clientId`'],
  ['a client with a quote', { clientId: 'a"b' }, '`clientId`'],
  ['a client too long', { clientId: 'a'.repeat(129) }, '`clientId`'],
  ['no lifetime', { expiresIn: 0 }, '`expiresIn`'],
  ['half a second', { expiresIn: 0.5 }, '`expiresIn`'],
  ['a lifetime that is no number', { expiresIn: Number.NaN }, '`expiresIn`'],
  ['no capabilities', { capabilities: undefined }, '`capabilities` must be an object'],
  ['null capabilities', { capabilities: null }, '`capabilities` must be an object'],
  ['an array of capabilities', { capabilities: ['chat:*'] }, '`capabilities` must be an object'],
  ['an unknown action', { capabilities: { 'chat:*': ['write'] } }, 'subscribe, publish, history, got: ["write"]'],
  ['actions that are no array', { capabilities: { 'chat:*': 'publish' } }, 'must be an array'],
  ['an invalid pattern', { capabilities: { chat: ['publish'] } }, 'A pattern must be'],
  ['a pattern with a star in the middle', { capabilities: { 'chat:*.a': ['publish'] } }, 'A pattern must be'],
])('given %s, then it throws', async (_, change, said) => {
  await expect(mintToken({ ...GOOD, ...change } as MintOptions)).rejects.toMatchObject({
    error: 'token_claims_invalid',
    message: expect.stringContaining(said),
  });
});

test('when the secret is refused, then the error does not contain it', async () => {
  const secret = 'short but secret';
  await expect(mintToken({ ...GOOD, secret })).rejects.toMatchObject({ message: expect.not.stringContaining(secret) });
});

test('token.ts has no patterns of its own: those of the protocol apply', () => {
  const text = readFileSync(path.join(root, 'client/src/token.ts'), 'utf8');
  expect(text).not.toMatch(/\/\^/);
});
