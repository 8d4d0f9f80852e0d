import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { RealtimeError } from '../../protocol';
import { documentClient } from '../adapters/dynamodb';
import { log } from '../adapters/log';
import { setting } from '../adapters/settings';

const client = documentClient();
const tables = [setting('CONNECTIONS_TABLE'), setting('MESSAGES_TABLE')];

/** Whether this region can serve: it reads, strongly, from both tables that a publish needs. */
export async function handler(): Promise<APIGatewayProxyStructuredResultV2> {
  const region = setting('AWS_REGION');
  try {
    await Promise.all(
      tables.map((TableName) =>
        client.send(new GetCommand({ TableName, Key: { pk: 'health', sk: '-' }, ConsistentRead: true })),
      ),
    );
    return json(200, { status: 'ok', region });
  } catch (error) {
    log.error('unhealthy', { error });
    const unhealthy = new RealtimeError('unhealthy');
    return json(unhealthy.status, { status: 'unhealthy', region, error: unhealthy.toWire() });
  }
}

function json(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  // Health checkers and proxies must see the present, not a copy.
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { statusCode, headers, body: JSON.stringify(body) };
}
