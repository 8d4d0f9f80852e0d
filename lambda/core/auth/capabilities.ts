import {
  CAPABILITY_ACTIONS,
  CAPABILITY_PATTERN,
  type Capabilities,
  type CapabilityAction,
  CLIENT_ID_PATTERN,
  parseChannel,
  printable,
  RealtimeError,
  utf8Length,
} from '../../../protocol';
import type { Namespaces } from './namespaces';

/** Verified claims of a token. */
export interface Identity {
  /** The token's `sub`. */
  readonly clientId: string;
  /** The token's `exp`, in seconds since 1970. */
  readonly expires: number;
  readonly capabilities: Capabilities;
}

/** Largest `cap` claim, in bytes of JSON. The transport carries it with each request (adapters/authorizer-context.ts). */
export const MAX_CAPABILITY_BYTES = 4_096;

/**
 * Reads the claims of a token whose signature has been verified.
 *
 * @throws RealtimeError token_claims_invalid
 */
export function readClaims(claims: Readonly<Record<string, unknown>>): Identity {
  const { sub, exp, cap } = claims;
  const reject = (rule: string, got: unknown): never => {
    throw new RealtimeError('token_claims_invalid', `${rule}, got: ${printable(got)}.`);
  };
  if (typeof sub !== 'string' || !CLIENT_ID_PATTERN.test(sub)) {
    return reject('`sub` must be 1 to 128 visible ASCII characters without " and \\', sub);
  }
  if (typeof exp !== 'number' || !Number.isSafeInteger(exp)) return reject('`exp` must be seconds since 1970', exp);
  if (typeof cap !== 'object' || cap === null || Array.isArray(cap)) {
    return reject('`cap` must be an object of channel patterns', cap);
  }
  for (const [pattern, actions] of Object.entries(cap)) {
    if (!CAPABILITY_PATTERN.test(pattern)) {
      return reject('A pattern of `cap` must be *, namespace:*, a channel, or a channel that ends in .*', pattern);
    }
    if (
      !Array.isArray(actions) ||
      !actions.every((action) => CAPABILITY_ACTIONS.includes(action as CapabilityAction))
    ) {
      return reject(`The actions of ${pattern} must be a list of ${CAPABILITY_ACTIONS.join(', ')}`, actions);
    }
  }
  if (utf8Length(JSON.stringify(cap)) > MAX_CAPABILITY_BYTES) {
    return reject(`\`cap\` must be at most ${MAX_CAPABILITY_BYTES} bytes of JSON`, Object.keys(cap).length);
  }
  return { clientId: sub, expires: exp, capabilities: cap as Capabilities };
}

/** An action of a client on a channel. */
export interface AccessRequest {
  readonly identity: Identity;
  readonly action: CapabilityAction;
  readonly channel: string;
  readonly namespaces: Namespaces;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Decides every action of a client: denied unless a capability allows it.
 *
 * @throws RealtimeError token_expired, channel_name_invalid, namespace_unknown or capability_missing
 */
export function authorize({ identity, action, channel, namespaces, now }: AccessRequest): void {
  if (identity.expires * 1000 <= now) throw new RealtimeError('token_expired');
  const { namespace } = parseChannel(channel);
  if (!namespaces.has(namespace)) throw new RealtimeError('namespace_unknown', `Got: ${printable(namespace)}.`);
  if (!allows(identity.capabilities, action, channel)) {
    throw new RealtimeError('capability_missing', `Action: ${action}, channel: ${channel}.`);
  }
}

/** Whether any pattern of the capabilities covers the channel and lists the action. */
export function allows(capabilities: Capabilities, action: CapabilityAction, channel: string): boolean {
  return Object.entries(capabilities).some(
    ([pattern, actions]) => actions.includes(action) && covers(pattern, channel),
  );
}

/** `*` covers every channel, `chat:*` a namespace, `chat:room.*` the channels below `chat:room`, and other patterns one channel. */
export function covers(pattern: string, channel: string): boolean {
  return pattern.endsWith('*') ? channel.startsWith(pattern.slice(0, -1)) : channel === pattern;
}
