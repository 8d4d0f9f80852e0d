/**
 * Detects frames above the size limit in the bytes that a client sends. `ws` limits messages, which may consist of several
 * frames; API Gateway limits both. https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
export class FrameWatcher {
  private header: number[] = [];
  private payloadLeft = 0;
  /** Messages whose last frame has begun. */
  private messages = 0;
  private firstTooLarge = Number.POSITIVE_INFINITY;

  public constructor(private readonly limit: number) {}

  /** Whether a frame was above the limit. */
  public get hasFailed(): boolean {
    return this.firstTooLarge !== Number.POSITIVE_INFINITY;
  }

  /** Whether a message, counted from 0, was complete before the first frame above the limit. */
  public accepts(message: number): boolean {
    return message < this.firstTooLarge;
  }

  public feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.payloadLeft > 0) {
        const taken = Math.min(this.payloadLeft, chunk.length - at);
        this.payloadLeft -= taken;
        at += taken;
        continue;
      }
      this.header.push(chunk[at] as number);
      at += 1;
      if (this.header.length < headerLength(this.header)) continue;
      this.begin(this.header);
      this.header = [];
    }
  }

  private begin(header: readonly number[]): void {
    this.payloadLeft = payloadLength(header);
    if (this.payloadLeft > this.limit) this.firstTooLarge = Math.min(this.firstTooLarge, this.messages);
    const [first = 0] = header;
    const isControl = (first & 0x08) !== 0;
    const isLast = (first & 0x80) !== 0;
    if (isLast && !isControl) this.messages += 1;
  }
}

/** Length of a frame's header, from the bytes received so far. */
function headerLength([, second]: readonly number[]): number {
  if (second === undefined) return 2;
  return 2 + extendedLength(second) + ((second & 0x80) === 0 ? 0 : 4);
}

function payloadLength(header: readonly number[]): number {
  const second = header[1] ?? 0;
  const extended = extendedLength(second);
  if (extended === 0) return second & 0x7f;
  return header.slice(2, 2 + extended).reduce((length, byte) => length * 256 + byte, 0);
}

function extendedLength(second: number): number {
  const code = second & 0x7f;
  return code === 126 ? 2 : code === 127 ? 8 : 0;
}
