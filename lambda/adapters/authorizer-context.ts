// Passes the identity from the authorizer to the other functions. API Gateway's authorizer context is a flat map of strings, with a
// policy of at most 8 KB: MAX_CAPABILITY_BYTES keeps it below.
import type { APIGatewayEventDefaultAuthorizerContext } from 'aws-lambda';
import type { Capabilities } from '../../protocol';
import type { Identity } from '../core/auth/capabilities';

export function toAuthorizerContext({ clientId, expires, capabilities }: Identity): Record<string, string> {
  return { sub: clientId, exp: String(expires), cap: JSON.stringify(capabilities) };
}

/** @throws Error when the route has no authorizer: a fault of the deployment */
export function fromAuthorizerContext(context: APIGatewayEventDefaultAuthorizerContext | undefined): Identity {
  const { sub, exp, cap } = (context ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof sub !== 'string' || typeof exp !== 'string' || typeof cap !== 'string') {
    throw new Error('the event has no authorizer context');
  }
  return { clientId: sub, expires: Number(exp), capabilities: JSON.parse(cap) as Capabilities };
}
