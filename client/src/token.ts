// For servers only: the secret grants every right. It is not part of the browser build.
import { SignJWT } from 'jose';
import {
  type Capabilities,
  CAPABILITY_ACTIONS,
  CAPABILITY_PATTERN,
  type CapabilityAction,
  CLIENT_ID_PATTERN,
  printable,
  RealtimeError,
} from '../../protocol';

/** Options of `mintToken`. */
export interface MintOptions {
  /** The network's secret, from Secrets Manager. At least 32 characters. */
  readonly secret: string;
  /** Id of the client: the `from` of its messages. 1 to 128 visible ASCII characters without " and \\. */
  readonly clientId: string;
  /** Actions by channel pattern: `{"chat:*": ["subscribe", "publish", "history"]}`. */
  readonly capabilities: Capabilities;
  /** Lifetime of the token. Seconds. */
  readonly expiresIn: number;
}

/**
 * Signs a token with which a client connects to a network.
 *
 * @throws RealtimeError token_claims_invalid
 */
export async function mintToken({ secret, clientId, capabilities, expiresIn }: MintOptions): Promise<string> {
  const reject = (rule: string, got: unknown): never => {
    throw new RealtimeError('token_claims_invalid', `${rule}, got: ${printable(got)}.`);
  };
  // Callers in JavaScript have no types. An error must not contain the secret.
  if (typeof secret !== 'string') reject('`secret` must be a string', typeof secret);
  if (secret.length < 32) reject('`secret` must have at least 32 characters', `${secret.length} characters`);
  if (typeof clientId !== 'string' || !CLIENT_ID_PATTERN.test(clientId)) {
    reject('`clientId` must be 1 to 128 visible ASCII characters without " and \\', clientId);
  }
  if (!(Number.isInteger(expiresIn) && expiresIn > 0)) {
    reject('`expiresIn` must be a positive integer, in seconds', expiresIn);
  }
  if (typeof capabilities !== 'object' || (capabilities as unknown) === null || Array.isArray(capabilities)) {
    reject('`capabilities` must be an object with channel patterns as keys', capabilities);
  }
  for (const [pattern, actions] of Object.entries(capabilities as Readonly<Record<string, unknown>>)) {
    // The server would refuse the token only when a client connects.
    if (!CAPABILITY_PATTERN.test(pattern)) {
      reject('A pattern must be *, namespace:*, a channel, or a channel that ends in .*', pattern);
    }
    if (!(Array.isArray(actions) && actions.every((one) => CAPABILITY_ACTIONS.includes(one as CapabilityAction)))) {
      reject(`The actions of ${pattern} must be an array of ${CAPABILITY_ACTIONS.join(', ')}`, actions);
    }
  }
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ cap: capabilities })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(clientId)
    .setIssuedAt(now)
    .setExpirationTime(now + expiresIn)
    .sign(new TextEncoder().encode(secret));
}
