// Limits of WebSocket APIs: sizes, timeouts, quotas.
import type { TestCloud } from '../../../../support/local/local-cloud';
import { until } from '../../../../support/until';
import { ManualClock } from '../../../../support/manual-clock';
import { connect } from '../../../../support/local/local-websocket';
import { disconnects, events, startBackend, stopBackends } from '../../../../support/local/websocket-backend';

afterAll(stopBackends);

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startBackend();
});

describe('limits', () => {
  test('given a message of 128 KB in frames of 30 KB, then it is delivered', async () => {
    const { ask, socket } = await connect(cloud);
    const size = 128 * 1024;
    for (let at = 0; at < size - 30_000; at += 30_000) socket.send('x'.repeat(30_000), { fin: false });
    const rest = size % 30_000;
    const seen = ask('x'.repeat(rest));
    expect(JSON.parse(await seen)).toEqual({ routeKey: '$default', length: size });
    const exact = await ask('y'.repeat(32 * 1024));
    expect(JSON.parse(exact)).toEqual({ routeKey: '$default', length: 32 * 1024 });
    socket.close();
  });

  test('when a response exceeds 128 KB, then the client receives an internal error and stays connected', async () => {
    const { ask, socket } = await connect(cloud);
    expect(Buffer.byteLength(await ask('long 131072'))).toBe(131_072);
    expect(JSON.parse(await ask('long 131074'))).toMatchObject({ message: 'Internal server error' });
    expect(Buffer.byteLength(await ask('long 2'))).toBe(2);
    socket.close();
  });

  test('when a message or frame is too large, then the connection closes with 1009 and the message is dropped', async () => {
    const limited = await startBackend();
    const frame = await connect(limited);
    frame.socket.send('x'.repeat(32 * 1024 + 1));
    expect((await frame.closed).code).toBe(1009);
    const message = await connect(limited);
    for (let i = 0; i < 5; i++) message.socket.send('x'.repeat(30_000), { fin: i === 4 });
    expect((await message.closed).code).toBe(1009);
    const many = await connect(limited);
    many.socket.send('a');
    many.socket.send('x'.repeat(60_000));
    many.socket.send('never');
    expect((await many.closed).code).toBe(1009);
    await until(() => limited.services.apigateway.connectionIds.length === 0, 'all are closed');
    const bodies = events(limited)
      .filter(({ body }) => body !== undefined)
      .map(({ body }) => body);
    expect(bodies).toEqual(['a']);
  });

  test('when a binary message arrives, then the connection closes with 1003', async () => {
    const { socket, closed } = await connect(cloud);
    socket.send(Buffer.from([1, 2]));
    expect((await closed).code).toBe(1003);
  });

  test('when a connection is idle for ten minutes, then it closes; messages restart the timeout', async () => {
    const clock = new ManualClock();
    const timed = await startBackend({}, { clock });
    const [idle, busy, listening] = [await connect(timed), await connect(timed), await connect(timed)];
    const id = timed.services.apigateway.connectionIds[2]!;
    const push = (): Promise<Response> =>
      fetch(`${timed.outputs.http}/@connections/${encodeURIComponent(id)}`, {
        method: 'POST',
        body: 'pushed',
        headers: { authorization: 'AWS4-HMAC-SHA256 signed' },
      });
    clock.advance(9 * 60_000);
    await busy.ask('{"action":"loud"}');
    expect((await push()).status).toBe(200);
    clock.advance(59_999);
    expect(idle.socket.readyState).toBe(idle.socket.OPEN);
    clock.advance(1);
    expect(await idle.closed).toEqual({ code: 1001, reason: 'Going away' });
    await busy.ask('{"action":"loud"}');
    expect(listening.texts).toEqual(['pushed']);
    clock.advance(9 * 60_000);
    expect((await listening.closed).code).toBe(1001);
    await busy.ask('{"action":"loud"}');
    await until(() => timed.services.apigateway.connectionIds.length === 1, 'both are gone');
    await until(() => disconnects(timed).length === 2, '$disconnect has run for both');
    expect(disconnects(timed)).toEqual([1001, 1001]);
  });

  test('when a connection is two hours old, then it closes', async () => {
    const clock = new ManualClock();
    const timed = await startBackend({}, { clock });
    const { ask, socket, closed } = await connect(timed);
    for (let minutes = 5; minutes < 120; minutes += 5) {
      clock.advance(5 * 60_000);
      await ask('{"action":"loud"}');
    }
    clock.advance(5 * 60_000 - 1);
    expect(socket.readyState).toBe(socket.OPEN);
    clock.advance(1);
    expect((await closed).code).toBe(1001);
  });

  test('when the quota of account or stage is exhausted, then messages are throttled', async () => {
    const account = await startBackend({}, { limits: { requestRate: 0.001, requestBurst: 1 } });
    const first = await connect(account);
    await first.ask('{"action":"loud"}');
    expect(JSON.parse(await first.ask('{"action":"loud"}'))).toMatchObject({ message: 'Too Many Requests' });
    expect(first.socket.readyState).toBe(first.socket.OPEN);
    const stage = await startBackend({
      stage: { DefaultRouteSettings: { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 } },
    });
    const second = await connect(stage);
    for (let i = 0; i < 2; i++) expect(await second.ask('{"action":"loud"}')).toContain('routeKey');
    expect(JSON.parse(await second.ask('{"action":"loud"}'))).toMatchObject({ message: 'Too Many Requests' });
  });
});
