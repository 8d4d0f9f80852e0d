import type { CoreWorld, Emit } from './commands';

/** Requests that the application makes itself. */
export type CallKind = 'publish' | 'history' | 'unsubscribe';

/** A request that has not been answered. */
export interface PendingRequest {
  readonly id: number;
  readonly kind: CallKind | 'subscribe';
  readonly channel: string;
  readonly frame: Readonly<Record<string, unknown>>;
  /** The application's call that waits for it. */
  readonly call: number | undefined;
  /** Where it was sent last; undefined while there is no connection. */
  socket: number | undefined;
  sentAt: number;
  tries: number;
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

  public add(
    kind: PendingRequest['kind'],
    frame: Readonly<Record<string, unknown>>,
    timeout: number,
    call: number | undefined,
  ): PendingRequest {
    this.lastId += 1;
    const request: PendingRequest = {
      ...{ id: this.lastId, kind, frame, call, channel: String(frame.channel) },
      ...{ socket: undefined, sentAt: this.world.now(), tries: 0 },
    };
    this.pending.set(request.id, request);
    this.emit({ type: 'timer', name: `request ${request.id}`, delay: timeout });
    return request;
  }

  public get(id: number): PendingRequest | undefined {
    return this.pending.get(id);
  }

  public send(request: PendingRequest, socket: number | undefined): void {
    request.socket = socket;
    if (socket === undefined) return;
    request.sentAt = this.world.now();
    request.tries += 1;
    const { action, ...fields } = request.frame;
    this.emit({ type: 'send', socket, text: JSON.stringify({ action, id: request.id, ...fields }) });
  }

  /** Sends what the application waits for on a new connection. */
  public resendAll(socket: number): void {
    for (const request of this.pending.values()) {
      if (request.kind !== 'subscribe' && request.socket !== socket) this.send(request, socket);
    }
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
    for (const request of [...this.pending.values()]) {
      this.forget(request);
      if (request.call !== undefined) this.emit({ type: 'reject', call: request.call, error });
    }
  }

  private subscribes(): readonly PendingRequest[] {
    return [...this.pending.values()].filter(({ kind }) => kind === 'subscribe');
  }
}
