// Connects the core to AWS. Handlers call these functions once, when their module is loaded, so that warm invocations share caches
// and sockets.
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DispatchDeps } from '../core/dispatch';
import { type FanoutDeps, WorkerChannels } from '../core/fanout/fanout';
import type { WorkerDeps } from '../core/fanout/worker';
import type { IdempotentDeps } from '../core/publish/idempotency';
import type { InboxDeps } from '../core/regions/inbox';
import { TailHints } from '../core/log/tail';
import { readNamespaces } from '../core/auth/namespaces';
import { RateLimiter } from '../core/fanout/rate-limiter';
import { MAX_UNANSWERED, SlowConnectionGuard } from '../core/fanout/slow-connections';
import { INTEREST_TIMEOUT, Peers } from '../core/regions/peers';
import { FairPool } from '../core/fanout/fair-pool';
import { POOL_SIZE, POST_TIMEOUT, type PostDeps, REPLY_RESERVE, WORKER_POOL_SIZE } from '../core/fanout/post';
import { Shards } from '../core/fanout/shards';
import { callbackClient } from '../adapters/api-gateway';
import { ApiGatewayTransport } from '../adapters/api-gateway/transport';
import { API_GATEWAY_LIMITS, apiGatewayQuota } from '../adapters/api-gateway/limits';
import { DynamoDbChannelStore } from '../adapters/dynamodb/channel-store';
import { DynamoDbConnectionStore } from '../adapters/dynamodb/connection-store';
import { documentClient } from '../adapters/dynamodb/client';
import { DynamoDbIdempotencyStore } from '../adapters/dynamodb/idempotency-store';
import { DynamoDbLogStore } from '../adapters/dynamodb/log-store';
import { DynamoDbShardStore } from '../adapters/dynamodb/shard-store';
import { originRegions, ownRegion, peerUrls, requestQuota, setting, shardsAtOnce } from '../adapters/environment';
import { logger } from '../adapters/logger';
import { runtime } from '../adapters/runtime';
import { digest, sqsClient } from '../adapters/sqs/client';
import { SqsFanoutQueue } from '../adapters/sqs/fanout-queue';
import { inboxesOf } from '../adapters/sqs/inbox-queue';
import { SqsPublishQueue } from '../adapters/sqs/publish-queue';

/** Dependencies of publishing and subscribing. */
export function dispatchDeps(client: DynamoDBDocumentClient): DispatchDeps {
  return {
    ...fanoutDeps(client),
    ...regionDeps(client),
    shards: new Shards({ shards: shardStore(client), runtime, logger, transportLimits: API_GATEWAY_LIMITS }),
    logs: logStore(client),
    hints: new TailHints(),
    namespaces: readNamespaces(setting('NAMESPACES')),
    origin: ownRegion(),
    origins: originRegions(),
    queue: new SqsPublishQueue(
      () => sqsClient(),
      () => setting('PUBLISH_QUEUE_URL'),
      logger,
    ),
  };
}

/** Dependencies on the other regions. Empty when there are none. */
function regionDeps(client: DynamoDBDocumentClient): Pick<DispatchDeps, 'peers' | 'interest'> {
  const urls = peerUrls();
  if (urls.size === 0) return {};
  // A publisher waits for this read, so it is tried once. Without an answer, the message is sent to every peer.
  const interest = channelStore(documentClient({ attempts: 1, timeout: INTEREST_TIMEOUT }));
  return {
    interest: channelStore(client),
    peers: new Peers({ inboxes: inboxesOf(urls), interest, runtime, logger }),
  };
}

/** Additional dependencies of publishing with an idempotency key. */
export function idempotencyDeps(client: DynamoDBDocumentClient): Pick<IdempotentDeps, 'idempotency' | 'digest'> {
  return { idempotency: new DynamoDbIdempotencyStore(client, setting('MESSAGES_TABLE')), digest };
}

/** Dependencies of a worker of the fan-out queue. */
export function workerDeps(client: DynamoDBDocumentClient): WorkerDeps {
  return {
    ...fanoutDeps(client, WORKER_POOL_SIZE),
    logs: logStore(client),
    shards: shardStore(client),
    shardsAtOnce: shardsAtOnce(),
  };
}

/** Dependencies of processing the inbox. */
export function inboxDeps(client: DynamoDBDocumentClient): InboxDeps {
  return { ...fanoutDeps(client), interest: channelStore(client) };
}

/** Dependencies of sending to subscribers. @param poolSize posts in flight */
function fanoutDeps(client: DynamoDBDocumentClient, poolSize: number = POOL_SIZE): FanoutDeps {
  return {
    ...postDeps(poolSize),
    connections: new DynamoDbConnectionStore(client, setting('CONNECTIONS_TABLE')),
    workerChannels: new WorkerChannels(),
    jobs: new SqsFanoutQueue(
      // Few attempts and a short timeout: a publisher waits for it, and can post by itself if it fails.
      () => sqsClient({ attempts: 2, timeout: 1_000 }),
      () => setting('FANOUT_QUEUE_URL'),
      logger,
    ),
    transportLimits: API_GATEWAY_LIMITS,
    logger,
  };
}

/** Dependencies of posting to connections. @param poolSize posts in flight */
export function postDeps(poolSize: number = POOL_SIZE): PostDeps {
  const client = callbackClient({ connections: poolSize + MAX_UNANSWERED, timeout: POST_TIMEOUT });
  return {
    transport: new SlowConnectionGuard(new ApiGatewayTransport(client, logger), runtime),
    pool: new FairPool(poolSize),
    rateLimiter: new RateLimiter(runtime, apiGatewayQuota(requestQuota())),
    runtime,
  };
}

/** Interest and drain marks, which all regions share. */
export function channelStore(client: DynamoDBDocumentClient): DynamoDbChannelStore {
  return new DynamoDbChannelStore(client, setting('CHANNELS_TABLE'), ownRegion());
}

function shardStore(client: DynamoDBDocumentClient): DynamoDbShardStore {
  return new DynamoDbShardStore(client, setting('CONNECTIONS_TABLE'));
}

function logStore(client: DynamoDBDocumentClient): DynamoDbLogStore {
  return new DynamoDbLogStore(client, setting('MESSAGES_TABLE'));
}

/** Time at which fan-out must end, so that the reply is still sent. Milliseconds since 1970. */
export function deadlineOf(context: { getRemainingTimeInMillis(): number }): number {
  return runtime.now() + context.getRemainingTimeInMillis() - REPLY_RESERVE;
}
