// WebSocket APIs: connections, routes, responses, events.
import { cloudOf, type TestCloud } from '../../../../support/local/local-cloud';
import { until } from '../../../../support/until';
import { connect, WEBSOCKET_OUTPUTS, webSocketApi } from '../../../../support/local/local-websocket';
import {
  disconnects,
  events,
  startBackend,
  startRoutes,
  stopBackends,
} from '../../../../support/local/websocket-backend';

afterAll(stopBackends);

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startBackend();
});

describe('a message', () => {
  test('when it selects a route, then that runs; otherwise $default', async () => {
    const { ask, socket } = await connect(cloud);
    const route = async (text: string): Promise<unknown> => JSON.parse(await ask(text)).routeKey;
    expect(await route('{"action":"loud"}')).toBe('loud');
    for (const text of [
      '{"action":"nope"}',
      '{"action":"$connect"}',
      '{"action":1}',
      '{"other":"loud"}',
      'not json',
      '[]',
      'null',
      '"loud"',
      '{"action":null}',
      '{"action":{"loud":1}}',
      '',
    ]) {
      expect(await route(text)).toBe('$default');
    }
    socket.close();
  });

  test('given a nested selection expression, then it selects its route', async () => {
    const nested = await startBackend({ selection: '${request.body.head.kind}' });
    const { ask } = await connect(nested);
    expect(JSON.parse(await ask('{"head":{"kind":"loud"}}')).routeKey).toBe('loud');
    expect(JSON.parse(await ask('{"head":"loud"}')).routeKey).toBe('$default');
  });

  test('when no route matches, then the client receives Forbidden', async () => {
    const bare = await startRoutes({ routes: { loud: { target: 'backend', responds: true } } });
    const { ask, socket } = await connect(bare);
    expect(JSON.parse(await ask('{"action":"nope"}'))).toEqual({
      message: 'Forbidden',
      connectionId: expect.stringMatching(/^[\w-]{15}=$/),
      requestId: expect.any(String),
    });
    expect(JSON.parse(await ask('{"action":"loud"}')).routeKey).toBe('loud');
    expect(socket.readyState).toBe(socket.OPEN);
  });

  test('given a route without a route response, then the client receives nothing', async () => {
    const { ask, texts, socket } = await connect(cloud);
    socket.send('{"action":"quiet"}');
    await until(() => events(cloud).some(({ body }) => body === '{"action":"quiet"}'), 'it runs');
    await ask('{"action":"loud"}');
    await ask('{"action":"loud"}');
    expect(texts.every((text) => JSON.parse(text).routeKey === 'loud')).toBe(true);
    socket.close();
  });

  test('when the integration fails, then the client receives an internal error', async () => {
    const failing = await startBackend({
      routes: { throw: { target: 'backend' }, $default: { target: 'backend', timeout: 200 } },
    });
    const { ask } = await connect(failing);
    for (const text of ['throw', '{"action":"throw"}', 'hang', 'undefined', 'extra']) {
      expect(JSON.parse(await ask(text))).toEqual({
        message: 'Internal server error',
        connectionId: expect.any(String),
        requestId: expect.any(String),
      });
    }
    expect(failing.logs.some(({ message }) => message.includes('Endpoint request timed out'))).toBe(true);
    expect(
      failing.logs.some(({ message }) => message.includes('malformed response of the function: it has a field Data')),
    ).toBe(true);
  });
});

