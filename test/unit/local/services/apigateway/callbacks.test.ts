// The @connections API through the AWS SDK.
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { cloudOf, fn, type TestCloud } from '../../../../support/local/local-cloud';
import { until } from '../../../../support/until';
import { connect, WEBSOCKET_OUTPUTS, webSocketApi } from '../../../../support/local/local-websocket';

const RESOURCES = {
  Backend: fn(
    'backend',
    'exports.handler = async (event) => { console.log(JSON.stringify(event.requestContext)); return { statusCode: 200 }; };',
  ),
  ...webSocketApi({ routes: { $connect: { target: 'backend' }, $disconnect: { target: 'backend' } } }),
  Other: {
    Type: 'AWS::ApiGatewayV2::Api',
    Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.a' },
  },
  OtherStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Other' }, StageName: 'v1' } },
};
const TEMPLATE = {
  Outputs: {
    ...WEBSOCKET_OUTPUTS.Outputs,
    other: { Value: { 'Fn::Sub': 'https://${Other}.execute-api.${AWS::Region}.amazonaws.com/v1' } },
  },
};

let cloud: TestCloud;
const clients: ApiGatewayManagementApiClient[] = [];

function managing(of: TestCloud, endpoint = of.outputs.http!): ApiGatewayManagementApiClient {
  const client = new ApiGatewayManagementApiClient({ ...of.sdk, endpoint });
  clients.push(client);
  return client;
}

/** An open connection and its id. */
async function open(of: TestCloud) {
  const known = new Set(of.services.apigateway.connectionIds);
  const client = await connect(of, { headers: { 'user-agent': 'tester' } });
  const ConnectionId = of.services.apigateway.connectionIds.find((one) => !known.has(one))!;
  return { ...client, ConnectionId };
}

beforeAll(async () => {
  cloud = await cloudOf(RESOURCES, { template: TEMPLATE });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await cloud.stop();
});

test('when a connection is open, then POST sends, GET describes and DELETE closes', async () => {
  const api = managing(cloud);
  const { ConnectionId, texts, closed } = await open(cloud);
  const posted = await api.send(new PostToConnectionCommand({ ConnectionId, Data: '{"push":1}' }));
  expect(posted.$metadata.httpStatusCode).toBe(200);
  await api.send(new PostToConnectionCommand({ ConnectionId, Data: new TextEncoder().encode('bytes ü') }));
  await until(() => texts.length === 2, 'both arrive');
  expect(texts).toEqual(['{"push":1}', 'bytes ü']);
  const described = await api.send(new GetConnectionCommand({ ConnectionId }));
  expect(described).toMatchObject({ Identity: { SourceIp: '127.0.0.1', UserAgent: 'tester' } });
  expect(described.ConnectedAt).toBeInstanceOf(Date);
  expect(described.LastActiveAt!.getTime()).toBeGreaterThanOrEqual(described.ConnectedAt!.getTime());
  const deleted = await api.send(new DeleteConnectionCommand({ ConnectionId }));
  expect(deleted.$metadata.httpStatusCode).toBe(204);
  // Immediately, before the client has answered the close frame.
  await expect(api.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }))).rejects.toMatchObject({
    name: 'GoneException',
  });
  await closed;
  await until(() => cloud.logs.some(({ message }) => message.includes('"eventType":"DISCONNECT"')), '$disconnect runs');
});

test('when a connection is closed or unknown, then 410', async () => {
  const api = managing(cloud);
  const { ConnectionId, socket } = await open(cloud);
  socket.close();
  await until(() => !cloud.services.apigateway.connectionIds.includes(ConnectionId), 'it is closed');
  const gone = { name: 'GoneException', $metadata: { httpStatusCode: 410 } };
  await expect(api.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }))).rejects.toMatchObject(gone);
  await expect(api.send(new GetConnectionCommand({ ConnectionId }))).rejects.toMatchObject(gone);
  await expect(api.send(new DeleteConnectionCommand({ ConnectionId }))).rejects.toMatchObject(gone);
  await expect(api.send(new GetConnectionCommand({ ConnectionId: 'AAAAAAAAAAAAAAA=' }))).rejects.toMatchObject(gone);
});

