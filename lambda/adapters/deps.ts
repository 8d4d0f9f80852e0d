import { createHash } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ActionDeps } from '../core/actions';
import { REPLY_RESERVE } from '../core/fanout';
import type { IdempotentDeps } from '../core/idempotency';
import { TailHints } from '../core/log';
import { readNamespaces } from '../core/namespaces';
import { DynamoDbConnectionStore } from './connection-store';
import { DynamoDbIdempotencyStore } from './idempotency-store';
import { log } from './log';
import { DynamoDbLogStore } from './log-store';
import { ManagementApiPoster } from './poster';
import { sqsClient, SqsPublishQueue } from './publish-queue';
import { runtime } from './runtime';
import { setting } from './settings';

/** What publishing and subscribing need, bound to AWS; made once an instance. */
export function actionDeps(client: DynamoDBDocumentClient): ActionDeps {
  const origin = setting('AWS_REGION');
  return {
    connections: new DynamoDbConnectionStore(client, setting('CONNECTIONS_TABLE')),
    logs: new DynamoDbLogStore(client, setting('MESSAGES_TABLE')),
    hints: new TailHints(),
    namespaces: readNamespaces(setting('NAMESPACES')),
    origin,
    origins: [origin],
    poster: new ManagementApiPoster(log),
    queue: new SqsPublishQueue(sqsClient, () => setting('PUBLISH_QUEUE_URL'), log),
    runtime,
    log,
  };
}

/** What publishing once for a key needs besides. */
export function idempotencyDeps(client: DynamoDBDocumentClient): Pick<IdempotentDeps, 'idempotency' | 'digest'> {
  return {
    idempotency: new DynamoDbIdempotencyStore(client, setting('MESSAGES_TABLE')),
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
  };
}

/** When fan-out has to end, so that the reply still gets out. Milliseconds since 1970. */
export function deadlineOf(context: { getRemainingTimeInMillis(): number }): number {
  return runtime.now() + context.getRemainingTimeInMillis() - REPLY_RESERVE;
}
