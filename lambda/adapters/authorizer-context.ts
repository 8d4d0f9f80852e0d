// An identity on its way from the authorizer to the functions behind it: API Gateway carries a flat map of texts.
import type { APIGatewayEventDefaultAuthorizerContext } from 'aws-lambda';
import type { Capabilities } from '../../protocol';
import type { Identity } from '../core/auth/capabilities';

export function toAuthorizerContext({ clientId, expires, capabilities }: Identity): Record<string, string> {
  return { sub: clientId, exp: String(expires), cap: JSON.stringify(capabilities) };
}

/** @throws Error when the route has no authorizer in front of it: a fault of the deployment */
export function fromAuthorizerContext(context: APIGatewayEventDefaultAuthorizerContext | undefined): Identity {
  const { sub, exp, cap } = (context ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof sub !== 'string' || typeof exp !== 'string' || typeof cap !== 'string') {
    throw new Error('the event carries no authorizer context');
  }
  return { clientId: sub, expires: Number(exp), capabilities: JSON.parse(cap) as Capabilities };
}
