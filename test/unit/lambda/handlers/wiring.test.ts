// Requests to DynamoDB per action. A single region must make none that only several regions need.
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dispatchDeps } from '../../../../lambda/handlers/wiring';
import { dispatch } from '../../../../lambda/core/dispatch';
import { API_GATEWAY_LIMITS } from '../../../../lambda/adapters/api-gateway/limits';
import { connectionOf } from '../../../../lambda/core/connections/connection-lifetime';
import { ALL } from '../../../support/memory/memory';

const before = { ...process.env };
beforeEach(() => {
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    CONNECTIONS_TABLE: 'connections',
    MESSAGES_TABLE: 'messages',
    NAMESPACES: '{"chat":{"kind":"durable","retention":3600}}',
    REQUEST_QUOTA: '10000',
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'https://example.com',
  });
});
afterEach(() => {
  process.env = { ...before };
  jest.restoreAllMocks();
});

/** The dependencies of a region, and the requests that they make to DynamoDB. */
function region(): { calls: string[]; ask: (frame: unknown) => Promise<any> } {
  const calls: string[] = [];
  const send = (command: { input: { TableName: string } }): Promise<unknown> => {
    calls.push(`${command.constructor.name.replace('Command', '')} ${command.input.TableName}`);
    return Promise.resolve({});
  };
  const deps = dispatchDeps({ send } as unknown as DynamoDBDocumentClient);
  const identity = { clientId: 'ada', expires: Date.now() / 1000 + 3_600, capabilities: ALL };
  const caller = {
    identity,
    subscriber: connectionOf({ id: 'c', connectedAt: Date.now(), identity }, API_GATEWAY_LIMITS),
  };
  return { calls, ask: (frame) => dispatch(deps, caller, JSON.stringify(frame), Number.MAX_SAFE_INTEGER) };
}

test('given one region, when a client subscribes and publishes, then only the necessary requests are made', async () => {
  // Not one of the subscribers that are counted.
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  const { calls, ask } = region();
  const reply = await ask({ action: 'subscribe', id: 1, channel: 'chat:a' });
  expect(calls.splice(0)).toEqual([
    'Get connections',
    'Update connections',
    'Put connections',
    'Query messages',
    'Get messages',
  ]);
  await ask({ action: 'publish', id: 2, channel: 'chat:b', messages: [{ data: 1 }] });
  expect(calls).toEqual(['Query messages', 'Get messages', 'Put messages', 'Put messages', 'Query connections']);
  expect(reply.ok).toMatchObject({ cursor: '1!eu-west-1~~0', region: 'eu-west-1' });
});

test('given several regions, when a client subscribes, then interest is stored and the logs of all origins are read', async () => {
  process.env.CHANNELS_TABLE = 'channels';
  process.env.ORIGINS = 'eu-west-1,us-east-1,ap-south-1';
  process.env.PEERS = '{"us-east-1":"https://sqs.us-east-1.amazonaws.com/1/n-inbox"}';
  const { calls, ask } = region();
  const reply = await ask({ action: 'subscribe', id: 1, channel: 'chat:a' });
  expect(calls.filter((one) => one.endsWith('channels'))).toEqual(['Get channels', 'Put channels']);
  expect(reply.ok).toMatchObject({ cursor: '1!ap-south-1~~0!eu-west-1~~0!us-east-1~~0', syncIn: expect.any(Number) });
});

test('given a peer without an address, then loading the function fails', () => {
  process.env.PEERS = '{"us-east-1":""}';
  expect(region).toThrow('PEERS: us-east-1 has no address');
});
