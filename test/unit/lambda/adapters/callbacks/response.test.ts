// Answers of HTTP/1.1, however they come in pieces.
import fc from 'fast-check';
import { type HttpResponse, ResponseReader } from '../../../../../lambda/adapters/callbacks/response';
import { runs } from '../../../../support/templates/properties';

/** What comes of bytes that arrive in pieces, cut at some places. */
function read(bytes: Buffer, cuts: readonly number[] = [], ends = false): HttpResponse | undefined {
  const reader = new ResponseReader();
  const places = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((a, b) => a - b);
  let response: HttpResponse | undefined;
  for (const [i, place] of places.entries()) {
    const next = places[i + 1];
    if (next !== undefined) response = reader.take(bytes.subarray(place, next)) ?? response;
  }
  return response ?? (ends ? reader.end() : undefined);
}

const chunked = (body: Buffer, size: number): Buffer => {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size);
    chunks.push(Buffer.from(`${chunk.length.toString(16)};x=1\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n')]);
};

test('any answer is read whole, however it is cut, and ends where it says', () => {
  const body = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const framing = fc.constantFrom('length', 'chunks', 'trailers', 'end');
  const status = fc.constantFrom(200, 410, 429, 500);
  const interim = fc.boolean();
  const cuts = fc.array(fc.nat(400), { maxLength: 8 });
  fc.assert(
    fc.property(
      body,
      framing,
      status,
      interim,
      cuts,
      fc.integer({ min: 1, max: 50 }),
      (sent, how, code, early, at, size) => {
        const lines = [`HTTP/1.1 ${code} Whatever`, 'Date: now', 'X-Amzn-RequestId:  r1 '];
        if (how === 'length') lines.push(`Content-Length: ${sent.length}`);
        else if (how !== 'end') lines.push('Transfer-Encoding: chunked');
        const tail = { length: sent, end: sent, chunks: Buffer.concat([chunked(sent, size), Buffer.from('\r\n')]) };
        const trailed = Buffer.concat([chunked(sent, size), Buffer.from('Expires: never\r\n\r\n')]);
        const bytes = Buffer.concat([
          Buffer.from(`${early ? 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' : ''}${lines.join('\r\n')}\r\n\r\n`),
          how === 'trailers' ? trailed : tail[how],
        ]);
        const response = read(bytes, at, how === 'end');
        expect([response?.status, response?.headers.get('x-amzn-requestid')]).toEqual([code, 'r1']);
        expect(response?.body.equals(sent)).toBe(true);
        expect(response?.isLast).toBe(how === 'end');
        // Not a byte too early.
        expect(read(bytes.subarray(0, -1), at)).toBeUndefined();
      },
    ),
    runs(2_000),
  );
});

test.each([
  ['no body by its status', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, isLast: false }],
  [
    'the connection ends with it',
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    { isLast: true },
  ],
  ['no reason', 'HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n', { status: 200 }],
])('%s', (_, text, expected) => {
  expect(read(Buffer.from(text))).toMatchObject(expected);
});

test.each([
  ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', 'no answer of HTTP/1.1: SSH-2.0-OpenSSH'],
  ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: 1e3\r\n\r\n', 'no length: 1e3'],
  ['a chunk without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 'a chunk has no size'],
  [
    'a chunk that goes on',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabcd',
    'a chunk does not end where it says',
  ],
  ['more than one answer', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1', 'more has come than one answer'],
  ['a head without an end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`, 'the head of an answer does not end'],
  ['a body without an end', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(2 ** 20 + 1)}`, 'the body of an answer does not end'],
])('%s is an error', (_, text, message) => {
  expect(() => read(Buffer.from(text))).toThrow(message);
});
