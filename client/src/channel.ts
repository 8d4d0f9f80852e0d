import type { HistoryDirection, HistoryOk, OutgoingMessage, PublishOk, Rewind } from '../../protocol';
import type { ChannelMessage, ChannelState, GapEvent, VerdictEvent } from './core/effects';
import { Emitter } from './emitter';

/** Options of `publishAll`. */
export interface PublishAllOptions {
  /** Milliseconds until the publish fails with `request_timeout`. @default - the client's `requestTimeout` */
  readonly timeout?: number;
  /**
   * The same messages may be stored already, published by an earlier run of this program. The server looks for them in the channel's
   * last 200 messages before it stores them. It finds them only if they were sent alone, so await publishes that another run
   * may repeat. Retries within one client need no such option.
   *
   * @default - true if a publish of this client with the same id failed, and may be stored
   */
  readonly retry?: boolean;
}

/** Options of `publish`. */
export interface PublishOptions extends PublishAllOptions {
  /**
   * Id of the message, unique per sender. Use it to retry a publish that may be stored (`request_timeout`): publish the same data
   * again with the same id, by the same client. The server looks for the message before it stores it.
   *
   * @default - a new id
   */
  readonly id?: string;
  /** Encoding of `data`, for the receivers. @default 'json' */
  readonly enc?: string;
}

/** Acknowledgement of the server: the message is stored. */
export interface PublishAck {
  /** Id of the message. */
  readonly id: string;
  /** The region in which it is stored. */
  readonly origin: string;
  /** Incarnation of the region's log. Absent in namespaces of `ordering: fifo`, which assign the position later. */
  readonly epoch?: string;
  /** Sequence number of the message in its epoch. Absent when `epoch` is. */
  readonly seq?: number;
}

/** Options of `history`. */
export interface HistoryOptions {
  /** Most messages of a page, 1 to 100. @default 50 */
  readonly limit?: number;
  /** Newest first, or oldest first. @default 'backwards' */
  readonly direction?: HistoryDirection;
  /** Only messages from this time on. Milliseconds since 1970. @default - from the beginning of the log */
  readonly since?: number;
  /** Only messages before this time. Milliseconds since 1970. @default - to the end of the log */
  readonly until?: number;
  /** `next` of the previous page, requested with the same direction and times. @default - the first page */
  readonly page?: string;
}

/** Options of `subscribe`. */
export interface SubscribeOptions {
  /**
   * How far back to begin: `{ last: 20 }` messages, or `{ since: time }`, in milliseconds since 1970. Ignored if the channel has a
   * cursor. The token needs the right to `history` too.
   *
   * @default - from now
   */
  readonly rewind?: Rewind;
}

/** Events of a channel. */
export interface ChannelEvents {
  /** A message. Each is delivered once, in order within its origin. */
  message: readonly [ChannelMessage];
  /** Messages are lost: those of one region between two positions. */
  gap: readonly [GapEvent];
  /** Result of a resume. `complete` means that no message was missed. */
  verdict: readonly [VerdictEvent];
  /** The state of the channel changed; with the reason when the server refused the subscription. */
  state: readonly [ChannelState, Error | undefined];
}

/** The client, as its channels use it. */
export interface ChannelPort {
  subscribe(channel: string, rewind?: Rewind): void;
  unsubscribe(channel: string): Promise<void>;
  publish(
    channel: string,
    messages: readonly (OutgoingMessage & { id: string })[],
    options: PublishAllOptions,
  ): Promise<PublishOk>;
  history(channel: string, options: HistoryOptions): Promise<HistoryOk>;
  cursorOf(channel: string): string | undefined;
  stateOf(channel: string): ChannelState;
  newId(): string;
}

/** One channel of a client, as `client.channel(name)` returns it. */
export class Channel extends Emitter<ChannelEvents> {
  public constructor(
    public readonly name: string,
    private readonly port: ChannelPort,
  ) {
    super();
  }

  /** State of the channel. */
  public get state(): ChannelState {
    return this.port.stateOf(this.name);
  }

  /**
   * The position up to which all messages were delivered, as URL-safe text. Store it, and pass it to
   * `client.channel(name, { cursor })` after a reload to resume without loss. Undefined before the first answer.
   */
  public get cursor(): string | undefined {
    return this.port.cursorOf(this.name);
  }

  /**
   * Starts to receive messages: from the cursor, or else from `rewind`, or else from now. Reconnects resume by themselves.
   *
   * @param listener gets the messages, like a listener of the event `message`
   */
  public subscribe(listener?: (message: ChannelMessage) => void, options: SubscribeOptions = {}): this {
    if (listener !== undefined) this.on('message', listener);
    this.port.subscribe(this.name, options.rewind);
    return this;
  }

  /**
   * Stops to receive messages. Resolves once the subscription has ended.
   *
   * @throws RealtimeError request_timeout
   */
  public unsubscribe(): Promise<void> {
    return this.port.unsubscribe(this.name);
  }

  /**
   * Publishes one message. Resolves once it is stored. After a lost connection, it is sent again with the same id.
   *
   * Publishes of one client to one channel are stored in the order of the calls, awaited or not. While one is in flight, later
   * ones wait, and are then sent together. A call that waits for longer than its `timeout` is not sent.
   *
   * @throws RealtimeError `request_timeout` without an answer in time, or the error of the server
   */
  public async publish(data: unknown, options: PublishOptions = {}): Promise<PublishAck> {
    const [ack] = await this.publishAll([{ data, ...options }], options);
    return ack as PublishAck;
  }

  /**
   * Publishes 1 to 25 messages atomically: all are stored, or none is.
   *
   * @throws RealtimeError as `publish`
   */
  public async publishAll(
    messages: readonly { readonly data: unknown; readonly id?: string; readonly enc?: string }[],
    options: PublishAllOptions = {},
  ): Promise<readonly PublishAck[]> {
    const outgoing = messages.map(({ data, id, enc }) => ({ id: id ?? this.port.newId(), data, enc }));
    const { origin, epoch, seqs, ids } = await this.port.publish(this.name, outgoing, options);
    return ids.map((id, i) => {
      const seq = seqs?.[i];
      return epoch === undefined || seq === undefined ? { id, origin } : { id, origin, epoch, seq };
    });
  }

  /**
   * Returns a page of stored messages, in an order that is the same for all clients. The last page has no `next`. A page may be empty
   * although it has a `next`. With the verdict `pending`, the next messages are still replicating to the region that answered:
   * wait a second before you ask for `next`.
   *
   * @throws RealtimeError `request_timeout` without an answer in time, or the error of the server
   */
  public history(options: HistoryOptions = {}): Promise<HistoryOk> {
    return this.port.history(this.name, options);
  }
}
