import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { RealtimeError } from '../../protocol';
import { toAuthorizerContext } from '../adapters/authorizer-context';
import { logger } from '../adapters/logger';
import { runtime } from '../adapters/runtime';
import { tokenVerifier } from '../adapters/tokens';
import { offeredSubprotocols, tokenFromHandshake } from '../core/connections/handshake';

const verify = tokenVerifier();

/** Allows a connection with a valid token. On `Deny`, API Gateway answers the handshake with 403. */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  try {
    const offered = offeredSubprotocols(header(event, 'sec-websocket-protocol'));
    const token = tokenFromHandshake(offered, event.queryStringParameters?.token);
    const identity = await verify(token, runtime.now());
    const context = toAuthorizerContext(identity);
    return { principalId: identity.clientId, policyDocument: policy(event.methodArn, 'Allow'), context };
  } catch (error) {
    if (!(error instanceof RealtimeError)) throw error;
    // A bad token is an error of the client: it must not count as a failed invocation.
    logger.info('refused', { code: error.code, error: error.error, detail: error.message });
    return { principalId: 'anonymous', policyDocument: policy(event.methodArn, 'Deny') };
  }
}

function header(event: APIGatewayRequestAuthorizerEvent, name: string): string | undefined {
  return Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}

function policy(resource: string, effect: 'Allow' | 'Deny'): APIGatewayAuthorizerResult['policyDocument'] {
  return {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }],
  };
}
