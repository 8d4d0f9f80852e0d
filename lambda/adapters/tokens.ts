import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { RealtimeError } from '../../protocol';
import { type Identity, readClaims } from '../core/auth/capabilities';
import { optionalSetting, setting } from './environment';

/** Verifies a token and reads who its bearer is. */
export type TokenVerifier = (token: string, now: number) => Promise<Identity>;

/** How long a fetched secret is used before it is fetched again: the bound on how long an old one works. Milliseconds. */
const SECRET_LIFE = 300_000;

/** The verifier that the construct chose: the network's own secret, or an issuer's published keys. */
export function tokenVerifier(): TokenVerifier {
  const issuer = optionalSetting('TOKEN_ISSUER');
  return issuer === undefined ? secretVerifier(setting('TOKEN_SECRET_ARN')) : issuerVerifier(issuer);
}

function secretVerifier(secretArn: string): TokenVerifier {
  const client = new SecretsManagerClient({});
  let held: { readonly key: Uint8Array; readonly until: number } | undefined;
  return async (token, now) => {
    if (held === undefined || now >= held.until) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      if (SecretString === undefined) throw new Error(`the secret ${secretArn} holds no text`);
      held = { key: new TextEncoder().encode(SecretString), until: now + SECRET_LIFE };
    }
    const { key } = held;
    // The algorithm is pinned: a token must not choose how it is verified.
    return verified(() => jwtVerify(token, key, { algorithms: ['HS256'], currentDate: new Date(now) }));
  };
}

function issuerVerifier(issuer: string): TokenVerifier {
  const audience = setting('TOKEN_AUDIENCE');
  const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(setting('TOKEN_JWKS_URI')));
  const algorithms = ['RS256', 'ES256', 'EdDSA'];
  return (token, now) =>
    verified(() => jwtVerify(token, keys, { algorithms, issuer, audience, currentDate: new Date(now) }));
}

/** What a verification says of the token; all else that jose throws is about keys, and where they come from. */
const TOKENS_FAULT = [
  ...[errors.JWTInvalid, errors.JWTClaimValidationFailed, errors.JWSInvalid, errors.JWSSignatureVerificationFailed],
  ...[errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSEAlgNotAllowed, errors.JOSENotSupported],
];

async function verified(verify: () => Promise<{ payload: JWTPayload }>): Promise<Identity> {
  let payload: JWTPayload;
  try {
    ({ payload } = await verify());
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new RealtimeError('token_expired', undefined, { cause: error });
    // Keys that can't be fetched or read are not the token's fault: it may be good when they are back.
    if (!TOKENS_FAULT.some((kind) => error instanceof kind)) throw error;
    throw new RealtimeError('token_invalid', undefined, { cause: error });
  }
  return readClaims(payload);
}
