// The synthesized stack in the local cloud: bundled handlers, real sockets, the client SDK.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { PutCommand, QueryCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import WebSocket from 'ws';
import type { ChannelMessage } from '../../../client/src';
import { type LocalNetwork, startNetwork } from '../../support/local/local-network';
import { until } from '../../support/until';
import { root } from '../../support/root';

let network: LocalNetwork;

beforeAll(async () => {
  network = await startNetwork();
});

afterAll(async () => {
  await network.stop();
});

/** A WebSocket without the SDK, which keeps the frames that it receives. */
async function bare(token: string, protocols = ['cdk-realtime.v1', `cdk-realtime.token.${token}`], url = network.ws) {
  const socket = new WebSocket(url, protocols);
  const frames: any[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())));
  const status = await new Promise<number>((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => resolve(-1));
  });
  const ask = async (frame: object | string): Promise<any> => {
    const seen = frames.length;
    socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    await until(() => frames.length > seen, 'an answer comes');
    return frames.at(-1);
  };
  return { socket, frames, status, ask, closed };
}

function listen(client: ReturnType<LocalNetwork['client']>, channel: string): ChannelMessage[] {
  const messages: ChannelMessage[] = [];
  client.channel(channel).subscribe((message) => messages.push(message));
  return messages;
}

describe('RealtimeClient', () => {
  test('given two subscribers, when each publishes, then both receive both messages in the order of the log', async () => {
    const ada = network.client('ada');
    const grace = network.client('grace');
    const [atAda, atGrace] = [listen(ada, 'chat:talk'), listen(grace, 'chat:talk')];
    await until(() => [ada, grace].every((one) => one.channel('chat:talk').state === 'live'), 'both are live');
    const first = await ada.channel('chat:talk').publish({ text: 'hello' });
    const second = await grace.channel('chat:talk').publish({ text: 'hi' });
    await until(() => atAda.length === 2 && atGrace.length === 2, 'both have both');
    expect(second).toMatchObject({ origin: 'eu-west-1', epoch: first.epoch, seq: Number(first.seq) + 1 });
    expect(atGrace.map(({ from, data }) => [from, data])).toEqual([
      ['ada', { text: 'hello' }],
      ['grace', { text: 'hi' }],
    ]);
    expect(atAda.map(({ seq }) => seq)).toEqual(atGrace.map(({ seq }) => seq));
  });

  test('given a client that reconnects, when messages were published meanwhile, then it receives all of them once, in order', async () => {
    const ada = network.client('ada');
    const grace = network.client('grace');
    const seen = listen(grace, 'chat:away');
    const verdicts: string[] = [];
    grace.channel('chat:away').on('verdict', ({ verdict }) => verdicts.push(verdict));
    await until(() => grace.channel('chat:away').state === 'live', 'grace is live');
    await ada.channel('chat:away').publish(0);
    await until(() => seen.length === 1, 'the first arrives');
    grace.reconnect();
    for (let i = 1; i <= 20; i++) await ada.channel('chat:away').publish(i);
    await until(() => seen.length === 21, 'the rest arrives');
    expect(seen.map(({ data }) => data)).toEqual(Array.from({ length: 21 }, (_, i) => i));
    expect(verdicts).toContain('complete');
  });

  test('given the cursor of a closed client, when another client subscribes with it, then it receives the missed messages', async () => {
    const ada = network.client('ada');
    const first = network.client('grace');
    const seen = listen(first, 'chat:reload');
    await until(() => first.channel('chat:reload').state === 'live', 'grace is live');
    await ada.channel('chat:reload').publish('a');
    await until(() => seen.length === 1, 'the message arrives');
    const cursor = first.channel('chat:reload').cursor ?? '';
    first.close();
    await ada.channel('chat:reload').publish('b');
    const second = network.client('grace');
    const later: unknown[] = [];
    second.channel('chat:reload', { cursor }).subscribe(({ data }) => later.push(data));
    await until(() => later.length === 1, 'what was missed arrives');
    expect(later).toEqual(['b']);
  });

  test('given a channel, then history returns its last messages, unsubscribe ends deliveries, and a wrong namespace rejects with its code', async () => {
    const ada = network.client('ada');
    const channel = ada.channel('chat:misc');
    await channel.publishAll([{ data: 1 }, { data: 2 }, { data: 3 }]);
    const { messages } = await channel.history({ limit: 2 });
    expect(messages.map(({ data }) => data)).toEqual([3, 2]);
    const seen = listen(ada, 'chat:misc');
    await until(() => channel.state === 'live', 'ada is live');
    await channel.unsubscribe();
    await channel.publish(4);
    expect(seen).toEqual([]);
    await expect(ada.channel('nope:misc').publish(1)).rejects.toMatchObject({
      code: 40400,
      error: 'namespace_unknown',
    });
  });

  test('when a message is published twice with the same id, then the application receives it once', async () => {
    const ada = network.client('ada');
    const seen = listen(ada, 'chat:twice');
    await until(() => ada.channel('chat:twice').state === 'live', 'ada is live');
    await ada.channel('chat:twice').publish('x', { id: 'same' });
    await ada.channel('chat:twice').publish('x', { id: 'same' });
    await ada.channel('chat:twice').publish('end');
    await until(() => seen.some(({ data }) => data === 'end'), 'the last arrives');
    expect(seen.map(({ data }) => data)).toEqual(['x', 'end']);
  });
});

