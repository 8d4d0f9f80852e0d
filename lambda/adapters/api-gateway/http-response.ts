// Parses the HTTP/1.1 responses of one connection. https://www.rfc-editor.org/rfc/rfc9112#section-6.3

export interface HttpResponse {
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether the server closes the connection after this response. */
  readonly isLast: boolean;
}

/** Longest head and longest body, in bytes. Responses of API Gateway are much shorter. */
const MAX_HEAD = 64 * 1024;
const MAX_BODY = 1024 * 1024;
const HEAD_END = '\r\n\r\n';
const EMPTY = Buffer.alloc(0);

export class ResponseReader {
  /** Received bytes that are not part of a returned response. */
  private received: Buffer = EMPTY;

  /** Whether a part of a response has been received. */
  public get hasBegun(): boolean {
    return this.received.length > 0;
  }

  /**
   * Adds received bytes.
   *
   * @returns the response, once it is complete
   * @throws Error when the bytes are not HTTP/1.1, or more than one response
   */
  public push(chunk: Buffer): HttpResponse | undefined {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    return this.parse(false);
  }

  /** Handles the end of the connection, which completes a body without a length. */
  public end(): HttpResponse | undefined {
    return this.hasBegun ? this.parse(true) : undefined;
  }

  private parse(isEnd: boolean): HttpResponse | undefined {
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) {
      if (this.received.length > MAX_HEAD) throw new Error(`the head of a response exceeds ${MAX_HEAD} bytes`);
      return undefined;
    }
    const [statusLine = '', ...headerLines] = this.received.toString('latin1', 0, headEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) throw new Error(`not an HTTP/1.1 response: ${statusLine.slice(0, 80)}`);
    const rest = this.received.subarray(headEnd + HEAD_END.length);
    if (status < 200) {
      // An interim response; the final one follows.
      this.received = rest;
      return rest.length === 0 ? undefined : this.parse(isEnd);
    }
    const headers = parseHeaders(headerLines);
    const parsed = parseBody(status, headers, rest, isEnd);
    if (parsed === undefined) {
      if (rest.length > MAX_BODY) throw new Error(`the body of a response exceeds ${MAX_BODY} bytes`);
      return undefined;
    }
    if (parsed.length !== rest.length) throw new Error('bytes after the end of a response');
    this.received = EMPTY;
    const isLast = parsed.isEndedByClose || /\bclose\b/i.test(headers.get('connection') ?? '');
    return { status, headers, body: parsed.body, isLast };
  }
}

function parseHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

interface ParsedBody {
  readonly body: Buffer;
  /** Bytes that the body takes, its framing included. */
  readonly length: number;
  /** Whether only the end of the connection ends the body. */
  readonly isEndedByClose: boolean;
}

/** Returns undefined while the body is incomplete. */
function parseBody(
  status: number,
  headers: ReadonlyMap<string, string>,
  bytes: Buffer,
  isEnd: boolean,
): ParsedBody | undefined {
  if (status === 204 || status === 304) return { body: EMPTY, length: 0, isEndedByClose: false };
  if (/\bchunked\b/i.test(headers.get('transfer-encoding') ?? '')) return parseChunks(bytes);
  const contentLength = headers.get('content-length');
  if (contentLength === undefined)
    return isEnd ? { body: bytes, length: bytes.length, isEndedByClose: true } : undefined;
  if (!/^\d{1,9}$/.test(contentLength)) throw new Error(`invalid content-length: ${contentLength.slice(0, 80)}`);
  const length = Number(contentLength);
  if (bytes.length < length) return undefined;
  return { body: bytes.subarray(0, length), length, isEndedByClose: false };
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-7.1 */
function parseChunks(bytes: Buffer): ParsedBody | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const sizeEnd = bytes.indexOf('\r\n', at);
    if (sizeEnd < 0) return undefined;
    const size = /^([0-9a-f]{1,7})[ \t]*(?:;.*)?$/i.exec(bytes.toString('latin1', at, sizeEnd))?.[1];
    if (size === undefined) throw new Error('a chunk without a valid size');
    const start = sizeEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) {
      // The last chunk. Trailers may follow, and an empty line.
      const hasTrailers = bytes.toString('latin1', start, start + 2) !== '\r\n';
      const trailersEnd = hasTrailers ? bytes.indexOf(HEAD_END, start) : start - 2;
      if (trailersEnd < 0) return undefined;
      return { body: Buffer.concat(chunks), length: trailersEnd + HEAD_END.length, isEndedByClose: false };
    }
    if (bytes.length < end + 2) return undefined;
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw new Error('a chunk longer than its size');
    chunks.push(bytes.subarray(start, end));
    at = end + 2;
  }
}
