// The client that posts to connections, on real sockets, compared with the SDK's own.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { AwsCredentialIdentity } from '@smithy/types';
import { callbackClient, PostToConnectionCommand } from '../../../../../lambda/adapters/api-gateway';
import {
  type CallbackClient,
  type CallbackClientOptions,
  FastCallbackClient,
} from '../../../../../lambda/adapters/api-gateway/client';
import { SdkCallbackClient } from '../../../../../lambda/adapters/api-gateway/sdk-client';
import { outcomeOf } from '../../../../../lambda/adapters/api-gateway/transport';

const TIMEOUT = 300;
const frame = new TextEncoder().encode('{"push":"messages"}');

let server: Server;
let respond: (request: IncomingMessage, response: ServerResponse) => void;
let sockets: Socket[];
let requests: { readonly headers: Record<string, unknown>; readonly url: string; readonly body: string }[];
let credentials: AwsCredentialIdentity;
let now: number;
let client: FastCallbackClient;

beforeEach(async () => {
  sockets = [];
  requests = [];
  respond = (_, response) => response.end();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ headers: request.headers, url: request.url ?? '', body });
      respond(request, response);
    });
  });
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
  now = Date.UTC(2026, 10, 28);
  client = connect({ connections: 2 });
});
afterEach(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
  jest.restoreAllMocks();
});

