import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { RealtimeError } from '../../protocol';
import { type Identity, readClaims } from '../core/auth/capabilities';
import { optionalSetting, setting } from './environment';

/** Verifies a token and returns its claims. @param now milliseconds since 1970 */
export type TokenVerifier = (token: string, now: number) => Promise<Identity>;

/** Time that a secret is cached. After a rotation, the old secret is accepted for at most this long. Milliseconds. */
const SECRET_LIFE = 300_000;

/** Verifies with the network's own secret, or with the published keys of an issuer, as the construct configured. */
export function tokenVerifier(): TokenVerifier {
  const issuer = optionalSetting('TOKEN_ISSUER');
  return issuer === undefined ? secretVerifier(setting('TOKEN_SECRET_ARN')) : issuerVerifier(issuer);
}

function secretVerifier(secretArn: string): TokenVerifier {
  const client = new SecretsManagerClient({});
  let cached: { readonly key: Uint8Array; readonly until: number } | undefined;
  return async (token, now) => {
    if (cached === undefined || now >= cached.until) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      if (SecretString === undefined) throw new Error(`the secret ${secretArn} has no SecretString`);
      cached = { key: new TextEncoder().encode(SecretString), until: now + SECRET_LIFE };
    }
    const { key } = cached;
    // The algorithm is fixed: a token must not choose how it is verified.
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

/** Errors of jose that mean an invalid token. All others concern the keys and their source. */
const INVALID_TOKEN_ERRORS = [
  errors.JWTInvalid,
  errors.JWTClaimValidationFailed,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
];

async function verified(verify: () => Promise<{ payload: JWTPayload }>): Promise<Identity> {
  let payload: JWTPayload;
  try {
    ({ payload } = await verify());
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new RealtimeError('token_expired', undefined, { cause: error });
    // When the keys can't be fetched or read, the token may still be valid: no client error.
    if (!INVALID_TOKEN_ERRORS.some((kind) => error instanceof kind)) throw error;
    throw new RealtimeError('token_invalid', undefined, { cause: error });
  }
  return readClaims(payload);
}
