// The parser of HTTP/1.1 responses, with responses cut into arbitrary chunks.
import fc from 'fast-check';
import { type HttpResponse, ResponseReader } from '../../../../../lambda/adapters/api-gateway/http-response';
import { runs } from '../../../../support/templates/properties';

/** Parses bytes that arrive in chunks, cut at the given offsets. */
function parse(bytes: Buffer, cuts: readonly number[] = [], isEnded = false): HttpResponse | undefined {
  const reader = new ResponseReader();
  const offsets = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((a, b) => a - b);
  let response: HttpResponse | undefined;
  for (const [i, offset] of offsets.entries()) {
    const next = offsets[i + 1];
    if (next !== undefined) response = reader.push(bytes.subarray(offset, next)) ?? response;
  }
  return response ?? (isEnded ? reader.end() : undefined);
}

type Framing = 'length' | 'chunks' | 'trailers' | 'end';

/** A body as sent: with chunks of the given size, or as it is. */
function framed(body: Buffer, framing: Framing, size: number): Buffer {
  if (framing === 'length' || framing === 'end') return body;
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size);
    parts.push(Buffer.from(`${chunk.length.toString(16)};x=1\r\n`), chunk, Buffer.from('\r\n'));
  }
  const trailers = framing === 'trailers' ? 'Expires: never\r\n' : '';
  return Buffer.concat([...parts, Buffer.from(`0\r\n${trailers}\r\n`)]);
}

const framingHeaders = (body: Buffer, framing: Framing): string => {
  if (framing === 'end') return '';
  return framing === 'length' ? `Content-Length: ${body.length}\r\n` : 'Transfer-Encoding: chunked\r\n';
};

const anyResponse = fc.record({
  body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  framing: fc.constantFrom<Framing>('length', 'chunks', 'trailers', 'end'),
  status: fc.constantFrom(200, 410, 429, 500),
  hasInterim: fc.boolean(),
  cuts: fc.array(fc.nat(400), { maxLength: 8 }),
  chunkSize: fc.integer({ min: 1, max: 50 }),
});

test('given a response with any framing, when it arrives in any chunks, then it is complete with its last byte and not before', () => {
  fc.assert(
    fc.property(anyResponse, ({ body, framing, status, hasInterim, cuts, chunkSize }) => {
      const interim = hasInterim ? 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' : '';
      const headers = `Date: now\r\nX-Amzn-RequestId:  r1 \r\n${framingHeaders(body, framing)}`;
      const head = Buffer.from(`${interim}HTTP/1.1 ${status} Any Reason\r\n${headers}\r\n`);
      const bytes = Buffer.concat([head, framed(body, framing, chunkSize)]);
      const response = parse(bytes, cuts, framing === 'end');
      expect([response?.status, response?.headers.get('x-amzn-requestid')]).toEqual([status, 'r1']);
      expect(response?.body.equals(body)).toBe(true);
      expect(response?.isLast).toBe(framing === 'end');
      expect(parse(bytes.subarray(0, -1), cuts)).toBeUndefined();
    }),
    runs(2_000),
  );
});

test.each([
  ['a status without a body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, isLast: false }],
  ['Connection: close', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n', { isLast: true }],
  ['no reason phrase', 'HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n', { status: 200 }],
])('given %s, when a response is parsed, then it is complete', (_, text, expected) => {
  expect(parse(Buffer.from(text))).toMatchObject(expected);
});

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n', 'not an HTTP/1.1 response: SSH-2.0-OpenSSH'],
  ['an invalid length', 'HTTP/1.1 200 OK\r\ncontent-length: 1e3\r\n\r\n', 'invalid content-length: 1e3'],
  [
    'a chunk without a size',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n',
    'a chunk without a valid size',
  ],
  [
    'a chunk longer than its size',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabcd',
    'a chunk longer than its size',
  ],
  ['two responses', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1', 'bytes after the end of a response'],
  [
    'a head without an end',
    `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`,
    'the head of a response exceeds 65536 bytes',
  ],
  [
    'a body without an end',
    `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(2 ** 20 + 1)}`,
    'the body of a response exceeds 1048576 bytes',
  ],
])('given %s, when a response is parsed, then an error is thrown', (_, text, message) => {
  expect(() => parse(Buffer.from(text))).toThrow(message);
});
