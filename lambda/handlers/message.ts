import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2, Context } from 'aws-lambda';
import { deadlineOf, dispatchDeps } from './wiring';
import { API_GATEWAY_LIMITS } from '../adapters/api-gateway/limits';
import { documentClient } from '../adapters/dynamodb/client';
import { fromAuthorizerContext } from '../adapters/authorizer-context';
import { dispatch } from '../core/dispatch';
import { connectionOf } from '../core/connections/connection-lifetime';

type MessageEvent = APIGatewayProxyWebsocketEventV2 & {
  readonly requestContext: { readonly authorizer?: Record<string, unknown> };
};

const deps = dispatchDeps(documentClient());

/** Executes a frame of an open connection. The reply is the body of the route response. */
export async function handler(event: MessageEvent, context: Context): Promise<APIGatewayProxyResultV2> {
  const { connectionId: id, connectedAt, authorizer } = event.requestContext;
  const identity = fromAuthorizerContext(authorizer);
  const caller = { identity, subscriber: connectionOf({ id, connectedAt, identity }, API_GATEWAY_LIMITS) };
  const reply = await dispatch(deps, caller, event.body ?? '', deadlineOf(context));
  return { statusCode: 200, body: JSON.stringify(reply) };
}
