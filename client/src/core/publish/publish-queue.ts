// Publishes, in the order in which they were called: one frame of a channel under way at a time.
import { type PublishOk, RealtimeError } from '../../../../protocol';
import type { Emit } from '../effects';
import { answerTo, type Frame, frameOf, type Part, partOf, takeFrame } from './publish-batch';
import type { PendingRequest, Requests } from '../requests';
import { Unsure } from './unconfirmed';

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
  private readonly unsure = new Unsure();

  /** @param socket the socket in use, if there is one */
  public constructor(
    private readonly requests: Requests,
    private readonly emit: Emit,
    private readonly socket: () => number | undefined,
  ) {}

  /**
   * @param fields `messages`, and `retry` when they may have been published before
   * @throws RealtimeError what the server would refuse, and TypeError when the data holds what JSON can't
   */
  public add(channel: string, fields: Readonly<Record<string, unknown>>, call: number, timeout: number): void {
    const part = partOf(fields.messages, call);
    this.emit({ type: 'timer', name: `publish ${call}`, delay: timeout });
    const lane = this.lanes.get(channel) ?? { sent: undefined, waiting: [] };
    this.lanes.set(channel, lane);
    const before = this.unsure.get(channel, part);
    const same = before?.parts.find(({ text, call: other }) => text === part.text && other === undefined);
    if (before === undefined || same === undefined) {
      lane.waiting.push(frameOf([part], { isRetry: fields.retry === true || before !== undefined }));
      return;
    }
    same.call = call;
    // Published again, it is the frame that it was: answered meanwhile, or still under way, or sent once more.
    if (before.ok !== undefined) this.resolve(same, answerTo(same, before.parts, before.ok));
    else if (before !== lane.sent && !lane.waiting.includes(before)) {
      lane.waiting.push(Object.assign(before, { isWhole: true, isRetry: true, request: undefined }));
    }
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
      const messages = frame.parts.map(({ text }) => text).join();
      frame.request = this.requests.addPublish(channel, messages, frame.isRetry);
      this.requests.send(frame.request, socket);
    }
  }

  /** The server's acknowledgement of a frame: each call gets its part. */
  public answered(request: PendingRequest, ok: PublishOk): void {
    const { channel } = request;
    const frame = this.end(request);
    if (frame !== undefined) frame.ok = ok;
    for (const part of frame?.parts ?? []) {
      if (part.call !== undefined) this.unsure.forget(channel, part);
      this.resolve(part, answerTo(part, frame?.parts ?? [], ok));
    }
    this.flush([channel]);
  }

  /** The server refused a frame for good. One bad call must not fail the others: each is tried by itself, in their order. */
  public refused(request: PendingRequest, error: RealtimeError): void {
    const { channel } = request;
    const frame = this.end(request);
    const parts = frame?.parts ?? [];
    // An earlier try may have been stored before the reason for the refusal was there.
    const isRetry = frame?.isRetry === true || request.tries > 1;
    if (!isRetry) for (const part of parts) this.unsure.forget(channel, part);
    if (frame !== undefined && parts.length === 1)
      for (const part of parts) this.fail(channel, frame, part, error, isRetry);
    else {
      const waited = parts.filter(({ call }) => call !== undefined);
      const alone = waited.map((part) => frameOf([{ ...part }], { isWhole: true, isRetry }));
      for (const part of waited) part.call = undefined;
      this.lanes.get(channel)?.waiting.unshift(...alone);
    }
    this.flush([channel]);
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
      const { parts, request, isRetry } = frame;
      const cause = request?.refusal ?? failure;
      const error = new RealtimeError('request_timeout', cause?.message, { cause });
      const part = parts.find((one) => one.call === call) as Part;
      this.fail(channel, frame, part, error, request !== undefined || isRetry);
      if (parts.every((one) => one.call === undefined)) {
        lane.waiting = lane.waiting.filter((one) => one !== frame);
        if (request !== undefined) this.end(request);
        this.flush([channel]);
      }
      return request;
    }
    return undefined;
  }

  public rejectAll(error: Error): void {
    const lanes = [...this.lanes.values()];
    this.lanes.clear();
    const frames = lanes.flatMap(({ sent, waiting }) => (sent === undefined ? waiting : [sent, ...waiting]));
    for (const { parts } of frames) for (const part of parts) this.reject(part, error);
  }

  /** The frame that is under way no more. */
  private end(request: PendingRequest): Frame | undefined {
    this.requests.forget(request);
    const lane = this.lanes.get(request.channel);
    const frame = lane?.sent;
    if (lane === undefined || frame?.request !== request) return undefined;
    lane.sent = undefined;
    return frame;
  }

  private fail(channel: string, frame: Frame, part: Part, error: Error, mayBeStored: boolean): void {
    if (mayBeStored) this.unsure.remember(channel, part, frame);
    this.reject(part, error);
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