describe('a MOCK integration', () => {
  test('given a route response, then the client receives the rendered template', async () => {
    const mocks = await startBackend({
      routes: {
        ping: {
          mock: '{"pong":true,"on":"$context.connectionId","route":"$context.routeKey","none":"$context.nothing"}',
          responds: true,
        },
        silent: { mock: '{"never":true}' },
        empty: { responds: true },
      },
    });
    const { ask, texts, socket } = await connect(mocks);
    socket.send('{"action":"silent"}');
    socket.send('{"action":"empty"}');
    const pong = JSON.parse(await ask('{"action":"ping"}'));
    expect(pong).toEqual({ pong: true, on: mocks.services.apigateway.connectionIds[0], route: 'ping', none: '-' });
    expect(texts).toHaveLength(1);
    const requests = await ask('{"action":"ping"}');
    expect(requests).not.toContain('never');
  });

  test('given a template with Velocity, then the start fails', async () => {
    for (const mock of ["$input.json('$')", '#set($a = 1)', '$util.escape()', '${context.apiId}', '$a']) {
      await expect(startBackend({ routes: { ping: { mock } } })).rejects.toMatchObject({
        code: 'template_unsupported',
        message: expect.stringContaining('which is not emulated'),
      });
    }
  });
});

describe('a connection attempt', () => {
  test('when $connect selects a subprotocol, then the connection has it', async () => {
    const chosen = await connect(cloud, { query: '?protocol=b', protocols: ['a', 'b'] });
    expect([chosen.status, chosen.socket.protocol]).toEqual([101, 'b']);
    chosen.socket.close();
    // Without a selection by $connect the server names none, and a client that offered one fails, as browsers do.
    expect((await connect(cloud, { protocols: ['a'] })).status).toBe(-1);
    expect((await connect(cloud)).socket.protocol).toBe('');
  });

  test('when $connect denies, then its status is returned; when it fails, then 502', async () => {
    for (const status of [400, 401, 403, 429, 500]) {
      const { status: got, refusal } = await connect(cloud, { query: `?status=${status}` });
      expect(got).toBe(status);
      expect(JSON.parse(refusal)).toEqual({
        message: expect.any(String),
        connectionId: expect.any(String),
        requestId: expect.any(String),
      });
    }
    expect((await connect(cloud, { query: '?status=204' })).status).toBe(101);
    expect((await connect(cloud, { query: '?throw=1' })).status).toBe(502);
    expect((await connect(cloud, { query: '?odd=1' })).status).toBe(502);
  });

  test('when the stage or API does not exist, then 403', async () => {
    const { ws = '' } = cloud.outputs;
    expect((await connect({ outputs: { ws: ws.replace('/v1', '/v2') } })).status).toBe(403);
    expect((await connect({ outputs: { ws: ws.replace(/execute-api\/\w+/, 'execute-api/abc') } })).status).toBe(403);
    const plain = await fetch(cloud.outputs.http!);
    expect([plain.status, await plain.json()]).toEqual([403, { message: 'Forbidden' }]);
  });

  test('when the quota of new connections is exhausted, then 429', async () => {
    const slow = await startBackend({}, { limits: { connectRate: 0.001, connectBurst: 2 } });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await connect(slow)).status);
    expect(statuses).toEqual([101, 101, 429]);
  });
});

