/**
 * Watches the bytes that a client sends for frames above a limit. `ws` counts messages, which may come in many frames;
 * API Gateway limits both. https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
export class FrameWatcher {
  private header: number[] = [];
  private payloadLeft = 0;

  public constructor(
    private readonly limit: number,
    private readonly onTooLarge: () => void,
  ) {}

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
      const length = payloadLength(this.header);
      this.header = [];
      this.payloadLeft = length;
      if (length > this.limit) this.onTooLarge();
    }
  }
}

/** Length of a frame's header, as far as its first bytes tell. */
function headerLength([, second]: readonly number[]): number {
  if (second === undefined) return 2;
  const lengthCode = second & 0x7f;
  const extended = lengthCode === 126 ? 2 : lengthCode === 127 ? 8 : 0;
  return 2 + extended + ((second & 0x80) === 0 ? 0 : 4);
}

function payloadLength(header: readonly number[]): number {
  const lengthCode = (header[1] ?? 0) & 0x7f;
  const extended = lengthCode === 126 ? 2 : lengthCode === 127 ? 8 : 0;
  if (extended === 0) return lengthCode;
  return header.slice(2, 2 + extended).reduce((length, byte) => length * 256 + byte, 0);
}
