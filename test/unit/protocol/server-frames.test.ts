// Frames from a server, and errors, as a client reads them.
import { decodeServerFrame, RealtimeError, retryClassOf } from '../../../protocol';

describe('decodeServerFrame', () => {
  test.each([
    ['{"id":1,"error":{}}', 'reply'],
    ['{"id":null,"ok":{}}', 'reply'],
    ['{"id":"1","ok":{}}', 'unknown'],
    ['{"id":1}', 'unknown'],
    ['{"id":1,"ok":[]}', 'unknown'],
    ['{"ok":{}}', 'unknown'],
    ['{"push":"messages"}', 'unknown'],
    ['{"messages":[]}', 'unknown'],
    ['{"push":"move","within":0}', 'push'],
    ['{"push":"move","within":-1}', 'unknown'],
    ['{"push":"move","within":"5"}', 'unknown'],
    ['{"within":5}', 'unknown'],
    ['{"pong":false}', 'unknown'],
    ['{"message":7}', 'unknown'],
    ['{', 'unknown'],
    ['[]', 'unknown'],
  ])('given %s, then its kind is %s', (text, kind) => {
    expect(decodeServerFrame(text).kind).toBe(kind);
  });

  test('given a frame of API Gateway, then texts are read, and other values are not', () => {
    const text = '{"message":"Internal server error","connectionId":"x","requestId":7}';
    expect(decodeServerFrame(text)).toEqual({
      kind: 'gateway',
      message: 'Internal server error',
      connectionId: 'x',
      requestId: undefined,
    });
  });
});

describe('errors', () => {
  test.each([
    [40139, 'never'],
    [40140, 'renew'],
    [40149, 'renew'],
    [40150, 'never'],
    [40409, 'never'],
    [40410, 'reconnect'],
    [40499, 'reconnect'],
    [40900, 'backoff'],
    [40999, 'backoff'],
    [42899, 'never'],
    [42900, 'backoff'],
    [42949, 'backoff'],
    [42950, 'never'],
    [50000, 'backoff'],
    [59999, 'backoff'],
    [60000, 'never'],
    [80000, 'reconnect'],
    [80049, 'reconnect'],
    [80050, 'never'],
  ])('given the code %d, then its retry class is %s', (code, retry) => {
    expect(retryClassOf(code)).toBe(retry);
  });

  test('given no detail, then the message is that of the catalog', () => {
    const plain = new RealtimeError('internal').message;
    expect(new RealtimeError('internal', 'More.').message).toBe(`${plain} More.`);
  });

  test('given an error that is never sent by HTTP, then its status is 500', () => {
    expect([new RealtimeError('capability_missing').status, new RealtimeError('connect_failed').status]).toEqual([
      403, 500,
    ]);
  });

  test('when an error is sent, then it names its page', () => {
    const wire = new RealtimeError('internal').toWire();
    expect(wire.help).toMatch(new RegExp(`^https://.*#${wire.code}$`));
  });

  test('given an unknown name that every object has, then the range decides', () => {
    const wire = { code: 42900, name: 'toString', message: 'm', retry: 'never', help: '' } as const;
    expect(RealtimeError.fromWire(wire)).toMatchObject({ code: 42900, retry: 'backoff', error: 'internal' });
  });

  test('given a known name with another code, then its own retry class stays', () => {
    const wire = { ...new RealtimeError('capability_missing').toWire(), code: 50000 };
    expect(RealtimeError.fromWire(wire)).toMatchObject({ code: 50000, retry: 'never', error: 'capability_missing' });
  });
});