describe('events', () => {
  test('when functions are invoked, then events have the documented format', async () => {
    const seen = await startBackend({
      stage: {
        AccessLogSettings: {
          DestinationArn: 'arn',
          Format: '$context.routeKey $context.status $context.identity.sourceIp $context.nothing',
        },
      },
    });
    const { ask, socket } = await connect(seen, {
      query: '?a=1&a=2&b=%C3%BC',
      headers: { 'x-my-header': 'v', 'user-agent': 'tester' },
    });
    await ask('{"action":"loud"}');
    socket.close(4001, 'enough');
    await until(() => seen.services.apigateway.connectionIds.length === 0, 'it is closed');
    await until(() => seen.logs.some(({ message }) => message.startsWith('$disconnect')), '$disconnect has run');
    const [opened, message, closed] = events(seen);
    const apiId = seen.outputs.ws!.split('/').at(-2);
    const common = {
      apiId,
      stage: 'v1',
      domainName: `${apiId}.execute-api.eu-west-1.amazonaws.com`,
      messageDirection: 'IN',
      connectionId: opened.requestContext.connectionId,
      connectedAt: expect.any(Number),
      requestId: expect.any(String),
      extendedRequestId: expect.any(String),
      requestTimeEpoch: expect.any(Number),
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      identity: { sourceIp: '127.0.0.1', userAgent: 'tester' },
    };
    expect(opened).toEqual({
      headers: expect.objectContaining({
        'X-My-Header': 'v',
        'Sec-WebSocket-Version': '13',
        Host: expect.any(String),
        'X-Forwarded-For': '127.0.0.1',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Port': '443',
      }),
      multiValueHeaders: expect.objectContaining({ 'X-My-Header': ['v'] }),
      queryStringParameters: { a: '2', b: 'ü' },
      multiValueQueryStringParameters: { a: ['1', '2'], b: ['ü'] },
      requestContext: { ...common, routeKey: '$connect', eventType: 'CONNECT' },
      isBase64Encoded: false,
    });
    expect(message).toEqual({
      requestContext: { ...common, routeKey: 'loud', eventType: 'MESSAGE', messageId: expect.any(String) },
      body: '{"action":"loud"}',
      isBase64Encoded: false,
    });
    expect(closed).toEqual({
      headers: { Host: expect.any(String), 'x-api-key': '', 'X-Forwarded-For': '127.0.0.1', 'x-restapi': '' },
      multiValueHeaders: expect.objectContaining({ 'x-restapi': [''] }),
      requestContext: {
        ...common,
        routeKey: '$disconnect',
        eventType: 'DISCONNECT',
        disconnectStatusCode: 4001,
        disconnectReason: 'enough',
      },
      isBase64Encoded: false,
    });
    const lines = seen.logs.filter(({ source }) => source === apiId).map((line) => line.message);
    expect(lines).toEqual(['$connect 200 127.0.0.1 -', 'loud 200 127.0.0.1 -', '$disconnect 200 127.0.0.1 -']);
  });

  test('when a client vanishes, then $disconnect has code 1006, unless a fault drops it', async () => {
    const seen = await startBackend();
    const first = await connect(seen);
    first.socket.terminate();
    await until(() => seen.services.apigateway.connectionIds.length === 0, 'it is gone');
    await until(() => disconnects(seen).length === 1, '$disconnect has run');
    expect(disconnects(seen)).toEqual([1006]);
    seen.services.apigateway.faults.dropDisconnects = true;
    const second = await connect(seen);
    second.socket.close();
    await until(() => seen.services.apigateway.connectionIds.length === 0, 'it is gone');
    expect(events(seen)).toHaveLength(3);
  });
});

test('when a template uses features that are not emulated, then the start fails and names them', async () => {
  const refused = (resources: object): Promise<unknown> =>
    cloudOf({ ...webSocketApi({ routes: {} }), ...resources }, { template: WEBSOCKET_OUTPUTS });
  const route = (properties: object): object => ({
    R: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: { Ref: 'Api' }, RouteKey: '$connect', ...properties } },
  });
  await expect(refused(route({ AuthorizationType: 'AWS_IAM' }))).rejects.toThrow(
    'authorization AWS_IAM of route $connect is not emulated',
  );
  await expect(refused(route({ ApiKeyRequired: true }))).rejects.toThrow('API keys are not emulated');
  await expect(refused(route({ AuthorizationType: 'CUSTOM' }))).rejects.toThrow('the property AuthorizerId is missing');
  await expect(startBackend({ selection: '$request.header.action' })).rejects.toThrow(
    "can't evaluate the route selection",
  );
  const integration = { ApiId: { Ref: 'Api' }, IntegrationType: 'HTTP_PROXY', IntegrationUri: 'https://example.com' };
  await expect(refused({ I: { Type: 'AWS::ApiGatewayV2::Integration', Properties: integration } })).rejects.toThrow(
    'integrations of type HTTP_PROXY are not emulated',
  );
});
