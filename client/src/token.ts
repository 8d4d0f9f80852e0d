// For servers only: whoever has the secret can give any right. Never part of the browser build.
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

export interface MintOptions {
  /** The network's secret, as Secrets Manager holds it. */
  readonly secret: string;
  /** Who the bearer is: the `from` of what it publishes. 1 to 128 visible ASCII characters. */
  readonly clientId: string;
  /** Channel patterns to actions: `{"chat:*": ["subscribe", "publish", "history"]}`. */
  readonly capabilities: Capabilities;
  /** Seconds that the token is good for. */
  readonly expiresIn: number;
}

/**
 * Makes a token that lets its bearer connect to a network.
 *
 * @throws RealtimeError token_claims_invalid
 */
export async function mintToken({ secret, clientId, capabilities, expiresIn }: MintOptions): Promise<string> {
  const reject = (rule: string, got: unknown): never => {
    throw new RealtimeError('token_claims_invalid', `${rule}, got: ${printable(got)}.`);
  };
  // Callers without types give anything; nothing of the secret may stand in the error.
  if (typeof secret !== 'string') reject('`secret` must be a text', typeof secret);
  if (secret.length < 32) reject('`secret` must have at least 32 characters', `${secret.length} characters`);
  if (typeof clientId !== 'string' || !CLIENT_ID_PATTERN.test(clientId)) {
    reject('`clientId` must be 1 to 128 visible ASCII characters without " and \\', clientId);
  }
  if (!(Number.isInteger(expiresIn) && expiresIn > 0)) {
    reject('`expiresIn` must be a whole number of seconds above 0', expiresIn);
  }
  if (typeof capabilities !== 'object' || (capabilities as unknown) === null || Array.isArray(capabilities)) {
    reject('`capabilities` must be an object of channel patterns', capabilities);
  }
  for (const [pattern, actions] of Object.entries(capabilities as Readonly<Record<string, unknown>>)) {
    // What the server would refuse: told here, where it is a mistake.
    if (!CAPABILITY_PATTERN.test(pattern)) {
      reject('A pattern must be *, namespace:*, a channel, or a channel that ends in .*', pattern);
    }
    if (!(Array.isArray(actions) && actions.every((one) => CAPABILITY_ACTIONS.includes(one as CapabilityAction)))) {
      reject(`The actions of ${pattern} must be a list of ${CAPABILITY_ACTIONS.join(', ')}`, actions);
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
