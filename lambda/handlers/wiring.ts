import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ActionDeps } from '../core/dispatch';
import { type FanoutDeps, LeftToWorkers } from '../core/fanout/fanout';
import type { WorkerDeps } from '../core/fanout/worker';
import type { IdempotentDeps } from '../core/publish/idempotency';
import type { InboxDeps } from '../core/regions/inbox';
import { TailHints } from '../core/log/tail';
import { readNamespaces } from '../core/auth/namespaces';
import { Pace } from '../core/fanout/rate-limiter';
import { MAX_WAITING, PatientPoster } from '../core/fanout/slow-connections';
import { LOOK_TIMEOUT, Peers } from '../core/regions/peers';
import { Pool } from '../core/fanout/fair-pool';
import { POOL_SIZE, POST_TIMEOUT, type PostDeps, REPLY_RESERVE, WORKER_POOL_SIZE } from '../core/fanout/post';
import { Shards } from '../core/fanout/shards';
import { callbackClient } from '../adapters/callbacks';
import { DynamoDbChannelStore } from '../adapters/dynamodb/channel-store';
import { DynamoDbConnectionStore } from '../adapters/dynamodb/connection-store';
import { documentClient } from '../adapters/dynamodb/client';
import { SqsFanoutQueue } from '../adapters/sqs/fanout-queue';
import { DynamoDbIdempotencyStore } from '../adapters/dynamodb/idempotency-store';
import { inboxesOf } from '../adapters/sqs/inbox-queue';
import { logger } from '../adapters/logger';
import { DynamoDbLogStore } from '../adapters/dynamodb/log-store';
import { ManagementApiPoster } from '../adapters/callbacks/poster';
import { SqsPublishQueue } from '../adapters/sqs/publish-queue';
import { originRegions, ownRegion, peerUrls, requestQuota, shardsAtOnce } from '../adapters/regions';
import { runtime } from '../adapters/runtime';
import { setting } from '../adapters/environment';
import { DynamoDbShardStore } from '../adapters/dynamodb/shard-store';
import { digest, sqsClient } from '../adapters/sqs/client';

/** What publishing and subscribing need, bound to AWS; made once an instance. */
export function actionDeps(client: DynamoDBDocumentClient): ActionDeps {
  return {
    ...fanoutDeps(client),
    shards: new Shards({ shards: shardStore(client), runtime, logger: logger }),
    logs: new DynamoDbLogStore(client, setting('MESSAGES_TABLE')),
    hints: new TailHints(),
    namespaces: readNamespaces(setting('NAMESPACES')),
    origin: ownRegion(),
    origins: originRegions(),
    queue: new SqsPublishQueue(
      () => sqsClient(),
      () => setting('PUBLISH_QUEUE_URL'),
      logger,
    ),
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
    peers: new Peers({ inboxes: inboxesOf(urls), interest: hasty, runtime, logger: logger }),
  };
}

/** What sending to subscribers needs. @param sockets posts under way at once */
function fanoutDeps(client: DynamoDBDocumentClient, sockets: number = POOL_SIZE): FanoutDeps {
  return {
    connections: new DynamoDbConnectionStore(client, setting('CONNECTIONS_TABLE')),
    ...posting(sockets),
    leftToWorkers: new LeftToWorkers(),
    jobs: new SqsFanoutQueue(
      // A publisher waits for it, and can do without.
      () => sqsClient({ attempts: 2, timeout: 1_000 }),
      () => setting('FANOUT_QUEUE_URL'),
      logger,
    ),
    logger: logger,
  };
}

function shardStore(client: DynamoDBDocumentClient): DynamoDbShardStore {
  return new DynamoDbShardStore(client, setting('CONNECTIONS_TABLE'));
}

/** What a worker of the fan-out queue needs. */
export function workerDeps(client: DynamoDBDocumentClient): WorkerDeps {
  return {
    ...fanoutDeps(client, WORKER_POOL_SIZE),
    logs: new DynamoDbLogStore(client, setting('MESSAGES_TABLE')),
    shards: shardStore(client),
    shardsAtOnce: shardsAtOnce(),
  };
}

/** What posts to connections; made once an instance, since all its posts share the poster's sockets. */
export function posting(sockets: number = POOL_SIZE): PostDeps {
  const client = callbackClient({ connections: sockets + MAX_WAITING, timeout: POST_TIMEOUT });
  const poster = new PatientPoster(new ManagementApiPoster(client, logger), runtime);
  return { poster, pool: new Pool(sockets), pace: new Pace(runtime, requestQuota()), runtime };
}

/** The state of channels that all regions share. */
export function channelStore(client: DynamoDBDocumentClient): DynamoDbChannelStore {
  return new DynamoDbChannelStore(client, setting('CHANNELS_TABLE'), ownRegion());
}

/** What taking in other regions' messages needs. */
export function inboxDeps(client: DynamoDBDocumentClient): InboxDeps {
  return {
    ...fanoutDeps(client),
    interest: channelStore(client),
  };
}

/** What publishing once for a key needs besides. */
export function idempotencyDeps(client: DynamoDBDocumentClient): Pick<IdempotentDeps, 'idempotency' | 'digest'> {
  return {
    idempotency: new DynamoDbIdempotencyStore(client, setting('MESSAGES_TABLE')),
    digest,
  };
}

/** When fan-out has to end, so that the reply still gets out. Milliseconds since 1970. */
export function deadlineOf(context: { getRemainingTimeInMillis(): number }): number {
  return runtime.now() + context.getRemainingTimeInMillis() - REPLY_RESERVE;
}
