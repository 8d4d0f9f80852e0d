// Every rule of a request frame, at its limits.
import {
  decodeRequest,
  encodeCursor,
  MAX_BATCH,
  MAX_DEPTH,
  MAX_PAGE,
  MAX_PUBLISH_BYTES,
  MAX_SUBSCRIPTIONS,
  readMessages,
} from '../../../protocol';

const CURSOR = encodeCursor({ 'eu-west-1': { epoch: '0m3x0k2p9', seq: 18 } });
const LAST_DATE = 8.64e15;

const decode = (fields: object) => decodeRequest(JSON.stringify({ id: 1, channel: 'chat:a', ...fields }));

function expectRefused(fields: object, error: string, said = ''): void {
  expect(decode(fields)).toMatchObject({ id: 1, error: { error, message: expect.stringContaining(said) } });
}

describe('the frame', () => {
  test.each(['', '{', '[]', 'null', '7', '"text"'])(
    'given %p, then the frame is malformed, and its id unknown',
    (text) => {
      expect(decodeRequest(text)).toMatchObject({ id: null, error: { error: 'frame_malformed' } });
    },
  );

  test('given a text that is no JSON, then the error has the cause', () => {
    expect(decodeRequest('{')).toMatchObject({ error: { cause: expect.any(SyntaxError) } });
  });

  test.each([undefined, null, '1', -1, 0.5, Number.MAX_SAFE_INTEGER + 1])(
    'given the id %p, then it is invalid',
    (id) => {
      expect(decode({ id, action: 'unsubscribe' })).toMatchObject({ id: null, error: { error: 'frame_id_invalid' } });
    },
  );

  test.each([0, 1, Number.MAX_SAFE_INTEGER])('given the id %p, then the request has it', (id) => {
    expect(decode({ id, action: 'unsubscribe' })).toEqual({
      request: { action: 'unsubscribe', id, channel: 'chat:a' },
    });
  });

  test.each([undefined, 'ping', 'Subscribe', 7])('given the action %p, then it is unknown', (action) => {
    expectRefused({ action }, 'action_unknown');
  });
});

describe('subscribe', () => {
  test.each([
    [{}, {}],
    [{ cursor: CURSOR }, { cursor: CURSOR }],
    [{ rewind: { last: 1 } }, { rewind: { last: 1 } }],
    [{ rewind: { last: MAX_PAGE } }, { rewind: { last: MAX_PAGE } }],
    [{ rewind: { since: 0 } }, { rewind: { since: 0 } }],
    [{ rewind: { since: LAST_DATE } }, { rewind: { since: LAST_DATE } }],
  ])('given %j, then the request has it', (fields, expected) => {
    expect(decode({ action: 'subscribe', ...fields })).toEqual({
      request: { action: 'subscribe', id: 1, channel: 'chat:a', ...expected },
    });
  });

  test.each([
    [{ last: 0 }],
    [{ last: MAX_PAGE + 1 }],
    [{ last: 1.5 }],
    [{ last: '1' }],
    [{ since: -1 }],
    [{ since: 0.5 }],
    [{ since: LAST_DATE + 1 }],
    [{ since: '0' }],
    [{ last: 1, since: 0 }],
    [{}],
    [null],
    [7],
    [[]],
  ])('given the rewind %j, then it is invalid', (rewind) => {
    expectRefused({ action: 'subscribe', rewind }, 'field_invalid', '`rewind`');
  });

  test('given both a cursor and a rewind, then the frame is refused', () => {
    expectRefused({ action: 'subscribe', cursor: CURSOR, rewind: { last: 1 } }, 'field_invalid', 'not both');
  });

  test('given a cursor that can not be read, then the frame is refused', () => {
    expectRefused({ action: 'subscribe', cursor: 'x' }, 'cursor_invalid');
  });
});

describe('history', () => {
  test.each([
    {},
    { limit: 1 },
    { limit: MAX_PAGE },
    { direction: 'backwards' },
    { direction: 'forwards' },
    { since: 0, until: LAST_DATE },
    { page: CURSOR },
  ])('given %j, then the request has it', (fields) => {
    expect(decode({ action: 'history', ...fields })).toEqual({
      request: { action: 'history', id: 1, channel: 'chat:a', ...fields },
    });
  });

  test.each([
    [{ limit: 0 }, '`limit`'],
    [{ limit: MAX_PAGE + 1 }, '`limit`'],
    [{ direction: 'up' }, '`direction`'],
    [{ since: -1 }, '`since`'],
    [{ until: -1 }, '`until`'],
    [{ until: null }, '`until`'],
  ])('given %j, then the field is invalid', (fields, said) => {
    expectRefused({ action: 'history', ...fields }, 'field_invalid', said);
  });

  test('given a page that can not be read, then the frame is refused', () => {
    expectRefused({ action: 'history', page: 'x' }, 'cursor_invalid');
  });
});

