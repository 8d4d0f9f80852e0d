import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Cursor,
  decodeRequest,
  decodeServerFrame,
  encodeCursor,
  MAX_CHANNEL_LENGTH,
  MAX_SEGMENTS,
  parseChannel,
  RealtimeError,
  retryClassOf,
  utf8Length,
} from '../../../protocol';
import { CATALOG } from '../../../protocol/catalog.generated';
import { root } from '../../support/root';

const namespace = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/);
const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
const channel = fc
  .tuple(namespace, fc.array(segment, { minLength: 1, maxLength: MAX_SEGMENTS }))
  .map(([ns, segments]) => `${ns}:${segments.join('.')}`);
const origin = fc.constantFrom('eu-west-1', 'us-east-1', 'ap-northeast-1', 'us-gov-west-1', 'eusc-de-east-1');
const position = fc.record({
  epoch: fc.stringMatching(/^[0-9a-z]{0,9}$/),
  seq: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
});
const cursor: fc.Arbitrary<Cursor> = fc.dictionary(origin, position);

describe('parseChannel', () => {
  test('when a valid name is parsed, then namespace and segments make up the name (property)', () => {
    fc.assert(
      fc.property(channel, (name) => {
        const { namespace: ns, segments } = parseChannel(name);
        expect(`${ns}:${segments.join('.')}`).toBe(name);
      }),
    );
  });

  test('when any value is parsed, then it is a channel or channel_name_invalid is thrown (property)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string()), (name) => {
        try {
          parseChannel(name);
        } catch (error) {
          expect(error).toMatchObject({ error: 'channel_name_invalid', code: 40010 });
        }
      }),
    );
  });

  test.each([
    'chat',
    ':room',
    'chat:',
    'chat:a..b',
    'chat:.a',
    'Chat:a',
    '9chat:a',
    'chat:a b',
    'chat:ü',
    'chat:a:b',
    `chat:${'a'.repeat(MAX_CHANNEL_LENGTH)}`,
    `chat:${Array.from({ length: MAX_SEGMENTS + 1 }, () => 'a').join('.')}`,
    `${'n'.repeat(33)}:a`,
    42,
    undefined,
  ])('when the name is %p, then it is refused', (name) => {
    expect(() => parseChannel(name)).toThrow(RealtimeError);
  });
});

describe('decodeRequest', () => {
  test('when any text is decoded, then the result is a request or an error of the catalog (property)', () => {
    const frame = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record(
          {
            action: fc.oneof(fc.constantFrom('subscribe', 'unsubscribe', 'publish', 'history', 'ping'), fc.anything()),
            id: fc.oneof(fc.nat(), fc.anything()),
            channel: fc.oneof(channel, fc.anything()),
            cursor: fc.oneof(cursor.map(encodeCursor), fc.anything()),
            messages: fc.oneof(fc.array(fc.record({ data: fc.jsonValue() })), fc.anything()),
            limit: fc.anything(),
            before: fc.anything(),
          },
          { requiredKeys: ['action'] },
        )
        .map((value) => {
          try {
            return JSON.stringify(value);
          } catch {
            return '{}';
          }
        }),
    );
    fc.assert(
      fc.property(frame, (text) => {
        const decoded = decodeRequest(text);
        if ('error' in decoded) expect(decoded.error).toBeInstanceOf(RealtimeError);
        else expect(decoded.request).toHaveProperty('channel');
      }),
      { numRuns: 500 },
    );
  });

  test('given unknown fields, when a frame is decoded, then the request does not have them', () => {
    expect(decodeRequest('{"action":"unsubscribe","id":1,"channel":"chat:a","later":true}')).toEqual({
      request: { action: 'unsubscribe', id: 1, channel: 'chat:a' },
    });
  });

  test('given two messages with one id, when a publish is decoded, then it is refused', () => {
    const frame = {
      action: 'publish',
      id: 1,
      channel: 'chat:a',
      messages: [
        { id: 'x', data: 1 },
        { id: 'x', data: 2 },
      ],
    };
    expect(decodeRequest(JSON.stringify(frame))).toMatchObject({ id: 1, error: { error: 'message_invalid' } });
  });
});

describe('decodeServerFrame', () => {
  test('when any text is decoded, then it never throws (property)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['reply', 'push', 'pong', 'gateway', 'unknown']).toContain(decodeServerFrame(text).kind);
      }),
    );
  });

  test.each([
    ['{"id":1,"ok":{}}', 'reply'],
    ['{"id":null,"error":{"code":40000}}', 'reply'],
    ['{"push":"messages","messages":[]}', 'push'],
    ['{"push":"later"}', 'unknown'],
    ['{"pong":true}', 'pong'],
    ['{"message":"Internal server error","connectionId":"x","requestId":"y"}', 'gateway'],
    ['null', 'unknown'],
  ])('when the text is %s, then the kind is %s', (text, kind) => {
    expect(decodeServerFrame(text).kind).toBe(kind);
  });
});

test('given any text, then utf8Length equals Buffer.byteLength (property)', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    }),
  );
});

describe('the error catalog', () => {
  const entries = Object.values(CATALOG);

  test('given all errors, then codes are unique and their ranges imply the retry behaviour', () => {
    expect(new Set(entries.map(({ code }) => code)).size).toBe(entries.length);
    for (const { code, retry } of entries) expect({ code, retry }).toEqual({ code, retry: retryClassOf(code) });
  });

  test('given all error pages, then each says what to do and why it happens', () => {
    const folder = path.join(root, 'protocol', 'errors');
    const files = readdirSync(folder).filter((file) => /^\d/.test(file));
    expect(files).toHaveLength(entries.length);
    for (const file of files) {
      const text = readFileSync(path.join(folder, file), 'utf8');
      expect(text).toMatch(/## What to do\n\n\S/);
      expect(text).toMatch(/## Why it happens\n\n\S/);
    }
  });

  test('when an error is sent and received, then it is the same; an unknown one behaves as its range says', () => {
    const error = new RealtimeError('capability_missing', 'Action: publish.');
    expect(RealtimeError.fromWire(error.toWire())).toMatchObject({
      code: 40103,
      message: error.message,
      retry: 'never',
    });
    const later = { code: 40145, name: 'from_the_future', message: 'new', retry: 'never', help: '' } as const;
    expect(RealtimeError.fromWire(later)).toMatchObject({ code: 40145, message: 'new', retry: 'renew' });
  });
});
