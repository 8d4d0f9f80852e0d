// Sockets that functions reuse in their next invocation. Runs the deployed bundles, in instances that are frozen between
// invocations, as on Lambda. callbacks.test.ts tests the client that posts to connections.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { Instance } from '../../../../local/services/lambda/instance';
import { root } from '../../../support/root';

let server: Server;
/** AWS operation and socket of each request. */
let requests: { readonly operation: string; readonly socket: Socket }[];
let instance: Instance;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ operation: String(request.headers['x-amz-target']), socket: request.socket });
      const { MessageBody = '' } = JSON.parse(body) as { MessageBody?: string };
      // The SQS client compares the digest with that of its message; the DynamoDB client ignores it.
      response.end(JSON.stringify({ MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await instance.stop();
  server.closeAllConnections();
  server.close();
});

function start(name: string): Instance {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Instance(
    {
      name,
      arn: `arn:aws:lambda:eu-west-1:111122223333:function:${name}`,
      timeout: 10_000,
      memory: 256,
      directory: path.join(root, 'assets', name),
      handler: 'index.handler',
      runtimeMajor: 24,
      environment: {},
    },
    {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: endpoint,
      CONNECTIONS_TABLE: 'c',
      MESSAGES_TABLE: 'm',
      CHANNELS_TABLE: 'n',
      REQUEST_QUOTA: '10000',
      TOKEN_SECRET_ARN: 's',
      NAMESPACES: '{"jobs":{"kind":"durable","retention":3600,"ordering":"fifo"}}',
      PUBLISH_QUEUE_URL: `${endpoint}/111122223333/publish.fifo`,
    },
    () => undefined,
  );
}

test.each([
  ['DynamoDB', 'disconnect', 'DynamoDB_20120810.DeleteItem', { requestContext: { connectionId: 'a' } }],
  ['SQS', 'publish', 'AmazonSQS.SendMessage', { channel: 'jobs:a', messages: [{ data: 1 }] }],
])(
  'given a client of %s, when the function %s is invoked again, then it reuses the socket',
  async (_, name, operation, event) => {
    instance = start(name);
    for (const id of ['1', '2', '3']) {
      const outcome = await instance.invoke(JSON.stringify(event), id);
      expect(outcome).toEqual({ payload: expect.not.stringContaining('error') });
    }
    expect(requests.map((request) => request.operation)).toEqual([operation, operation, operation]);
    expect(new Set(requests.map(({ socket }) => socket)).size).toBe(1);
  },
);