describe('sync', () => {
  const channels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`chat:${i}`, CURSOR]));

  test.each([1, MAX_SUBSCRIPTIONS])('given %d channels, then the request has them', (count) => {
    expect(decode({ action: 'sync', channels: channels(count) })).toEqual({
      request: { action: 'sync', id: 1, channels: channels(count) },
    });
  });

  test.each([{}, channels(MAX_SUBSCRIPTIONS + 1), [], null, undefined, 'chat:a'])(
    'given other channels than 1 to the limit, then they are invalid (%#)',
    (value) => {
      expectRefused({ action: 'sync', channels: value }, 'field_invalid', '`channels`');
    },
  );

  test('given a channel or a cursor that is invalid, then the frame is refused', () => {
    expectRefused({ action: 'sync', channels: { 'chat:a': CURSOR, Chat: CURSOR } }, 'channel_name_invalid');
    expectRefused({ action: 'sync', channels: { 'chat:a': CURSOR, 'chat:b': 'x' } }, 'cursor_invalid');
  });
});

describe('readMessages', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  const refused = (value: unknown, error: string, said = ''): void => {
    expect(() => readMessages(value)).toThrow(
      expect.objectContaining({ error, message: expect.stringContaining(said) }),
    );
  };

  test('given fields that are known and others, then only the known ones are kept', () => {
    expect(readMessages([{ id: 'a', data: null, enc: 'json', other: 1 }])).toEqual([
      { id: 'a', data: null, enc: 'json' },
    ]);
  });

  test.each([[undefined], [null], [{}], [[]], [Array(MAX_BATCH + 1).fill({ data: 1 })]])(
    'given %j, then the batch is invalid',
    (value) => {
      refused(value, 'batch_invalid');
    },
  );

  test('given as many messages as a batch may have, then they are read', () => {
    expect(readMessages(Array(MAX_BATCH).fill({ data: 1 }))).toHaveLength(MAX_BATCH);
  });

  test.each([
    [7, 'messages[1] must be an object'],
    [null, 'messages[1] must be an object'],
    [[], 'messages[1] must be an object'],
    [{}, 'messages[1] must have `data`'],
    [{ data: 1, id: '' }, 'messages[1].id'],
    [{ data: 1, id: 'x'.repeat(65) }, 'messages[1].id'],
    [{ data: 1, id: 'a b' }, 'messages[1].id'],
    [{ data: 1, id: 'a\n' }, 'messages[1].id'],
    [{ data: 1, id: ' a' }, 'messages[1].id'],
    [{ data: 1, id: 7 }, 'messages[1].id'],
    [{ data: 1, enc: '' }, 'messages[1].enc'],
    [{ data: 1, enc: 'JSON' }, 'messages[1].enc'],
    [{ data: 1, enc: 'Xjson' }, 'messages[1].enc'],
    [{ data: 1, enc: 'json/' }, 'messages[1].enc'],
    [{ data: 1, enc: '/json' }, 'messages[1].enc'],
    [{ data: 1, enc: 'x'.repeat(33) }, 'messages[1].enc'],
    [{ data: 1, enc: `json/${'x'.repeat(33)}` }, 'messages[1].enc'],
    [{ data: 1, enc: Array(9).fill('a').join('/') }, 'messages[1].enc'],
    [{ data: 1, enc: 7 }, 'messages[1].enc'],
    [{ data: nested(MAX_DEPTH + 1) }, 'messages[1].data must be nested'],
  ])('given the message %j, then it is invalid', (message, said) => {
    refused([{ data: 1 }, message], 'message_invalid', said);
  });

  test.each([
    { id: 'x'.repeat(64), data: 1 },
    { id: 'aZ09_.:-', data: 1 },
    { data: 1, enc: 'x'.repeat(32) },
    { data: 1, enc: 'json/base64/cipher+aes-256-gcm' },
    { data: 1, enc: `${'x'.repeat(32)}/${'y'.repeat(32)}` },
    { data: 1, enc: Array(8).fill('a').join('/') },
    { data: nested(MAX_DEPTH) },
    { data: { a: null, b: [1] } },
  ])('given the message %j, then it is read', (message) => {
    expect(readMessages([message])).toEqual([message]);
  });

  test('given two messages without an id, then they are not the same', () => {
    expect(readMessages([{ data: 1 }, { data: 1 }])).toHaveLength(2);
  });

  test('given messages of exactly the largest size, then they are read, and one byte more is too large', () => {
    const ofBytes = (bytes: number) => [{ data: 'x'.repeat(bytes - '[{"data":""}]'.length) }];
    expect(readMessages(ofBytes(MAX_PUBLISH_BYTES))).toHaveLength(1);
    refused(ofBytes(MAX_PUBLISH_BYTES + 1), 'payload_too_large', `${MAX_PUBLISH_BYTES + 1}`);
  });
});

describe('publish', () => {
  test.each([true, false, undefined])('given retry %p, then the request has it', (retry) => {
    expect(decode({ action: 'publish', messages: [{ data: 1 }], retry })).toEqual({
      request: { action: 'publish', id: 1, channel: 'chat:a', messages: [{ data: 1 }], retry },
    });
  });

  test('given a retry that is a text, then the field is invalid', () => {
    expectRefused({ action: 'publish', messages: [{ data: 1 }], retry: 'yes' }, 'field_invalid', '`retry`');
  });
});
