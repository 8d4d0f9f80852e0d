import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { RealtimeError } from '../../protocol';
import { toAuthorizerContext } from '../adapters/authorizer-context';
import { logger } from '../adapters/logger';
import { runtime } from '../adapters/runtime';
import { tokenVerifier } from '../adapters/tokens';
import { offeredSubprotocols, tokenOfConnect } from '../core/connections/connection-lifetime';

const verify = tokenVerifier();

/** Lets a connection in if its token is good; API Gateway answers the upgrade with 403 if not. */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  try {
    const offered = offeredSubprotocols(header(event, 'sec-websocket-protocol'));
    const token = tokenOfConnect(offered, event.queryStringParameters?.token);
    const identity = await verify(token, runtime.now());
    return policy(event.methodArn, 'Allow', identity.clientId, toAuthorizerContext(identity));
  } catch (error) {
    if (!(error instanceof RealtimeError)) throw error;
    // A bad token is the client's error, not the function's: it must not count as a failed invocation.
    logger.info('refused', { code: error.code, error: error.error, detail: error.message });
    return policy(event.methodArn, 'Deny', 'anonymous');
  }
}

function header(event: APIGatewayRequestAuthorizerEvent, name: string): string | undefined {
  return Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}

function policy(
  resource: string,
  effect: 'Allow' | 'Deny',
  principalId: string,
  context?: Record<string, string>,
): APIGatewayAuthorizerResult {
  return {
    principalId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }],
    },
    ...(context === undefined ? {} : { context }),
  };
}
