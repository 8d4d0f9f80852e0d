// Publishes, in the order in which they were called: one frame of a channel under way at a time.
import {
  MAX_BATCH,
  MAX_PUBLISH_BYTES,
  type PublishOk,
  readMessages,
  RealtimeError,
  utf8Length,
} from '../../../protocol';
import type { Emit } from './commands';
import type { PendingRequest, Requests } from './requests';

/** What one call publishes. It is written when it is called: what happens to the data afterwards is of no matter. */
interface Part {
  /** The messages as JSON, without the brackets around them. */
  readonly text: string;
  readonly bytes: number;
  readonly count: number;
  readonly ids: readonly string[];
  /** Who waits for it; undefined once its time is over. */
  call: number | undefined;
}

/** What is sent as one publish. Once it was sent, its parts stay: the server knows it again only as a whole. */
interface Frame {
  readonly parts: readonly Part[];
  /** Goes as it is, with nothing added. */
  readonly isWhole: boolean;
  /** Where it is under way. */
  request: PendingRequest | undefined;
}

interface Lane {
  /** The frame that has not been answered. */
  sent: Frame | undefined;
  waiting: Frame[];
}

/**
 * API Gateway does not promise to carry out two frames in the order in which they came. So a channel has one frame under
 * way; what is published meanwhile waits, and goes out together, as many calls as one frame takes.
 */
export class Outbox {
  private readonly lanes = new Map<string, Lane>();

  /** @param socket the socket in use, if there is one */
  public constructor(
    private readonly requests: Requests,
    private readonly emit: Emit,
    private readonly socket: () => number | undefined,
  ) {}

  /** @throws what the server would refuse, and TypeError when the data holds what JSON can't */
  public add(channel: string, messages: unknown, call: number, timeout: number): void {
    const part = partOf(messages, call);
    this.emit({ type: 'timer', name: `publish ${call}`, delay: timeout });
    const lane = this.lanes.get(channel) ?? { sent: undefined, waiting: [] };
    this.lanes.set(channel, lane);
    lane.waiting.push({ parts: [part], isWhole: false, request: undefined });
  }

  /** Sends what waits, on every channel (or one) that has nothing under way. */
  public flush(channels: Iterable<string> = [...this.lanes.keys()]): void {
    for (const channel of channels) {
      const socket = this.socket();
      const lane = this.lanes.get(channel);
      if (socket === undefined || lane === undefined || lane.sent !== undefined) continue;
      const frame = takeFrame(lane.waiting);
      if (frame === undefined) {
        this.lanes.delete(channel);
        continue;
      }
      lane.sent = frame;
      frame.request = this.requests.addPublish(channel, frame.parts.map(({ text }) => text).join());
      this.requests.send(frame.request, socket);
    }
  }

  /** The server's acknowledgement of a frame: each call gets its part. */
  public answered(request: PendingRequest, ok: PublishOk): void {
    let at = 0;
    for (const part of this.end(request)?.parts ?? []) {
      const end = at + part.count;
      const seqs = ok.seqs === undefined ? {} : { seqs: ok.seqs.slice(at, end) };
      this.resolve(part, { ...ok, ...seqs, ids: ok.ids.slice(at, end) });
      at = end;
    }
    this.flush([request.channel]);
  }

  /** The server refused a frame for good. One bad call must not fail the others: each is tried by itself, in their order. */
  public refused(request: PendingRequest, error: RealtimeError): void {
    const parts = this.end(request)?.parts ?? [];
    if (parts.length === 1) for (const part of parts) this.reject(part, error);
    else {
      const waited = parts.filter(({ call }) => call !== undefined);
      const alone = waited.map((part) => ({ parts: [part], isWhole: true, request: undefined }));
      this.lanes.get(request.channel)?.waiting.unshift(...alone);
    }
    this.flush([request.channel]);
  }

  /**
   * A call had its time. What was not sent is not sent any more; what is under way goes on as long as anybody waits.
   *
   * @param failure why there is no connection
   * @returns the request that was not answered in time
   */
  public expired(call: number, failure: Error | undefined): PendingRequest | undefined {
    for (const [channel, lane] of this.lanes) {
      const frame = [lane.sent, ...lane.waiting].find((one) => one?.parts.some((part) => part.call === call));
      if (frame === undefined) continue;
      const { parts, request } = frame;
      const cause = request?.refusal ?? failure;
      const error = new RealtimeError('request_timeout', cause?.message, { cause });
      for (const part of parts) if (part.call === call) this.reject(part, error);
      if (parts.every((part) => part.call === undefined)) {
        lane.waiting = lane.waiting.filter((one) => one !== frame);
        if (request !== undefined) this.end(request);
        this.flush([channel]);
      }
      return request;
    }
    return undefined;
  }

  public rejectAll(error: Error): void {
    const frames = [...this.lanes.values()].flatMap(({ sent, waiting }) =>
      sent === undefined ? waiting : [sent, ...waiting],
    );
    this.lanes.clear();
    for (const { parts } of frames) for (const part of parts) this.reject(part, error);
  }

  private end(request: PendingRequest): Frame | undefined {
    this.requests.forget(request);
    const lane = this.lanes.get(request.channel);
    const frame = lane?.sent;
    if (lane === undefined || frame?.request !== request) return undefined;
    lane.sent = undefined;
    return frame;
  }

  private resolve(part: Part, value: PublishOk): void {
    const call = this.settle(part);
    if (call !== undefined) this.emit({ type: 'resolve', call, value });
  }

  private reject(part: Part, error: Error): void {
    const call = this.settle(part);
    if (call !== undefined) this.emit({ type: 'reject', call, error });
  }

  private settle(part: Part): number | undefined {
    const { call } = part;
    part.call = undefined;
    if (call !== undefined) this.emit({ type: 'cancel', name: `publish ${call}` });
    return call;
  }
}

function partOf(value: unknown, call: number): Part {
  const messages = readMessages(value);
  const text = JSON.stringify(messages).slice(1, -1);
  return { text, bytes: utf8Length(text), count: messages.length, ids: messages.flatMap(({ id }) => id ?? []), call };
}

/** The first frame that waits, with as many of those after it as one publish may hold. */
function takeFrame(waiting: Frame[]): Frame | undefined {
  const first = waiting.shift();
  if (first === undefined || first.isWhole) return first;
  const parts = [...first.parts];
  for (let next = waiting[0]; next !== undefined && !next.isWhole; next = waiting[0]) {
    if (!fit([...parts, ...next.parts])) break;
    parts.push(...next.parts);
    waiting.shift();
  }
  return { parts, isWhole: false, request: undefined };
}

/** Whether one publish may hold them all: so many messages, so many bytes with commas and brackets, no id twice. */
function fit(parts: readonly Part[]): boolean {
  const ids = parts.flatMap((part) => part.ids);
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const bytes = parts.reduce((sum, part) => sum + part.bytes + 1, 1);
  return count <= MAX_BATCH && bytes <= MAX_PUBLISH_BYTES && new Set(ids).size === ids.length;
}
