// WebSocket messages in increments of 32 KB, connection minutes, HTTP API requests in increments of 512 KB, and data transfer.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { arnOfFunction, cloudOf, fn, type TestCloud } from '../../../support/local/local-cloud';
import { until } from '../../../support/until';
import { connect, WEBSOCKET_OUTPUTS, webSocketApi } from '../../../support/local/local-websocket';
import { ManualClock } from '../../../support/manual-clock';
import { taken } from '../../../support/local/usage';

const KB = 1_024;
const MINUTE = 60_000;
/** Responds with the requested number of bytes. */
const BACKEND = `exports.handler = async ({ body, queryStringParameters }) =>
  ({ statusCode: 200, body: 'x'.repeat(Number(queryStringParameters?.bytes ?? JSON.parse(body ?? '{}').bytes ?? 0)) });`;

let clock: ManualClock;
let cloud: TestCloud;

beforeAll(async () => {
  clock = new ManualClock();
  const ApiId = { Ref: 'Http' };
  const resources = {
    Backend: fn('backend', BACKEND),
    ...webSocketApi({
      stage: {
        AccessLogSettings: {
          Format: 'to $context.routeKey',
          DestinationArn: 'arn:aws:logs:eu-west-1:1:log-group:access',
        },
      },
      routes: {
        $connect: { target: 'backend' },
        $default: { target: 'backend', responds: true },
        silent: { target: 'backend' },
        ping: { mock: '{"pong":1}', responds: true },
      },
    }),
    Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', Name: 'http' } },
    HttpStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId, StageName: '$default' } },
    HttpIntegration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: arnOfFunction('backend'),
        PayloadFormatVersion: '2.0',
      },
    },
    HttpRoute: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ApiId, RouteKey: 'POST /echo', Target: { 'Fn::Sub': 'integrations/${HttpIntegration}' } },
    },
  };
  const url = { Value: { 'Fn::GetAtt': ['Http', 'ApiEndpoint'] } };
  const template = { Outputs: { ...WEBSOCKET_OUTPUTS.Outputs, url } };
  cloud = await cloudOf(resources, { template, clock, limits: { requestBurst: 40 } });
});
afterEach(() => {
  // The token bucket refills.
  clock.advance(1_000);
  cloud.services.meter.take();
});
afterAll(() => cloud.stop());

const used = (service: 'apigateway' | 'datatransfer' | 'logs' = 'apigateway'): Record<string, number> => {
  const { 'connection: connection minutes': _, ...rest } = taken(cloud.services.meter, service);
  return rest;
};

test('when a client connects, then no message is billed', async () => {
  const { socket } = await connect(cloud);
  expect(used()).toEqual({});
  socket.terminate();
});

test('when a message is answered, then each 32 KB of message and answer is a message', async () => {
  const { ask, socket } = await connect(cloud);
  await ask('{"action":"x"}');
  await ask(`{"bytes":${32 * KB}}`);
  expect(used()).toEqual({
    'in by $default: WebSocket messages': 2,
    'response of $default: WebSocket messages': 1 + 1,
  });
  await ask(`{"bytes":${32 * KB + 1}}`);
  expect(used()).toEqual({ 'in by $default: WebSocket messages': 1, 'response of $default: WebSocket messages': 2 });
  const frames = '{"action":"x","pad":"'.padEnd(32 * KB - 1, 'ü');
  // Two frames of one message.
  socket.send(frames.slice(0, 10_000), { fin: false });
  socket.send(`${frames.slice(10_000, 20_000)}"}`, { fin: true });
  await until(() => cloud.services.meter.read().some(({ operation }) => operation === 'in by $default'), 'it is there');
  expect(used()).toMatchObject({ 'in by $default: WebSocket messages': 2 });
  socket.terminate();
});

test('when the access log is written, then its bytes are billed', async () => {
  const { ask, socket } = await connect(cloud);
  used();
  await ask('{"action":"ping"}');
  expect(used('logs')).toEqual({ 'access log: bytes ingested': 'to ping'.length + 26 });
  socket.terminate();
});

test('given no route response, then no answer is billed; a MOCK answer is billed', async () => {
  const { ask, socket } = await connect(cloud);
  socket.send('{"action":"silent"}');
  expect(await ask('{"action":"ping"}')).toBe('{"pong":1}');
  await until(() => cloud.services.meter.read().some(({ operation }) => operation === 'in by silent'), 'it is there');
  expect(used()).toEqual({
    'in by silent: WebSocket messages': 1,
    'in by ping: WebSocket messages': 1,
    'response of ping: WebSocket messages': 1,
  });
  socket.terminate();
});

test('when a message is posted, then each 32 KB is a message plus transfer; a gone connection is free', async () => {
  const { socket, closed } = await connect(cloud);
  const [ConnectionId] = cloud.services.apigateway.connectionIds;
  const api = new ApiGatewayManagementApiClient({ ...cloud.sdk, endpoint: cloud.outputs.http! });
  const post = (bytes: number): Promise<unknown> =>
    api.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(bytes) }));
  await post(100);
  await post(64 * KB + 1);
  expect(used()).toEqual({ 'PostToConnection: WebSocket messages': 4 });
  await post(100);
  expect(used('datatransfer')).toEqual({ 'PostToConnection: bytes to the internet': 100 });
  socket.terminate();
  await closed;
  await until(() => cloud.services.apigateway.connectionIds.length === 0, 'it is gone');
  await expect(post(100)).rejects.toMatchObject({ name: 'GoneException' });
  expect(used()).toEqual({});
  api.destroy();
});

test('when a connection is open, then its minutes are billed once', async () => {
  const minutes = (): number | undefined => taken(cloud.services.meter, 'apigateway')['connection: connection minutes'];
  const { socket } = await connect(cloud);
  const other = await connect(cloud);
  minutes();
  clock.advance(3 * MINUTE);
  expect(minutes()).toBeCloseTo(6);
  clock.advance(MINUTE);
  other.socket.terminate();
  await until(() => cloud.services.apigateway.connectionIds.length === 1, 'one is gone');
  clock.advance(MINUTE / 2);
  expect(minutes()).toBeCloseTo(1 + 1.5);
  socket.terminate();
  await until(() => cloud.services.apigateway.connectionIds.length === 0, 'both are gone');
  minutes();
  clock.advance(MINUTE);
  expect(minutes() ?? 0).toBe(0);
});

test('when an HTTP API is called, then each 512 KB of the larger of request and response is a request', async () => {
  const call = async (path: string, body = ''): Promise<number> =>
    (await fetch(`${cloud.outputs.url}${path}`, { method: 'POST', body })).status;
  expect(await call('/echo?bytes=100')).toBe(200);
  expect(used()).toEqual({ 'POST: HTTP API requests': 1 });
  await call('/echo?bytes=1', `{"pad":"${'x'.repeat(1_024 * KB)}"}`);
  await call(`/echo?bytes=${512 * KB + 1}`);
  expect(used()).toEqual({ 'POST: HTTP API requests': 3 + 2 });
  await call('/echo?bytes=7');
  expect(used('datatransfer')).toEqual({ 'POST: bytes to the internet': 7 });
});

test('when an HTTP request is throttled, then it is free', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async () => (await fetch(`${cloud.outputs.url}/nowhere`, { method: 'POST' })).status),
  );
  const served = statuses.filter((status) => status === 404).length;
  expect(statuses.filter((status) => status === 429).length).toBe(50 - served);
  expect(served).toBeLessThan(50);
  expect(used()).toEqual({ 'POST: HTTP API requests': served });
});
