import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { channelStore } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { queueProbe } from '../adapters/sqs/inbox-queue';
import { logger } from '../adapters/logger';
import { networkRegions, ownRegion } from '../adapters/regions';
import { runtime } from '../adapters/runtime';
import { optionalSetting, setting } from '../adapters/environment';
import { Health } from '../core/regions/health';

/**
 * Requests are given up before Route 53 gives up on the answer, for which it waits two seconds.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html Milliseconds.
 */
const LIMITS = { attempts: 2, timeout: 800 };

const client = documentClient(LIMITS);
const channels = optionalSetting('CHANNELS_TABLE') === undefined ? undefined : channelStore(client);
const inbox = optionalSetting('INBOX_URL');
const health = new Health({
  region: ownRegion(),
  regions: networkRegions(),
  probes: [
    ...[setting('CONNECTIONS_TABLE'), setting('MESSAGES_TABLE')].map((table) => () => read(table)),
    ...(inbox === undefined ? [] : [queueProbe(inbox, LIMITS)]),
  ],
  ...(channels === undefined ? {} : { marks: () => channels.marks() }),
  runtime,
  logger: logger,
});

/** `GET /health`: whether this region can serve. `GET /evacuated/{region}`: whether that one was drained. */
export async function handler(
  event: Pick<APIGatewayProxyEventV2, 'pathParameters'>,
): Promise<APIGatewayProxyStructuredResultV2> {
  const region = event.pathParameters?.region;
  const { status, body } = await (region === undefined ? health.answer() : health.isEvacuated(region));
  // Health checkers and proxies must see the present, not a copy.
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { statusCode: status, headers, body: JSON.stringify(body) };
}

/** Reads, strongly, from a table that a publish needs. */
function read(table: string): Promise<unknown> {
  return client.send(new GetCommand({ TableName: table, Key: { pk: 'health', sk: '-' }, ConsistentRead: true }));
}
