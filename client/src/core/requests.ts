import type { RealtimeError } from '../../../protocol';
import type { CoreWorld, Emit } from './effects';

/** Requests that a call of the application sends by itself. */
export type CallKind = 'history' | 'unsubscribe';

/** A request without an answer. */
export interface PendingRequest {
  readonly id: number;
  readonly kind: CallKind | 'publish' | 'subscribe' | 'sync';
  /** Empty for a sync, which covers all channels. */
  readonly channel: string;
  /** The frame. It is written once, so that data that JSON can't hold fails the call, not a reconnect. */
  readonly text: string;
  /** The cursor that a subscribe continues; undefined when it begins now. */
  readonly cursor: string | undefined;
  /** A publish that may be stored already, although this request was never sent. */
  readonly isRetry: boolean;
  /** The call of the application that waits for the answer. */
  readonly call: number | undefined;
  /** The socket that it was sent on last; undefined while there is no connection. */
  socket: number | undefined;
  sentAt: number;
  tries: number;
  /** The server's error for the last try. */
  refusal: RealtimeError | undefined;
}

export interface NewRequest {
  readonly kind: PendingRequest['kind'];
  readonly channel: string;
  /** The other fields of the frame. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Milliseconds until the request expires. */
  readonly timeout: number;
  readonly call?: number;
}

/**
 * Requests that were not answered yet. A request lives until it is answered or expires. A lost connection does not end it: it is sent
 * again on the next one, with the same message ids.
 */
export class Requests {
  readonly #pending = new Map<number, PendingRequest>();
  #lastId = 0;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
  ) {}

  /** @throws TypeError when the fields hold what JSON can't */
  public add({ kind, channel, fields, timeout, call }: NewRequest): PendingRequest {
    const id = this.#lastId + 1;
    const text = JSON.stringify({ action: kind, id, channel: channel === '' ? undefined : channel, ...fields });
    const request = this.#keep({
      id,
      kind,
      channel,
      text,
      call,
      cursor: fields.cursor as string | undefined,
      isRetry: false,
    });
    this.emit({ type: 'timer', name: `request ${id}`, delay: timeout });
    return request;
  }

  /**
   * A publish does not expire: the calls that wait for it do.
   *
   * @param messages the messages as JSON, without the brackets around them
   * @param isRetry they may be stored already
   */
  public addPublish(channel: string, messages: string, isRetry: boolean): PendingRequest {
    const id = this.#lastId + 1;
    const text = `{"action":"publish","id":${id},"channel":${JSON.stringify(channel)},"messages":[${messages}]}`;
    return this.#keep({ id, kind: 'publish', channel, text, call: undefined, cursor: undefined, isRetry });
  }

  public get(id: number): PendingRequest | undefined {
    return this.#pending.get(id);
  }

  /** Requests whose answer is expected on a socket. */
  public on(socket: number): readonly PendingRequest[] {
    return this.#all().filter((request) => request.socket === socket);
  }

  public send(request: PendingRequest, socket: number | undefined): void {
    request.socket = socket;
    if (socket === undefined) return;
    // An earlier try may have been stored: the server looks for it before it stores anything.
    const isRetry = request.kind === 'publish' && (request.isRetry || request.tries > 0);
    request.sentAt = this.world.now();
    request.tries += 1;
    this.emit({ type: 'cancel', name: `retry ${request.id}` });
    this.emit({ type: 'send', socket, text: isRetry ? `${request.text.slice(0, -1)},"retry":true}` : request.text });
  }

  /**
   * Sends the requests of the application's calls on a new connection.
   *
   * @param except a socket that still answers what was sent on it
   */
  public resendAll(socket: number, except?: number): void {
    for (const request of this.#all()) {
      const isCall = request.kind !== 'subscribe' && request.kind !== 'sync';
      const isAnswered = request.socket !== undefined && [socket, except].includes(request.socket);
      if (isCall && !isAnswered) this.send(request, socket);
    }
  }

  /**
   * Drops the requests that only a closed socket could answer.
   *
   * @returns unsubscribes that were sent on it: they succeeded, because its subscriptions ended with it
   */
  public dropAllOn(socket: number): readonly PendingRequest[] {
    this.dropSubscribes((one) => one.socket === socket);
    for (const one of this.on(socket)) if (one.kind === 'sync') this.forget(one);
    const ended = this.on(socket).filter(({ kind }) => kind === 'unsubscribe');
    for (const request of ended) this.resolve(request, undefined);
    return ended;
  }

  public hasUnsubscribe(channel: string): boolean {
    return this.#all().some((one) => one.kind === 'unsubscribe' && one.channel === channel);
  }

  public resolve(request: PendingRequest, value: unknown): void {
    this.forget(request);
    if (request.call !== undefined) this.emit({ type: 'resolve', call: request.call, value });
  }

  public reject(request: PendingRequest, error: Error): void {
    this.forget(request);
    if (request.call !== undefined) this.emit({ type: 'reject', call: request.call, error });
  }

  public forget({ id }: PendingRequest): void {
    this.#pending.delete(id);
    this.emit({ type: 'cancel', name: `request ${id}` });
    this.emit({ type: 'cancel', name: `retry ${id}` });
  }

  public hasSubscribeOn(socket: number): boolean {
    return this.on(socket).some(({ kind }) => kind === 'subscribe');
  }

  public dropSubscribes(isDropped: (request: PendingRequest) => boolean): void {
    for (const request of this.#all()) if (request.kind === 'subscribe' && isDropped(request)) this.forget(request);
  }

  public rejectAll(error: Error): void {
    for (const request of this.#all()) this.reject(request, error);
  }

  #keep(fields: Omit<PendingRequest, 'socket' | 'sentAt' | 'tries' | 'refusal'>): PendingRequest {
    const request = { ...fields, socket: undefined, sentAt: this.world.now(), tries: 0, refusal: undefined };
    this.#lastId = request.id;
    this.#pending.set(request.id, request);
    return request;
  }

  #all(): readonly PendingRequest[] {
    return [...this.#pending.values()];
  }
}