describe('connecting', () => {
  test('given the token as a subprotocol or as a query parameter, then the connection opens with the protocol’s subprotocol', async () => {
    const token = await network.token('ada');
    const one = await bare(token);
    expect([one.status, one.socket.protocol]).toEqual([101, 'cdk-realtime.v1']);
    const two = await bare(token, ['cdk-realtime.v1'], `${network.ws}?token=${token}`);
    expect([two.status, two.socket.protocol]).toEqual([101, 'cdk-realtime.v1']);
    one.socket.close();
    two.socket.close();
  });

  test('given no subprotocol, then 401; given no token, or an invalid or expired one, then 403', async () => {
    const token = await network.token('ada');
    const anHourAgo = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
    const minting = network.token('ada', undefined, 1);
    anHourAgo.mockRestore();
    const expired = await minting;
    expect((await bare(token, [], `${network.ws}?token=${token}`)).status).toBe(401);
    expect((await bare('', ['cdk-realtime.v1'])).status).toBe(403);
    expect((await bare(`${token}x`)).status).toBe(403);
    expect((await bare(expired)).status).toBe(403);
  });

  test('given a token without capabilities, then the connection opens and every request is denied', async () => {
    const { ask, socket } = await bare(await network.token('nobody', {}));
    for (const frame of [
      { action: 'subscribe', id: 1, channel: 'chat:a' },
      { action: 'publish', id: 1, channel: 'chat:a', messages: [{ data: 1 }] },
      { action: 'history', id: 1, channel: 'chat:a' },
    ]) {
      expect(await ask(frame)).toMatchObject({ id: 1, error: { name: 'capability_missing' } });
    }
    socket.close();
  });
});

describe('invalid frames', () => {
  test('given an invalid frame, then the answer has an error code and the connection stays open', async () => {
    const { ask, socket } = await bare(await network.token('ada'));
    expect(await ask('not json')).toMatchObject({ id: null, error: { name: 'frame_malformed' } });
    expect(await ask('{"action":"dance","id":1}')).toMatchObject({ id: 1, error: { name: 'action_unknown' } });
    expect(await ask('{"action":"ping"}')).toEqual({ pong: true });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
  });

  test('given a frame above 32 KB or a binary frame, then the connection closes with 1009 or 1003, as with AWS', async () => {
    const large = await bare(await network.token('ada'));
    large.socket.send('x'.repeat(33 * 1024));
    expect(await large.closed).toBe(1009);
    const binary = await bare(await network.token('ada'));
    binary.socket.send(Buffer.from([1, 2, 3]));
    expect(await binary.closed).toBe(1003);
  });
});