const endpoint = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`;
function connect(options: Partial<CallbackClientOptions> = {}): FastCallbackClient {
  return new FastCallbackClient({
    endpoint: endpoint(),
    region: 'eu-west-1',
    connections: 1,
    timeout: TIMEOUT,
    credentials: () => Promise.resolve(credentials),
    now: () => now,
    ...options,
  });
}
const post = (by: CallbackClient, ConnectionId: string): Promise<unknown> =>
  by.send(new PostToConnectionCommand({ ConnectionId, Data: frame }));
const failureOf = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test('given one connection, when two frames are posted, then both requests use it', async () => {
  client = connect({ connections: 1 });
  for (const id of ['a', 'b=']) await post(client, id);
  expect(requests).toMatchObject([
    { url: '/prod/@connections/a', body: '{"push":"messages"}', headers: { 'content-length': '19' } },
    { url: '/prod/@connections/b%3D', body: '{"push":"messages"}' },
  ]);
  expect(sockets).toHaveLength(1);
});

describe('callbackClient', () => {
  const setEnvironment = (variables: Record<string, string>): void => {
    jest.replaceProperty(process, 'env', {
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: endpoint(),
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAENV',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_SESSION_TOKEN: 'token',
      ...variables,
    });
  };

  test.each([
    ['no CALLBACK_CLIENT', 'the fast client', {}, undefined],
    ['CALLBACK_CLIENT=sdk', 'the SDK’s own client', { CALLBACK_CLIENT: 'sdk' }, expect.stringContaining('aws-sdk-js')],
  ])(
    'given %s, then %s posts with the function’s credentials',
    async (_, _client, variables: Record<string, string>, userAgent) => {
      setEnvironment(variables);
      await post(callbackClient({ connections: 1, timeout: TIMEOUT }), 'a');
      const headers = requests[0]?.headers;
      expect([headers?.['user-agent'], headers?.['x-amz-security-token']]).toEqual([userAgent, 'token']);
      expect(headers?.authorization).toContain('Credential=AKIAENV/');
    },
  );

  test('given an unknown CALLBACK_CLIENT, then an error is thrown', () => {
    setEnvironment({ CALLBACK_CLIENT: 'quick' });
    expect(() => callbackClient({ connections: 1, timeout: TIMEOUT })).toThrow(
      'CALLBACK_CLIENT must be fast or sdk, got: quick',
    );
  });
});

describe('errors', () => {
  const cases: [number, Record<string, string>, string][] = [
    [410, { 'x-amzn-errortype': 'GoneException' }, '{"message":"gone"}'],
    [410, { 'x-amzn-ErrorType': 'GoneException:http://internal.amazon.com/coral/' }, '{"message":"gone"}'],
    [429, { 'x-amzn-errortype': 'LimitExceededException' }, '{"message":"slow down"}'],
    [403, { 'x-amzn-errortype': 'ForbiddenException' }, '{"message":"Forbidden"}'],
    [413, { 'x-amzn-errortype': 'PayloadTooLargeException' }, '{"message":"too large"}'],
  ];
  test.each(cases)('when a post is answered %i %j, then the error equals the SDK’s', async (status, headers, body) => {
    respond = (_, response) => response.writeHead(status, { ...headers, 'x-amzn-requestid': 'r1' }).end(body);
    jest.replaceProperty(process, 'env', {
      ...process.env,
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: endpoint(),
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'A',
      AWS_SECRET_ACCESS_KEY: 's',
    });
    const sdkError = await failureOf(post(new SdkCallbackClient({ connections: 1, timeout: TIMEOUT }), 'a'));
    const ownError = await failureOf(post(client, 'a'));
    const { httpStatusCode, requestId, attempts, totalRetryDelay } = sdkError.$metadata;
    expect(sdkError.$metadata.httpStatusCode).toBe(status);
    expect({ ...ownError, message: ownError.message }).toEqual({
      name: sdkError.name,
      message: sdkError.message,
      $fault: sdkError.$fault,
      $metadata: { httpStatusCode, requestId, attempts, totalRetryDelay },
    });
    expect(outcomeOf(ownError)).toBe(outcomeOf(sdkError));
  });

  test.each([
    [410, 'gone', 'GoneException'],
    [429, 'throttled', 'LimitExceededException'],
    [403, 'forbidden', 'ForbiddenException'],
    [500, 'failed', 'ApiGatewayManagementApiServiceException'],
  ])(
    'when a post is answered %i without an API Gateway error, then the outcome is %s, and the error %s',
    async (status, outcome, name) => {
      respond = (_, response) => response.writeHead(status).end('<html>');
      const error = await failureOf(post(client, 'a'));
      expect([outcomeOf(error), error.name, error.message]).toEqual([outcome, name, `HTTP ${status}`]);
    },
  );
});

describe('connections', () => {
  test('given a post without a response, when others are posted, then they do not wait, and its connection is not used again', async () => {
    respond = ({ url }, response) => {
      if (url !== '/prod/@connections/stuck') response.end();
    };
    const stuck = failureOf(post(client, 'stuck'));
    for (let i = 0; i < 20; i++) await post(client, `c${i}`);
    expect(requests).toHaveLength(21);
    const closed = once(sockets[0] as Socket, 'close');
    expect((await stuck).name).toBe('TimeoutError');
    await closed;
    await Promise.all([post(client, 'x'), post(client, 'y')]);
    expect(sockets).toHaveLength(3);
  });

  test('when a response arrives after the time limit, then it does not answer the next post', async () => {
    client = connect({ connections: 1 });
    let late: ServerResponse | undefined;
    respond = (_, response) => {
      late = response;
    };
    expect((await failureOf(post(client, 'slow'))).name).toBe('TimeoutError');
    respond = (_, response) => response.writeHead(410).end();
    const next = failureOf(post(client, 'next'));
    late?.end();
    expect(outcomeOf(await next)).toBe('gone');
  });

  test('given one connection, when two posts get no response, then the time limit includes the wait for the connection', async () => {
    client = connect({ connections: 1 });
    respond = () => undefined;
    const started = performance.now();
    const errors = await Promise.all([failureOf(post(client, 'a')), failureOf(post(client, 'b'))]);
    expect(errors.map(({ name }) => name)).toEqual(['TimeoutError', 'TimeoutError']);
    expect(performance.now() - started).toBeLessThan(2 * TIMEOUT);
  });

  test('given an idle connection that was reset, when a frame is posted, then it is sent on another connection', async () => {
    await post(client, 'a');
    // A function that was frozen learns of the reset when it writes.
    sockets[0]?.resetAndDestroy();
    await post(client, 'b');
    expect(requests.map(({ url }) => url)).toEqual(['/prod/@connections/a', '/prod/@connections/b']);
  });

  test('when 200 frames are posted at once, then 32 connections open first, and serve the waiting posts', async () => {
    client = connect({ connections: 200, timeout: 10_000 });
    const netConnect = jest.spyOn(net, 'connect');
    const posts = Array.from({ length: 200 }, (_, i) => post(client, `c${i}`));
    // Lets all promises settle that do not depend on a socket.
    for (let i = 0; i < 100; i++) await Promise.resolve();
    expect(netConnect).toHaveBeenCalledTimes(32);
    await Promise.all(posts);
    expect(requests).toHaveLength(200);
  });

  test('given a server that closes each connection before a response, when a frame is posted, then it is retried once', async () => {
    await post(client, 'a');
    respond = ({ socket }) => socket.destroy();
    // The first connection may have been closed while idle; the second is new.
    expect(outcomeOf(await failureOf(post(client, 'b')))).toBe('failed');
    expect(requests.map(({ url }) => url.slice(-1))).toEqual(['a', 'b', 'b']);
  });

  describe('that do not open', () => {
    let onSocket: (socket: Socket) => void;
    let attempts: number;
    let tcpServer: net.Server;
    let tlsClient: FastCallbackClient;

    beforeEach(async () => {
      attempts = 0;
      tcpServer = net.createServer((socket) => {
        attempts += 1;
        socket.on('error', () => undefined);
        onSocket(socket);
      });
      tcpServer.listen(0, '127.0.0.1');
      await once(tcpServer, 'listening');
      const { port } = tcpServer.address() as AddressInfo;
      tlsClient = connect({
        endpoint: `https://127.0.0.1:${port}/prod`,
        connections: 2,
        // Less than the time limit for opening a connection, but enough for the first, slow TLS handshake of a process to fail.
        timeout: 900,
      });
    });
    afterEach(() => {
      tlsClient.destroy();
      tcpServer.close();
    });

    test('when the server closes a connection before it opens, then the post is retried once', async () => {
      onSocket = (socket) => socket.destroy();
      expect(await failureOf(post(tlsClient, 'a'))).toMatchObject({ code: 'ECONNRESET' });
      expect(attempts).toBe(2);
    });

    test('when a connection does not open within the time limit of the post, then the post is not retried', async () => {
      onSocket = () => undefined;
      expect(await failureOf(post(tlsClient, 'a'))).toMatchObject({ name: 'TimeoutError' });
      expect(attempts).toBe(1);
    });
  });

  test('when the server does not listen, then the post fails', async () => {
    server.close();
    server.closeAllConnections();
    expect(outcomeOf(await failureOf(post(client, 'a')))).toBe('failed');
  });
});

test('given new credentials, when a second has passed, then posts are signed with them', async () => {
  await post(client, 'a');
  credentials = { accessKeyId: 'ASIANEW', secretAccessKey: 'other', sessionToken: 'token' };
  await post(client, 'b');
  now += 1_000;
  await post(client, 'c');
  expect(requests.map(({ headers }) => /Credential=(\w+)/.exec(String(headers.authorization))?.[1])).toEqual([
    'AKIA',
    'AKIA',
    'ASIANEW',
  ]);
  expect(requests[2]?.headers['x-amz-security-token']).toBe('token');
});

test('when the connection id is empty or the credentials cannot be read, then the post fails, and nothing is sent', async () => {
  expect((await failureOf(post(client, ''))).message).toBe('ConnectionId must be given');
  const none = connect({ credentials: () => Promise.reject(new Error('no credentials')) });
  expect((await failureOf(post(none, 'a'))).message).toBe('no credentials');
  none.destroy();
  expect(requests).toEqual([]);
});
