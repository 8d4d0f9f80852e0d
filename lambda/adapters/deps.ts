import { createHash } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ActionDeps } from '../core/actions';
import { type FanoutDeps, POOL_SIZE, POST_TIMEOUT, REPLY_RESERVE } from '../core/fanout';
import type { IdempotentDeps } from '../core/idempotency';
import type { InboxDeps } from '../core/inbox';
import { TailHints } from '../core/log';
import { readNamespaces } from '../core/namespaces';
import { LOOK_TIMEOUT, Peers } from '../core/peers';
import { Pool } from '../core/pool';
import { callbackClient } from './callbacks';
import { DynamoDbChannelStore } from './channel-store';
import { DynamoDbConnectionStore } from './connection-store';
import { documentClient } from './dynamodb';
import { DynamoDbIdempotencyStore } from './idempotency-store';
import { inboxesOf } from './inbox';
import { log } from './log';
import { DynamoDbLogStore } from './log-store';
import { ManagementApiPoster } from './poster';
import { SqsPublishQueue } from './publish-queue';
import { originRegions, ownRegion, peerUrls } from './regions';
import { runtime } from './runtime';
import { setting } from './settings';
import { sqsClient } from './sqs';

/** What publishing and subscribing need, bound to AWS; made once an instance. */
export function actionDeps(client: DynamoDBDocumentClient): ActionDeps {
  return {
    connections: new DynamoDbConnectionStore(client, setting('CONNECTIONS_TABLE')),
    logs: new DynamoDbLogStore(client, setting('MESSAGES_TABLE')),
    hints: new TailHints(),
    namespaces: readNamespaces(setting('NAMESPACES')),
    origin: ownRegion(),
    origins: originRegions(),
    ...posting(),
    queue: new SqsPublishQueue(
      () => sqsClient(),
      () => setting('PUBLISH_QUEUE_URL'),
      log,
    ),
    runtime,
    log,
    ...peerDeps(client),
  };
}

/** What there is of other regions; nothing where there are none. */
function peerDeps(client: DynamoDBDocumentClient): Pick<ActionDeps, 'peers' | 'interest'> {
  const urls = peerUrls();
  if (urls.size === 0) return {};
  // Looked up while a publisher waits, and once: without an answer, every peer is told.
  const hasty = channelStore(documentClient({ attempts: 1, timeout: LOOK_TIMEOUT }));
  return {
    interest: channelStore(client),
    peers: new Peers({ inboxes: inboxesOf(urls), interest: hasty, runtime, log }),
  };
}

/** What posts to connections; made once an instance, since all its posts share the poster's sockets. */
export function posting(): Pick<FanoutDeps, 'poster' | 'pool'> {
  const client = callbackClient({ connections: POOL_SIZE, timeout: POST_TIMEOUT });
  return { poster: new ManagementApiPoster(client, log), pool: new Pool(POOL_SIZE) };
}

/** The state of channels that all regions share. */
export function channelStore(client: DynamoDBDocumentClient): DynamoDbChannelStore {
  return new DynamoDbChannelStore(client, setting('CHANNELS_TABLE'), ownRegion());
}

/** What taking in other regions' messages needs. */
export function inboxDeps(client: DynamoDBDocumentClient): InboxDeps {
  return {
    connections: new DynamoDbConnectionStore(client, setting('CONNECTIONS_TABLE')),
    ...posting(),
    interest: channelStore(client),
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
