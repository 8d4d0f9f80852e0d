// Reads the answers of one HTTP/1.1 connection, one after another. https://www.rfc-editor.org/rfc/rfc9112#section-6.3

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The other side closes the connection after it. */
  readonly isLast: boolean;
}

/** Answers are small: a head or a body beyond this comes from nobody that we know. Bytes. */
const MAX_HEAD = 64 * 1024;
const MAX_BODY = 1024 * 1024;
const HEAD_END = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);

export class ResponseReader {
  private rest: Buffer = NOTHING;

  /** Whether an answer has begun to come. */
  public get hasBegun(): boolean {
    return this.rest.length > 0;
  }

  /**
   * Takes what has come.
   *
   * @returns the answer, once it is whole
   * @throws Error when it is no HTTP, or more than one answer
   */
  public take(chunk: Buffer): HttpResponse | undefined {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    return this.read(false);
  }

  /** The other side has closed the connection: what has no other end ends with that. */
  public end(): HttpResponse | undefined {
    return this.hasBegun ? this.read(true) : undefined;
  }

  private read(isEnd: boolean): HttpResponse | undefined {
    const headEnd = this.rest.indexOf(HEAD_END);
    if (headEnd < 0) {
      if (this.rest.length > MAX_HEAD) throw new Error('the head of an answer does not end');
      return undefined;
    }
    const [statusLine = '', ...lines] = this.rest.toString('latin1', 0, headEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) throw new Error(`no answer of HTTP/1.1: ${statusLine.slice(0, 80)}`);
    const body = this.rest.subarray(headEnd + HEAD_END.length);
    if (status < 200) {
      // Nothing that is final.
      this.rest = body;
      return body.length === 0 ? undefined : this.read(isEnd);
    }
    const headers = headersOf(lines);
    const found = bodyOf(status, headers, body, isEnd);
    if (found === undefined) {
      if (body.length > MAX_BODY) throw new Error('the body of an answer does not end');
      return undefined;
    }
    if (found.end !== body.length) throw new Error('more has come than one answer');
    this.rest = NOTHING;
    const isLast = found.isLast || /\bclose\b/i.test(headers.get('connection') ?? '');
    return { status, headers, body: found.body, isLast };
  }
}

function headersOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

interface Body {
  readonly body: Buffer;
  /** Where it ends, in what has come. */
  readonly end: number;
  /** Only the connection's end is its own. */
  readonly isLast: boolean;
}

/** The body, once it is whole. */
function bodyOf(status: number, headers: ReadonlyMap<string, string>, bytes: Buffer, isEnd: boolean): Body | undefined {
  if (status === 204 || status === 304) return { body: NOTHING, end: 0, isLast: false };
  if (/\bchunked\b/i.test(headers.get('transfer-encoding') ?? '')) return chunksOf(bytes);
  const length = headers.get('content-length');
  if (length === undefined) return isEnd ? { body: bytes, end: bytes.length, isLast: true } : undefined;
  if (!/^\d{1,9}$/.test(length)) throw new Error(`no length: ${length.slice(0, 80)}`);
  const end = Number(length);
  return bytes.length < end ? undefined : { body: bytes.subarray(0, end), end, isLast: false };
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-7.1 */
function chunksOf(bytes: Buffer): Body | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = /^([0-9a-f]{1,7})[ \t]*(?:;.*)?$/i.exec(bytes.toString('latin1', at, lineEnd))?.[1];
    if (size === undefined) throw new Error('a chunk has no size');
    const start = lineEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) {
      // Trailers, if any, end with an empty line.
      const isBare = bytes.toString('latin1', start, start + 2) === '\r\n';
      const trailersEnd = isBare ? start - 2 : bytes.indexOf(HEAD_END, start);
      if (trailersEnd < 0) return undefined;
      return { body: Buffer.concat(chunks), end: trailersEnd + HEAD_END.length, isLast: false };
    }
    if (bytes.length < end + 2) return undefined;
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw new Error('a chunk does not end where it says');
    chunks.push(bytes.subarray(start, end));
    at = end + 2;
  }
}
