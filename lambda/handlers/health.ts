import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { channelStore } from './wiring';
import { documentClient } from '../adapters/dynamodb/client';
import { networkRegions, optionalSetting, ownRegion, setting } from '../adapters/environment';
import { queueProbe } from '../adapters/sqs/inbox-queue';
import { logger } from '../adapters/logger';
import { runtime } from '../adapters/runtime';
import { Health } from '../core/regions/health';

/**
 * Requests time out before Route 53's health checker does, which waits two seconds for the response.
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
    () => probeTable(setting('CONNECTIONS_TABLE')),
    () => probeTable(setting('MESSAGES_TABLE')),
    ...(inbox === undefined ? [] : [queueProbe(inbox, LIMITS)]),
  ],
  drainMarks: channels && (() => channels.marks()),
  runtime,
  logger,
});

/** `GET /health`: whether this region can serve. `GET /evacuated/{region}`: whether that region is drained. */
export async function handler(
  event: Pick<APIGatewayProxyEventV2, 'pathParameters'>,
): Promise<APIGatewayProxyStructuredResultV2> {
  const region = event.pathParameters?.region;
  const { status, body } = await (region === undefined ? health.status() : health.evacuation(region));
  // Health checkers and proxies must not get a cached response.
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { statusCode: status, headers, body: JSON.stringify(body) };
}

/** A strongly consistent read of a table that a publish needs. */
function probeTable(table: string): Promise<unknown> {
  return client.send(new GetCommand({ TableName: table, Key: { pk: 'health', sk: '-' }, ConsistentRead: true }));
}
