import type { RealtimeError } from '../../../protocol';
import type { CoreWorld, Emit } from './effects';

/** Requests that the application makes itself. */
export type CallKind = 'history' | 'unsubscribe';

/** A request that has not been answered. */
export interface PendingRequest {
  readonly id: number;
  readonly kind: CallKind | 'publish' | 'subscribe' | 'sync';
  /** Empty for a sync, which asks for all channels. */
  readonly channel: string;
  /** The frame. Written once, when it is asked for: data that can't be written must not stand in the way of a reconnect. */
  readonly text: string;
  /** A subscribe that has a cursor continues; one without begins now. */
  readonly resumes: boolean;
  /** A publish that may be stored already, though this request was never sent. */
  readonly isRetry: boolean;
  /** The application's call that waits for it. */
  readonly call: number | undefined;
  /** Where it was sent last; undefined while there is no connection. */
  socket: number | undefined;
  sentAt: number;
  tries: number;
  /** What the server said when it refused the last try. */
  refusal: RealtimeError | undefined;
}

/**
 * What has been asked and not answered. A request lives until it is answered or its time is over: a connection that
 * breaks in between does not end it, because it is sent again, with the same message ids, on the next.
 */
export class Requests {
  private readonly pending = new Map<number, PendingRequest>();
  private lastId = 0;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
  ) {}

  /** @throws TypeError when the fields hold what JSON can't */
  public add(
    kind: PendingRequest['kind'],
    channel: string,
    fields: Readonly<Record<string, unknown>>,
    timeout: number,
    call: number | undefined,
  ): PendingRequest {
    const id = this.lastId + 1;
    const text = JSON.stringify({ action: kind, id, ...(channel === '' ? {} : { channel }), ...fields });
    const request = this.keep({ id, kind, channel, text, call, resumes: fields.cursor !== undefined, isRetry: false });
    this.emit({ type: 'timer', name: `request ${id}`, delay: timeout });
    return request;
  }

  /**
   * A publish has no time of its own: whoever waits for it has.
   *
   * @param messages the messages as JSON, without the brackets around them
   * @param isRetry they may be stored already
   */
  public addPublish(channel: string, messages: string, isRetry: boolean): PendingRequest {
    const id = this.lastId + 1;
    const text = `{"action":"publish","id":${id},"channel":${JSON.stringify(channel)},"messages":[${messages}]}`;
    return this.keep({ id, kind: 'publish', channel, text, call: undefined, resumes: false, isRetry });
  }

  public get(id: number): PendingRequest | undefined {
    return this.pending.get(id);
  }

  /** What was sent on a socket and has not been answered. */
  public on(socket: number): readonly PendingRequest[] {
    return [...this.pending.values()].filter((request) => request.socket === socket);
  }

  public send(request: PendingRequest, socket: number | undefined): void {
    request.socket = socket;
    if (socket === undefined) return;
    // An earlier try may have been stored: the server looks for it before it stores anything.
    const isRetry = request.kind === 'publish' && (request.isRetry || request.tries > 0);
    request.sentAt = this.world.now();
    request.tries += 1;
    // Whatever made it wait for another try, this is it.
    this.emit({ type: 'cancel', name: `retry ${request.id}` });
    this.emit({ type: 'send', socket, text: isRetry ? `${request.text.slice(0, -1)},"retry":true}` : request.text });
  }

  /**
   * Sends what the application waits for on a new connection.
   *
   * @param except another that will yet answer what was sent on it
   */
  public resendAll(socket: number, except?: number): void {
    for (const request of this.pending.values()) {
      const isCall = request.kind !== 'subscribe' && request.kind !== 'sync';
      const isElsewhere = request.socket === undefined || ![socket, except].includes(request.socket);
      if (isCall && isElsewhere) this.send(request, socket);
    }
  }

  /**
   * Forgets what only an ended connection could answer. It has ended its subscriptions as well: who waits to be
   * unsubscribed has what he wanted, and is returned.
   */
  public drop(socket: number): readonly PendingRequest[] {
    this.dropSubscribes((one) => one.socket === socket);
    for (const one of [...this.pending.values()]) if (one.kind === 'sync' && one.socket === socket) this.forget(one);
    const ended = [...this.pending.values()].filter((one) => one.kind === 'unsubscribe' && one.socket === socket);
    for (const request of ended) this.resolve(request, undefined);
    return ended;
  }

  public hasUnsubscribe(channel: string): boolean {
    return [...this.pending.values()].some((one) => one.kind === 'unsubscribe' && one.channel === channel);
  }

  public resolve(request: PendingRequest, value: unknown): void {
    this.forget(request);
    if (request.call !== undefined) this.emit({ type: 'resolve', call: request.call, value });
  }

  public reject(request: PendingRequest, error: Error): void {
    this.forget(request);
    if (request.call !== undefined) this.emit({ type: 'reject', call: request.call, error });
  }

  public forget(request: PendingRequest): void {
    this.pending.delete(request.id);
    this.emit({ type: 'cancel', name: `request ${request.id}` });
    this.emit({ type: 'cancel', name: `retry ${request.id}` });
  }

  public hasSubscribeOn(socket: number): boolean {
    return this.subscribes().some((request) => request.socket === socket);
  }

  public dropSubscribes(which: (request: PendingRequest) => boolean): void {
    for (const request of this.subscribes()) if (which(request)) this.forget(request);
  }

  public rejectAll(error: Error): void {
    for (const request of [...this.pending.values()]) this.reject(request, error);
  }

  private keep(
    fields: Pick<PendingRequest, 'id' | 'kind' | 'channel' | 'text' | 'call' | 'resumes' | 'isRetry'>,
  ): PendingRequest {
    const state = { socket: undefined, sentAt: this.world.now(), tries: 0, refusal: undefined };
    const request: PendingRequest = { ...fields, ...state };
    this.lastId = request.id;
    this.pending.set(request.id, request);
    return request;
  }

  private subscribes(): readonly PendingRequest[] {
    return [...this.pending.values()].filter(({ kind }) => kind === 'subscribe');
  }
}
