// What the functions ask of the database, counted: a region that is alone pays for nothing that several need.
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { actionDeps } from '../../../../lambda/handlers/wiring';
import { answer } from '../../../../lambda/core/dispatch';
import { connectionOf } from '../../../../lambda/core/connections/connection-lifetime';
import { ALL } from '../../../support/memory/memory';

const before = { ...process.env };
beforeEach(() => {
  Object.assign(process.env, {
    ...{ AWS_REGION: 'eu-west-1', CONNECTIONS_TABLE: 'connections', MESSAGES_TABLE: 'messages' },
    NAMESPACES: '{"chat":{"kind":"durable","retention":3600}}',
    REQUEST_QUOTA: '10000',
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'https://example.com',
  });
});
afterEach(() => {
  process.env = { ...before };
  jest.restoreAllMocks();
});

/** A region's functions, and what they ask of the database. */
function region(): { calls: string[]; ask: (frame: unknown) => Promise<any> } {
  const calls: string[] = [];
  const send = (command: { input: { TableName: string } }): Promise<unknown> => {
    calls.push(`${command.constructor.name.replace('Command', '')} ${command.input.TableName}`);
    return Promise.resolve({});
  };
  const deps = actionDeps({ send } as unknown as DynamoDBDocumentClient);
  const identity = { clientId: 'ada', expires: Date.now() / 1000 + 3_600, capabilities: ALL };
  const caller = { identity, subscriber: connectionOf('c', Date.now(), identity) };
  return { calls, ask: (frame) => answer(deps, caller, JSON.stringify(frame), Number.MAX_SAFE_INTEGER) };
}

test('one region asks for no more than it needs', async () => {
  // Not one of the newcomers who are counted.
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  const { calls, ask } = region();
  const reply = await ask({ action: 'subscribe', id: 1, channel: 'chat:a' });
  expect(calls.splice(0)).toEqual([
    ...['Get connections', 'Update connections', 'Put connections', 'Query messages', 'Get messages'],
  ]);
  await ask({ action: 'publish', id: 2, channel: 'chat:b', messages: [{ data: 1 }] });
  expect(calls).toEqual(['Query messages', 'Get messages', 'Put messages', 'Put messages', 'Query connections']);
  expect(reply.ok).toMatchObject({ cursor: '1!eu-west-1~~0', region: 'eu-west-1' });
});

test('one of several notes its interest when somebody subscribes, and reads the logs of all origins', async () => {
  process.env.CHANNELS_TABLE = 'channels';
  process.env.ORIGINS = 'eu-west-1,us-east-1,ap-south-1';
  process.env.PEERS = '{"us-east-1":"https://sqs.us-east-1.amazonaws.com/1/n-inbox"}';
  const { calls, ask } = region();
  const reply = await ask({ action: 'subscribe', id: 1, channel: 'chat:a' });
  expect(calls.filter((one) => one.endsWith('channels'))).toEqual(['Get channels', 'Put channels']);
  expect(reply.ok).toMatchObject({ cursor: '1!ap-south-1~~0!eu-west-1~~0!us-east-1~~0', syncIn: expect.any(Number) });
});

test('a peer without an address is a fault of the deployment', () => {
  process.env.PEERS = '{"us-east-1":""}';
  expect(region).toThrow('PEERS: us-east-1 has no address');
});
