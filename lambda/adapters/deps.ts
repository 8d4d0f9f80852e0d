import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ActionDeps } from '../core/actions';
import { type FanoutDeps, LeftToWorkers } from '../core/fanout';
import type { WorkerDeps } from '../core/fanout-jobs';
import type { IdempotentDeps } from '../core/idempotency';
import type { InboxDeps } from '../core/inbox';
import { TailHints } from '../core/log';
import { readNamespaces } from '../core/namespaces';
import { Pace } from '../core/pace';
import { MAX_WAITING, PatientPoster } from '../core/patience';
import { LOOK_TIMEOUT, Peers } from '../core/peers';
import { Pool } from '../core/pool';
import { POOL_SIZE, POST_TIMEOUT, type PostDeps, REPLY_RESERVE, WORKER_POOL_SIZE } from '../core/posting';
import { Shards } from '../core/shards';
import { callbackClient } from './callbacks';
import { DynamoDbChannelStore } from './channel-store';
import { DynamoDbConnectionStore } from './connection-store';
import { documentClient } from './dynamodb';
import { SqsFanoutQueue } from './fanout-queue';
import { DynamoDbIdempotencyStore } from './idempotency-store';
import { inboxesOf } from './inbox';
import { log } from './log';
import { DynamoDbLogStore } from './log-store';
import { ManagementApiPoster } from './poster';
import { SqsPublishQueue } from './publish-queue';
import { originRegions, ownRegion, peerUrls, requestQuota, shardsAtOnce } from './regions';
import { runtime } from './runtime';
import { setting } from './settings';
import { DynamoDbShardStore } from './shard-store';
import { digest, sqsClient } from './sqs';

/** What publishing and subscribing need, bound to AWS; made once an instance. */
export function actionDeps(client: DynamoDBDocumentClient): ActionDeps {
  return {
    ...fanoutDeps(client),
    shards: new Shards({ shards: shardStore(client), runtime, log }),
    logs: new DynamoDbLogStore(client, setting('MESSAGES_TABLE')),
    hints: new TailHints(),
    namespaces: readNamespaces(setting('NAMESPACES')),
    origin: ownRegion(),
    origins: originRegions(),
    queue: new SqsPublishQueue(
      () => sqsClient(),
      () => setting('PUBLISH_QUEUE_URL'),
      log,
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
    peers: new Peers({ inboxes: inboxesOf(urls), interest: hasty, runtime, log }),
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
      log,
    ),
    log,
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
  const poster = new PatientPoster(new ManagementApiPoster(client, log), runtime);
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
