// The client that posts to connections, on real sockets, beside the SDK's own.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { AwsCredentialIdentity } from '@smithy/types';
import { callbackClient, PostToConnectionCommand } from '../../../../../lambda/adapters/callbacks';
import { type CallbackClient, FastCallbackClient } from '../../../../../lambda/adapters/callbacks/client';
import { SdkCallbackClient } from '../../../../../lambda/adapters/callbacks/sdk-client';
import { outcomeOf } from '../../../../../lambda/adapters/callbacks/api-gateway-transport';

const TIMEOUT = 300;
const frame = new TextEncoder().encode('{"push":"messages"}');

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let connects: Socket[];
let requests: { readonly headers: Record<string, unknown>; readonly url: string; readonly body: string }[];
let identity: AwsCredentialIdentity;
let now: number;
let client: FastCallbackClient;

beforeEach(async () => {
  connects = [];
  requests = [];
  answer = (_, response) => response.end();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ headers: request.headers, url: request.url ?? '', body });
      answer(request, response);
    });
  });
  server.on('connection', (socket: Socket) => connects.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  identity = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
  now = Date.UTC(2026, 10, 28);
  client = connected(2);
});
afterEach(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
  jest.restoreAllMocks();
});

const endpoint = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`;
function connected(connections: number, timeout = TIMEOUT): FastCallbackClient {
  return new FastCallbackClient({
    ...{ endpoint: endpoint(), region: 'eu-west-1', connections, timeout },
    credentials: () => Promise.resolve(identity),
    now: () => now,
  });
}
const post = (to: CallbackClient, ConnectionId: string): Promise<unknown> =>
  to.send(new PostToConnectionCommand({ ConnectionId, Data: frame }));
const failure = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test('it posts the frame to the connection, over one connection that is kept', async () => {
  client = connected(1);
  for (const id of ['a', 'b=']) await post(client, id);
  expect(requests).toMatchObject([
    { url: '/prod/@connections/a', body: '{"push":"messages"}', headers: { 'content-length': '19' } },
    { url: '/prod/@connections/b%3D', body: '{"push":"messages"}' },
  ]);
  expect(connects).toHaveLength(1);
});

describe('the environment', () => {
  const environment = (more: Record<string, string>): void => {
    jest.replaceProperty(process, 'env', {
      ...{ AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: endpoint(), AWS_REGION: 'eu-west-1' },
      ...{ AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 'token' },
      ...more,
    });
  };

  test.each([
    ['the fast client by default', {}, undefined],
    ['the SDK’s own with CALLBACK_CLIENT=sdk', { CALLBACK_CLIENT: 'sdk' }, expect.stringContaining('aws-sdk-js')],
  ])('%s, with the credentials of the function', async (_, more: Record<string, string>, userAgent) => {
    environment(more);
    await post(callbackClient({ connections: 1, timeout: TIMEOUT }), 'a');
    const headers = requests[0]?.headers;
    expect([headers?.['user-agent'], headers?.['x-amz-security-token']]).toEqual([userAgent, 'token']);
    expect(headers?.authorization).toContain('Credential=AKIAENV/');
  });

  test('another is refused', () => {
    environment({ CALLBACK_CLIENT: 'quick' });
    expect(() => callbackClient({ connections: 1, timeout: TIMEOUT })).toThrow(
      'CALLBACK_CLIENT must be fast or sdk, got: quick',
    );
  });
});

describe('errors are the SDK’s', () => {
  const cases: [number, Record<string, string>, string][] = [
    [410, { 'x-amzn-errortype': 'GoneException' }, '{"message":"gone"}'],
    [410, { 'x-amzn-ErrorType': 'GoneException:http://internal.amazon.com/coral/' }, '{"message":"gone"}'],
    [429, { 'x-amzn-errortype': 'LimitExceededException' }, '{"message":"slow down"}'],
    [403, { 'x-amzn-errortype': 'ForbiddenException' }, '{"message":"Forbidden"}'],
    [413, { 'x-amzn-errortype': 'PayloadTooLargeException' }, '{"message":"too large"}'],
  ];
  test.each(cases)('%i %j', async (status, headers, body) => {
    answer = (_, response) => response.writeHead(status, { ...headers, 'x-amzn-requestid': 'r1' }).end(body);
    jest.replaceProperty(process, 'env', {
      ...process.env,
      ...{ AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: endpoint(), AWS_REGION: 'eu-west-1' },
      ...{ AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 's' },
    });
    const theirs = await failure(post(new SdkCallbackClient({ connections: 1, timeout: TIMEOUT }), 'a'));
    const ours = await failure(post(client, 'a'));
    const { httpStatusCode, requestId, attempts, totalRetryDelay } = theirs.$metadata;
    expect(theirs.$metadata.httpStatusCode).toBe(status);
    expect({ ...ours, message: ours.message }).toEqual({
      ...{ name: theirs.name, message: theirs.message, $fault: theirs.$fault },
      $metadata: { httpStatusCode, requestId, attempts, totalRetryDelay },
    });
    expect(outcomeOf(ours)).toBe(outcomeOf(theirs));
  });

  test.each([
    [410, 'gone', 'GoneException'],
    [429, 'throttled', 'LimitExceededException'],
    [403, 'forbidden', 'ForbiddenException'],
    [500, 'failed', 'ApiGatewayManagementApiServiceException'],
  ])('a %i that is not API Gateway’s own is told by its status', async (status, outcome, name) => {
    answer = (_, response) => response.writeHead(status).end('<html>');
    const error = await failure(post(client, 'a'));
    expect([outcomeOf(error), error.name, error.message]).toEqual([outcome, name, `HTTP ${status}`]);
  });
});

describe('connections', () => {
  test('one that is stuck holds its own place, and is not used again', async () => {
    answer = ({ url }, response) => {
      if (url !== '/prod/@connections/stuck') response.end();
    };
    const stuck = failure(post(client, 'stuck'));
    for (let i = 0; i < 20; i++) await post(client, `c${i}`);
    expect(requests).toHaveLength(21);
    const closed = once(connects[0] as Socket, 'close');
    expect((await stuck).name).toBe('TimeoutError');
    await closed;
    await Promise.all([post(client, 'x'), post(client, 'y')]);
    expect(connects).toHaveLength(3);
  });

  test('an answer that comes too late is nobody else’s', async () => {
    client = connected(1);
    let late: ServerResponse | undefined;
    answer = (_, response) => {
      late = response;
    };
    expect((await failure(post(client, 'slow'))).name).toBe('TimeoutError');
    answer = (_, response) => response.writeHead(410).end();
    const next = failure(post(client, 'next'));
    late?.end();
    expect(outcomeOf(await next)).toBe('gone');
  });

  test('whoever waits for a connection waits no longer than a request may take', async () => {
    client = connected(1);
    answer = () => undefined;
    const started = performance.now();
    const errors = await Promise.all([failure(post(client, 'a')), failure(post(client, 'b'))]);
    expect(errors.map(({ name }) => name)).toEqual(['TimeoutError', 'TimeoutError']);
    expect(performance.now() - started).toBeLessThan(2 * TIMEOUT);
  });

  test('one that was closed while idle does not cost a message', async () => {
    await post(client, 'a');
    // Without a word, as it is for a function that was frozen: it learns of it when it writes.
    connects[0]?.resetAndDestroy();
    await post(client, 'b');
    expect(requests.map(({ url }) => url)).toEqual(['/prod/@connections/a', '/prod/@connections/b']);
  });

  test('of hundreds at once, some are made, and take what waits', async () => {
    client = connected(200, 10_000);
    const connect = jest.spyOn(net, 'connect');
    const posts = Array.from({ length: 200 }, (_, i) => post(client, `c${i}`));
    // As far as it goes before anything has come from a socket.
    for (let i = 0; i < 100; i++) await Promise.resolve();
    expect(connect).toHaveBeenCalledTimes(32);
    await Promise.all(posts);
    expect(requests).toHaveLength(200);
  });

  test('one that is closed before each answer is an error, not a loop', async () => {
    await post(client, 'a');
    answer = ({ socket }) => socket.destroy();
    // The first may have been closed while it was idle; the second was not.
    expect(outcomeOf(await failure(post(client, 'b')))).toBe('failed');
    expect(requests.map(({ url }) => url.slice(-1))).toEqual(['a', 'b', 'b']);
  });

  describe('that are never made', () => {
    let met: (socket: Socket) => void;
    let attempts: number;
    let gate: net.Server;
    let secure: FastCallbackClient;

    beforeEach(async () => {
      attempts = 0;
      gate = net.createServer((socket) => {
        attempts += 1;
        socket.on('error', () => undefined);
        met(socket);
      });
      gate.listen(0, '127.0.0.1');
      await once(gate, 'listening');
      const { port } = gate.address() as AddressInfo;
      secure = new FastCallbackClient({
        ...{ endpoint: `https://127.0.0.1:${port}/prod`, region: 'eu-west-1', connections: 2 },
        // Shorter than a connection has to be made in; the first of a process may take a while to be refused.
        ...{ timeout: 900, credentials: () => Promise.resolve(identity), now: () => now },
      });
    });
    afterEach(() => {
      secure.destroy();
      gate.close();
    });

    test('nothing was sent by them, and another is tried, once', async () => {
      met = (socket) => socket.destroy();
      expect(await failure(post(secure, 'a'))).toMatchObject({ code: 'ECONNRESET' });
      expect(attempts).toBe(2);
    });

    test('not when the time for the request is over', async () => {
      met = () => undefined;
      expect(await failure(post(secure, 'a'))).toMatchObject({ name: 'TimeoutError' });
      expect(attempts).toBe(1);
    });
  });

  test('nobody listens: an error, at once', async () => {
    server.close();
    server.closeAllConnections();
    expect(outcomeOf(await failure(post(client, 'a')))).toBe('failed');
  });
});

test('credentials are read again, and a new key and token are used', async () => {
  await post(client, 'a');
  identity = { accessKeyId: 'ASIANEW', secretAccessKey: 'other', sessionToken: 'token' };
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

test('an id must be given, and credentials that can’t be read are told', async () => {
  expect((await failure(post(client, ''))).message).toBe('ConnectionId must be given');
  const none = new FastCallbackClient({
    ...{ endpoint: endpoint(), region: 'eu-west-1', connections: 1, timeout: TIMEOUT, now: () => now },
    credentials: () => Promise.reject(new Error('no credentials')),
  });
  expect((await failure(post(none, 'a'))).message).toBe('no credentials');
  none.destroy();
  expect(requests).toEqual([]);
});