describe('the HTTP API', () => {
  const post = async (channel: string, body: unknown, token?: string): Promise<{ status: number; body: any }> => {
    const headers = {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${network.http}/v1/channels/${channel}/messages`, {
      method: 'POST',
      headers,
      body: text,
    });
    return { status: response.status, body: await response.json() };
  };

  test('when a message is posted, then subscribers receive it', async () => {
    const grace = network.client('grace');
    const seen = listen(grace, 'chat:http');
    await until(() => grace.channel('chat:http').state === 'live', 'grace is live');
    const token = await network.token('backend');
    expect(await post('chat:http', { messages: [{ data: 'over http', id: 'h1' }] }, token)).toMatchObject({
      status: 200,
      body: { origin: 'eu-west-1', seqs: [1], ids: ['h1'] },
    });
    await until(() => seen.length === 1, 'the message arrives');
    expect(seen[0]).toMatchObject({ from: 'backend', data: 'over http' });
  });

  test('given an invalid request, then the answer has a status and an error code', async () => {
    const reader = await network.token('reader', { 'chat:*': ['subscribe'] });
    const writer = await network.token('writer');
    expect(await post('chat:x', { messages: [{ data: 1 }] })).toMatchObject({
      status: 401,
      body: { error: { name: 'token_missing' } },
    });
    expect(await post('chat:x', { messages: [{ data: 1 }] }, 'abc')).toMatchObject({
      status: 401,
      body: { error: { name: 'token_invalid' } },
    });
    expect(await post('chat:x', { messages: [{ data: 1 }] }, reader)).toMatchObject({
      status: 403,
      body: { error: { code: 40103 } },
    });
    expect(await post('chat:x', 'nonsense', writer)).toMatchObject({
      status: 400,
      body: { error: { name: 'body_malformed' } },
    });
    expect(await post('nope:x', { messages: [{ data: 1 }] }, writer)).toMatchObject({
      status: 404,
      body: { error: { name: 'namespace_unknown' } },
    });
    const large = { messages: [{ data: 'x'.repeat(25_000) }] };
    expect(await post('chat:x', large, writer)).toMatchObject({
      status: 413,
      body: { error: { name: 'payload_too_large' } },
    });
  });

  test('given a table that fails, when the health of the region is requested, then the status is 503', async () => {
    const response = await fetch(`${network.http}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok', region: 'eu-west-1' }]);
    network.region.services.dynamodb.fault = (_, table) =>
      table.includes('Messages') ? { name: 'InternalServerError', message: 'down' } : undefined;
    // An instance caches its result for five seconds.
    await network.region.services.lambda.kill((name) => name.includes('Health'));
    const unhealthy = await fetch(`${network.http}/health`);
    network.region.services.dynamodb.fault = () => undefined;
    expect([unhealthy.status, await unhealthy.json()]).toMatchObject([
      503,
      { status: 'unhealthy', error: { name: 'unhealthy' } },
    ]);
  }, 20_000);
});

test('given a function with the publish grant, when it invokes the publish function, then it can name the sender', async () => {
  const { lambda } = network.region.services;
  const name = network.logs.map(({ source }) => source).find((source) => source.includes('Publish')) ?? '';
  const answer = await lambda.invoke(name, { channel: 'chat:direct', messages: [{ data: 1 }], from: 'cron' });
  expect(answer.payload).toMatchObject({ ok: { seqs: [1] } });
  const refused = await lambda.invoke(name, { channel: 'nope:direct', messages: [{ data: 1 }] });
  expect(refused.payload).toMatchObject({ error: { name: 'namespace_unknown' } });
});

test('given subscribers on several pages of 1 MB, when a message is published, then those of the last page receive it', async () => {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      region: 'eu-west-1',
      endpoint: network.region.endpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  );
  const grace = network.client('grace');
  const seen = listen(grace, 'chat:pages');
  await until(() => grace.channel('chat:pages').state === 'live', 'grace is live');
  const table = network.tables.connections;
  // Expired rows that fill more than the first page, all before grace's row in key order.
  for (let i = 0; i < 6; i++) {
    const row = { pk: 'ch#chat:pages#0', sk: `!${i}`, a: 1, x: 1, filler: 'x'.repeat(300_000) };
    await client.send(new PutCommand({ TableName: table, Item: row }));
  }
  const first = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'ch#chat:pages#0' },
    }),
  );
  expect(first.LastEvaluatedKey).toBeDefined();
  await network.client('ada').channel('chat:pages').publish('found');
  await until(() => seen.length === 1, 'the message arrives');
  client.destroy();
});

test('examples/bare-client subscribes, publishes and receives', async () => {
  const script = path.join(root, 'examples', 'bare-client', 'index.mjs');
  const token = await network.token('bare');
  const child = await new Promise<{ status: number | null; stdout: string }>((resolve) => {
    const one = spawn(process.execPath, [script, network.ws, token]);
    let stdout = '';
    one.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    one.on('exit', (status) => resolve({ status, stdout }));
  });
  expect(child.status).toBe(0);
  const frames = child.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(frames[0]).toMatchObject({ id: 1, ok: { verdict: 'complete' } });
  expect(frames).toContainEqual(expect.objectContaining({ push: 'messages', channel: 'chat:bare' }));
});
