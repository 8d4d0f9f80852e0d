// Lambda REQUEST authorizers of `$connect`.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
import { type ConnectionFacts, type Handshake, handshakeFields, requestContext } from './events';
import type { Gateway } from './gateway';
import type { ApiModel, Route } from './model';
import { allowsInvoke, policyProblem } from './policy';
import { UpgradeRejection } from './upgrade-rejection';

/** Largest response of an authorizer. Bytes. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_RESULT = 8 * 1024;

/**
 * Invokes the authorizer of a route, and returns the value of `requestContext.authorizer` for later events. Undefined when
 * the route has no authorizer.
 *
 * @throws UpgradeRejection when the authorizer denies the client, or fails
 */
export async function authorize(
  gateway: Gateway,
  api: ApiModel,
  route: Route,
  facts: ConnectionFacts,
): Promise<Record<string, unknown> | undefined> {
  if (route.authorizerId === undefined) return undefined;
  const { region, accountId, clock, invoker, limits } = gateway;
  const authorizer = api.authorizers.get(route.authorizerId);
  if (authorizer === undefined) throw misconfigured(gateway, api, `authorizer ${route.authorizerId} does not exist`);
  if (!authorizer.identitySources.every((source) => hasIdentity(source, facts.handshake))) {
    throw new UpgradeRejection(401, 'Unauthorized');
  }
  const methodArn = `arn:aws:execute-api:${region}:${accountId}:${api.id}/${facts.stage}/$connect`;
  const event = {
    type: 'REQUEST',
    methodArn,
    stageVariables: {},
    ...handshakeFields(facts.handshake),
    requestContext: requestContext(facts, { eventType: 'CONNECT', routeKey: '$connect', now: clock.now() }),
  };
  const invocation = invoker.invoke(authorizer.functionArn, event);
  const result = await gateway.withTimeout(invocation, limits.integrationTimeout);
  if (result.error?.errorMessage === 'Unauthorized') throw new UpgradeRejection(401, 'Unauthorized');
  if (result.error !== undefined || result.throttled === true) throw new UpgradeRejection(500, 'Internal server error');
  return authorizerContext(gateway, api, result.payload, methodArn);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
function authorizerContext(
  gateway: Gateway,
  api: ApiModel,
  payload: unknown,
  methodArn: string,
): Record<string, unknown> {
  const { principalId, policyDocument, context } = (payload ?? {}) as Readonly<Record<string, unknown>>;
  if (Buffer.byteLength(JSON.stringify(payload)) > MAX_RESULT) {
    throw misconfigured(gateway, api, `the authorizer's answer is larger than ${MAX_RESULT} bytes`);
  }
  if (typeof principalId !== 'string') throw misconfigured(gateway, api, "the authorizer's answer has no principalId");
  const problem = policyProblem(policyDocument);
  if (problem !== undefined) throw misconfigured(gateway, api, `the authorizer's policy ${problem}`);
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries((context ?? {}) as Readonly<Record<string, unknown>>)) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw misconfigured(gateway, api, `the authorizer's context value ${name} is not a text, number or boolean`);
    }
    // API Gateway passes numbers and booleans to functions as text.
    texts[name] = String(value);
  }
  if (!allowsInvoke(policyDocument, methodArn)) {
    throw new UpgradeRejection(403, 'User is not authorized to access this resource');
  }
  return { principalId, integrationLatency: 0, ...texts };
}

/** Logs the reason. As on AWS, the client receives only status 500. */
function misconfigured(gateway: Gateway, api: ApiModel, why: string): UpgradeRejection {
  gateway.error(api.id, 'the authorizer is misconfigured', why);
  return new UpgradeRejection(500, 'Internal server error');
}

function hasIdentity(source: string, handshake: Handshake): boolean {
  const [, kind, name = ''] = /^route\.request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (kind === 'querystring') return (handshake.query[name] ?? '') !== '';
  const header = Object.entries(handshake.headers).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return kind === 'header' && (header?.[1] ?? '') !== '';
}
