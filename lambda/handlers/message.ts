import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2, Context } from 'aws-lambda';
import { actionDeps, deadlineOf } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { fromAuthorizerContext } from '../adapters/authorizer-context';
import { answer } from '../core/dispatch';
import { connectionOf } from '../core/connections/connection-lifetime';

type MessageEvent = APIGatewayProxyWebsocketEventV2 & {
  readonly requestContext: { readonly authorizer?: Record<string, unknown> };
};

const deps = actionDeps(documentClient());

/** Answers a frame of an open connection; the body travels back by the route response. */
export async function handler(event: MessageEvent, context: Context): Promise<APIGatewayProxyResultV2> {
  const { connectionId, connectedAt, authorizer } = event.requestContext;
  const identity = fromAuthorizerContext(authorizer);
  const caller = { identity, subscriber: connectionOf(connectionId, connectedAt, identity) };
  const reply = await answer(deps, caller, event.body ?? '', deadlineOf(context));
  return { statusCode: 200, body: JSON.stringify(reply) };
}
