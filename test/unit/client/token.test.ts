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

test('a token is signed, says who and what, and ends', async () => {
  const before = Math.floor(Date.now() / 1000);
  const token = await mintToken(GOOD);
  const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(SECRET));
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
  expect(payload).toMatchObject({ sub: 'ada', cap: GOOD.capabilities });
  expect(payload.exp! - payload.iat!).toBe(60);
  expect(payload.iat).toBeGreaterThanOrEqual(before);
});

test('what is minted, the server takes', async () => {
  expect(readClaims(decodeJwt(await mintToken(GOOD)))).toMatchObject({
    clientId: 'ada',
    capabilities: GOOD.capabilities,
  });
});

test.each([
  ['a short secret', { secret: 'x'.repeat(31) }, '31 characters'],
  ['no secret', { secret: undefined }, '`secret` must be a text'],
  ['no client', { clientId: '' }, '`clientId`'],
  ['a client of another type', { clientId: 7 }, '`clientId`'],
  ['a client with a blank', { clientId: 'ada lovelace' }, '`clientId`'],
  ['a client with a quote', { clientId: 'a"b' }, '`clientId`'],
  ['a client too long', { clientId: 'a'.repeat(129) }, '`clientId`'],
  ['no life', { expiresIn: 0 }, '`expiresIn`'],
  ['half a second', { expiresIn: 0.5 }, '`expiresIn`'],
  ['a life that is no number', { expiresIn: Number.NaN }, '`expiresIn`'],
  ['no capabilities', { capabilities: undefined }, '`capabilities` must be an object'],
  ['null capabilities', { capabilities: null }, '`capabilities` must be an object'],
  ['a list of capabilities', { capabilities: ['chat:*'] }, '`capabilities` must be an object'],
  ['an unknown action', { capabilities: { 'chat:*': ['write'] } }, 'subscribe, publish, history, got: ["write"]'],
  ['actions that are no list', { capabilities: { 'chat:*': 'publish' } }, 'must be a list'],
  ['a pattern that is none', { capabilities: { chat: ['publish'] } }, 'A pattern must be'],
  ['a pattern with a star in the middle', { capabilities: { 'chat:*.a': ['publish'] } }, 'A pattern must be'],
])('%s is refused', async (_, change, said) => {
  await expect(mintToken({ ...GOOD, ...change } as MintOptions)).rejects.toMatchObject({
    error: 'token_claims_invalid',
    message: expect.stringContaining(said),
  });
});

test('a secret never stands in an error', async () => {
  const secret = 'short but secret';
  await expect(mintToken({ ...GOOD, secret })).rejects.toMatchObject({ message: expect.not.stringContaining(secret) });
});

test('what names and patterns may be is told by the protocol alone, where the server reads it too', () => {
  const text = readFileSync(path.join(root, 'client/src/token.ts'), 'utf8');
  expect(text).not.toMatch(/\/\^/);
});
