// Publishes, in the order of the calls: at most one batch per channel is in flight.
import { type PublishOk, RealtimeError } from '../../../../protocol';
import type { Emit } from '../effects';
import type { PendingRequest, Requests } from '../requests';
import { answerTo, newBatch, type PublishBatch, type PublishCall, readCall, takeBatch } from './publish-batch';
import { UnconfirmedPublishes } from './unconfirmed';

interface ChannelQueue {
  /** The batch without an answer. */
  inFlight: PublishBatch | undefined;
  waiting: PublishBatch[];
}

export interface PublishRequest {
  readonly channel: string;
  readonly messages: unknown;
  /** The messages may be stored already, by an earlier run of the application. */
  readonly isRetry: boolean;
  /** Number of the call. */
  readonly call: number;
  /** Milliseconds until the call fails. */
  readonly timeout: number;
}

/**
 * API Gateway does not guarantee that two frames are handled in their order. So a channel has one publish in flight. Calls that are
 * made meanwhile wait, and are sent together, as many as fit one publish.
 */
export class PublishQueue {
  readonly #queues = new Map<string, ChannelQueue>();
  readonly #unconfirmed = new UnconfirmedPublishes();

  /** @param socket returns the socket in use */
  public constructor(
    private readonly requests: Requests,
    private readonly emit: Emit,
    private readonly socket: () => number | undefined,
  ) {}

  /** @throws RealtimeError what the server would refuse, and TypeError when the data holds what JSON can't */
  public add({ channel, messages, isRetry, call: number, timeout }: PublishRequest): void {
    const call = readCall(messages, number);
    this.emit({ type: 'timer', name: `publish ${number}`, delay: timeout });
    const queue = this.#queues.get(channel) ?? { inFlight: undefined, waiting: [] };
    this.#queues.set(channel, queue);
    const batch = this.#unconfirmed.get(channel, call);
    const failed = batch?.calls.find((one) => one.text === call.text && one.call === undefined);
    if (batch === undefined || failed === undefined) {
      queue.waiting.push(newBatch([call], { isRetry: isRetry || batch !== undefined }));
      return;
    }
    // The same messages again: their batch is answered by now, or still in flight, or sent again.
    failed.call = number;
    if (batch.ok !== undefined) this.#resolve(failed, answerTo(failed, batch, batch.ok));
    else if (batch !== queue.inFlight && !queue.waiting.includes(batch)) {
      queue.waiting.push(Object.assign(batch, { isSealed: true, isRetry: true, request: undefined }));
    }
  }

  /** Sends waiting batches on every channel (or on some) without a batch in flight. */
  public flush(channels: Iterable<string> = [...this.#queues.keys()]): void {
    for (const channel of channels) {
      const socket = this.socket();
      const queue = this.#queues.get(channel);
      if (socket === undefined || queue === undefined || queue.inFlight !== undefined) continue;
      const batch = takeBatch(queue.waiting);
      if (batch === undefined) {
        this.#queues.delete(channel);
        continue;
      }
      queue.inFlight = batch;
      const messages = batch.calls.map(({ text }) => text).join();
      batch.request = this.requests.addPublish(channel, messages, batch.isRetry);
      this.requests.send(batch.request, socket);
    }
  }

  /** The server acknowledged a batch: each call gets its part. */
  public answered(request: PendingRequest, ok: PublishOk): void {
    const { channel } = request;
    const batch = this.#end(request);
    if (batch !== undefined) {
      batch.ok = ok;
      for (const call of batch.calls) {
        if (call.call !== undefined) this.#unconfirmed.forget(channel, call);
        this.#resolve(call, answerTo(call, batch, ok));
      }
    }
    this.flush([channel]);
  }

  /** The server refused a batch for good. One bad call must not fail the others: each is sent alone, in their order. */
  public refused(request: PendingRequest, error: RealtimeError): void {
    const { channel } = request;
    const batch = this.#end(request);
    const calls = batch?.calls ?? [];
    // An earlier try may have been stored, before the reason for the refusal came up.
    const isRetry = batch?.isRetry === true || request.tries > 1;
    if (!isRetry) for (const call of calls) this.#unconfirmed.forget(channel, call);
    if (batch !== undefined && calls.length === 1)
      for (const call of calls) this.#fail(channel, batch, call, error, isRetry);
    else {
      const open = calls.filter(({ call }) => call !== undefined);
      const alone = open.map((call) => newBatch([{ ...call }], { isSealed: true, isRetry }));
      for (const call of open) call.call = undefined;
      this.#queues.get(channel)?.waiting.unshift(...alone);
    }
    this.flush([channel]);
  }

  /**
   * A call has timed out. If it was not sent, it is dropped. If it is in flight, the batch goes on while other calls wait for it.
   *
   * @param failure why there is no connection
   * @returns the request that was not answered in time
   */
  public expired(number: number, failure: Error | undefined): PendingRequest | undefined {
    for (const [channel, queue] of this.#queues) {
      const batch = [queue.inFlight, ...queue.waiting].find((one) => one?.calls.some(({ call }) => call === number));
      if (batch === undefined) continue;
      const { calls, request, isRetry } = batch;
      const cause = request?.refusal ?? failure;
      const error = new RealtimeError('request_timeout', cause?.message, { cause });
      const call = calls.find((one) => one.call === number) as PublishCall;
      this.#fail(channel, batch, call, error, request !== undefined || isRetry);
      if (calls.every((one) => one.call === undefined)) {
        queue.waiting = queue.waiting.filter((one) => one !== batch);
        if (request !== undefined) this.#end(request);
        this.flush([channel]);
      }
      return request;
    }
    return undefined;
  }

  public rejectAll(error: Error): void {
    const queues = [...this.#queues.values()];
    this.#queues.clear();
    for (const { inFlight, waiting } of queues)
      for (const batch of [inFlight, ...waiting]) for (const call of batch?.calls ?? []) this.#reject(call, error);
  }

  /** Ends a request. Returns its batch, if that was in flight. */
  #end(request: PendingRequest): PublishBatch | undefined {
    this.requests.forget(request);
    const queue = this.#queues.get(request.channel);
    const batch = queue?.inFlight;
    if (queue === undefined || batch?.request !== request) return undefined;
    queue.inFlight = undefined;
    return batch;
  }

  #fail(channel: string, batch: PublishBatch, call: PublishCall, error: Error, isUnconfirmed: boolean): void {
    if (isUnconfirmed) this.#unconfirmed.remember(channel, call, batch);
    this.#reject(call, error);
  }

  #resolve(call: PublishCall, value: PublishOk): void {
    const number = this.#settle(call);
    if (number !== undefined) this.emit({ type: 'resolve', call: number, value });
  }

  #reject(call: PublishCall, error: Error): void {
    const number = this.#settle(call);
    if (number !== undefined) this.emit({ type: 'reject', call: number, error });
  }

  #settle(call: PublishCall): number | undefined {
    const { call: number } = call;
    call.call = undefined;
    if (number !== undefined) this.emit({ type: 'cancel', name: `publish ${number}` });
    return number;
  }
}
