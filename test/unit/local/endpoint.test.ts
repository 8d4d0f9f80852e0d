// The server of a region: routing to services, request ids, start and stop.
import { connect as connectSocket, createServer } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { startDynalite } from '../../../local/services/dynamodb';
import { startCloud } from '../../../local';
import { assemblyOf, cloudOf, fn, type TestCloud } from '../../support/local/local-cloud';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await cloudOf({
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'table',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      },
    },
    Caller: fn(
      'caller',
      `
      const { request } = require('node:http');
      exports.handler = () => new Promise((resolve) => {
        const url = new URL(process.env.AWS_ENDPOINT_URL);
        const headers = { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' };
        const one = request({ hostname: url.hostname, port: url.port, method: 'POST', headers }, (response) => {
          let text = '';
          response.on('data', (chunk) => (text += chunk));
          response.on('end', () => resolve(JSON.parse(text)));
        });
        one.end('{}');
      });`,
    ),
  });
});
afterAll(() => cloud.stop());

test('given AWS_ENDPOINT_URL, then SDK clients and functions reach every service', async () => {
  const dynamodb = new DynamoDBClient(cloud.sdk);
  expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual(['table']);
  dynamodb.destroy();
  expect((await cloud.invoke('caller')).payload).toEqual({ TableNames: ['table'] });
});

test('when a service is not emulated, then the error names it', async () => {
  const call = async (path: string, headers: Record<string, string>): Promise<unknown[]> => {
    const response = await fetch(`${cloud.region.endpoint}${path}`, { method: 'POST', body: '{}', headers });
    return [response.status, response.headers.get('x-amzn-errortype'), (await response.json()).message];
  };
  expect(await call('/', { 'x-amz-target': 'Kinesis_20131202.ListStreams' })).toEqual([
    400,
    'UnknownOperationException',
    'The local cloud does not emulate the AWS API Kinesis_20131202.',
  ]);
  expect((await call('/some/path', {}))[2]).toBe('The local cloud does not emulate a request to /some/path.');
  expect((await call('/', { 'x-amz-target': 'constructor.x' }))[0]).toBe(400);
  expect((await call('/', { 'x-amz-target': 'AmazonSQS.constructor' }))[0]).toBe(400);
});

test('when a call is answered, then the answer has a request id', async () => {
  const response = await fetch(cloud.region.endpoint);
  expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
});

test('given a port in use, then the start fails and started servers stop', async () => {
  const { port } = new URL(cloud.region.endpoint);
  const assembly = assemblyOf({ Test: { template: {} } });
  await expect(startCloud({ assembly, port: Number(port) })).rejects.toMatchObject({
    code: 'port_in_use',
    message: `Port ${port} is taken.`,
  });
  const free = await freePort();
  const taken = createServer().listen(free + 1, '127.0.0.1');
  const two = assemblyOf({ One: { template: {} }, Two: { template: {}, region: 'us-east-1' } });
  await expect(startCloud({ assembly: two, port: free })).rejects.toMatchObject({ code: 'port_in_use' });
  expect(await isListening(free)).toBe(false);
  taken.close();
});

test('given a starting region, then calls get 503; when the start fails, then the server stops', async () => {
  const port = await freePort();
  const seen: unknown[] = [];
  const failing = startCloud({
    assembly: assemblyOf({ Test: { template: {} } }),
    port,
    startEngine: async () => {
      const plain = await fetch(`http://127.0.0.1:${port}/`);
      seen.push(plain.status, await plain.json());
      seen.push(await upgrade(port));
      throw new Error('no engine');
    },
  });
  await expect(failing).rejects.toThrow('no engine');
  expect(seen).toEqual([
    503,
    { __type: 'ServiceUnavailable', message: 'The local cloud is still starting.' },
    'HTTP/1.1 503 Service Unavailable',
  ]);
  expect(await isListening(port)).toBe(false);
  const cloud2 = await startCloud({
    assembly: assemblyOf({ Test: { template: {} } }),
    port,
    startEngine: startDynalite,
  });
  expect(cloud2.regions[0]!.endpoint).toBe(`http://127.0.0.1:${port}`);
  await cloud2.stop();
  await cloud2.stop();
  expect(await isListening(port)).toBe(false);
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Status line of the response to an upgrade request. */
function upgrade(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.write('GET /execute-api/a/v1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.on('data', (data: Buffer) => resolve(data.toString().split('\r\n')[0]!));
    socket.on('error', reject);
  });
}
