import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { PublishOk, WireError } from '../../protocol';
import { dispatchDeps, deadlineOf, idempotencyDeps } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { runtime } from '../adapters/runtime';
import { tokenVerifier } from '../adapters/tokens';
import { toRealtimeError } from '../core/dispatch';
import { bearerOf, publishDirect, publishHttp } from '../core/publish/http-publish';

/** Payload of a direct invocation by a function with `grants.publish`. IAM authorizes it, and it names the sender itself. */
export interface DirectPublish {
  readonly channel: string;
  readonly messages: readonly { readonly id?: string; readonly data: unknown; readonly enc?: string }[];
  /** @default 'server' */
  readonly from?: string;
  /** Same as the HTTP header: repeated invocations with the key publish once. @default - every invocation publishes */
  readonly idempotencyKey?: string;
}
export type DirectResult = { readonly ok: PublishOk } | { readonly error: WireError };

const client = documentClient();
const deps = { ...dispatchDeps(client), ...idempotencyDeps(client) };
const verify = tokenVerifier();

/** Publishes by `POST /v1/channels/{channel}/messages`, or by direct invocation. */
export async function handler(
  event: APIGatewayProxyEventV2 | DirectPublish,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2 | DirectResult> {
  const deadline = deadlineOf(context);
  const isHttp = 'requestContext' in event;
  try {
    if (!isHttp) return { ok: await publishDirect(deps, event, deadline) };
    const identity = await verify(bearerOf(event.headers.authorization), runtime.now());
    const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : event.body;
    const request = {
      // API Gateway decodes path parameters once. A channel that a proxy encoded twice must not be decoded again.
      channel: event.pathParameters?.channel,
      body,
      idempotencyKey: event.headers['idempotency-key'],
    };
    return json(200, await publishHttp(deps, identity, request, deadline));
  } catch (thrown) {
    const error = toRealtimeError(deps, thrown, { action: 'publish', by: isHttp ? 'http' : 'invoke' });
    return isHttp ? json(error.status, { error: error.toWire() }) : { error: error.toWire() };
  }
}

function json(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