test('when another API or stage is called, then the connection is gone or the call forbidden', async () => {
  const { ConnectionId, socket } = await open(cloud);
  const post = new PostToConnectionCommand({ ConnectionId, Data: 'x' });
  await expect(managing(cloud, cloud.outputs.other).send(post)).rejects.toMatchObject({ name: 'GoneException' });
  const forbidden = { name: 'ForbiddenException', $metadata: { httpStatusCode: 403 } };
  const stage = cloud.outputs.http!.replace('/v1', '/v2');
  await expect(managing(cloud, stage).send(post)).rejects.toMatchObject(forbidden);
  const api = cloud.outputs.http!.replace(/execute-api\/\w+/, 'execute-api/nope');
  await expect(managing(cloud, api).send(post)).rejects.toMatchObject(forbidden);
  socket.close();
});

test('when a call is unsigned, then 403; when the id is malformed, then 400', async () => {
  const unsigned = await fetch(`${cloud.outputs.http}/@connections/AAAAAAAAAAAAAAA=`, { method: 'POST', body: 'x' });
  expect([unsigned.status, unsigned.headers.get('x-amzn-errortype')]).toEqual([403, 'ForbiddenException']);
  const api = managing(cloud);
  for (const ConnectionId of ['x', 'spaces are not in it', '*'.repeat(16)]) {
    await expect(api.send(new GetConnectionCommand({ ConnectionId }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
      message: `Invalid connectionId: ${ConnectionId}`,
    });
  }
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/execute-api/aws4_request' };
  const undecodable = await fetch(`${cloud.outputs.http}/@connections/%FF`, { headers });
  expect(undecodable.status).toBe(400);
});

test('when a message exceeds 128 KB, then 413', async () => {
  const api = managing(cloud);
  const { ConnectionId, texts } = await open(cloud);
  await api.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024) }));
  await until(() => texts.length === 1, 'the largest arrives');
  await expect(
    api.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024 + 1) })),
  ).rejects.toMatchObject({ name: 'PayloadTooLargeException', $metadata: { httpStatusCode: 413 } });
});

test('when the account quota or the client buffer is exhausted, then 429', async () => {
  const limited = { name: 'LimitExceededException', $metadata: { httpStatusCode: 429 } };
  const account = await cloudOf(RESOURCES, { template: TEMPLATE, limits: { requestRate: 0.001, requestBurst: 1 } });
  const one = await open(account);
  const post = new PostToConnectionCommand({ ConnectionId: one.ConnectionId, Data: 'x' });
  await managing(account).send(post);
  await expect(managing(account).send(post)).rejects.toMatchObject(limited);
  await account.stop();
  const slow = await cloudOf(RESOURCES, { template: TEMPLATE, limits: { clientBuffer: 256 * 1024 } });
  const { ConnectionId, socket } = await open(slow);
  socket.pause();
  const large = new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(120_000) });
  const api = managing(slow);
  const flood = async (): Promise<void> => {
    for (let i = 0; i < 500; i++) await api.send(large);
  };
  await expect(flood()).rejects.toMatchObject(limited);
  socket.resume();
  await slow.stop();
});

test('given a fault of a connection, then posts are gone, throttled, forbidden or stuck', async () => {
  const { ConnectionId, socket } = await open(cloud);
  const { callbacks } = cloud.services.apigateway.faults;
  const api = managing(cloud);
  const outcome = (abortSignal?: AbortSignal): Promise<string> =>
    api.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }), { abortSignal }).then(
      () => 'sent',
      (error: unknown) => (error as Error).name,
    );
  for (const [fault, name] of [
    ['gone', 'GoneException'],
    ['throttled', 'LimitExceededException'],
    ['forbidden', 'ForbiddenException'],
  ] as const) {
    callbacks.set(ConnectionId, fault);
    expect(await outcome()).toBe(name);
  }
  callbacks.set(ConnectionId, 'stuck');
  expect(await outcome(AbortSignal.timeout(100))).toMatch(/Abort|Timeout/);
  callbacks.clear();
  expect(await outcome()).toBe('sent');
  socket.close();
});
