import type { HistoryDirection, HistoryOk, OutgoingMessage, PublishOk, Rewind } from '../../protocol';
import type { ChannelMessage, ChannelState, GapEvent, VerdictEvent } from './core/effects';
import { Emitter } from './emitter';

/** How a publish is made. */
export interface PublishAllOptions {
  /** Milliseconds until the publish fails with `request_timeout`. @default - the client's `requestTimeout` */
  readonly timeout?: number;
  /**
   * The very same may have been published before, by an earlier run of this program: the server looks for it in the channel's
   * last 200 messages before it stores it. It is found if it was sent alone: what may have to be published again by another
   * run is best awaited. What this client knows to have failed needs no such word.
   *
   * @default - whether a publish with this id failed before, and may be stored nevertheless
   */
  readonly retry?: boolean;
}

export interface PublishOptions extends PublishAllOptions {
  /**
   * Makes a retry of yours take effect once. When a publish failed and it is not known whether it was stored
   * (`request_timeout`), publish the same data again with the same id, by the same client: the server looks for it before it
   * stores it. @default - a new id
   */
  readonly id?: string;
  /** How `data` is encoded, for receivers to undo. @default 'json' */
  readonly enc?: string;
}

/** The server's word that a message is stored. */
export interface PublishAck {
  readonly id: string;
  readonly origin: string;
  /** Absent in namespaces of `ordering: fifo`, where a message gets its place after the answer. */
  readonly epoch?: string;
  /** Its place in the log of its origin and epoch; absent when `epoch` is. */
  readonly seq?: number;
}

export interface HistoryOptions {
  /** Most messages, 1 to 100. @default 50 */
  readonly limit?: number;
  /** Newest first, or oldest first. @default 'backwards' */
  readonly direction?: HistoryDirection;
  /** Only messages from this time on. Milliseconds since 1970. @default - since the log begins */
  readonly since?: number;
  /** Only messages before this time. Milliseconds since 1970. @default - to the end of the log */
  readonly until?: number;
  /** The `next` of the page before, with the same direction and times. @default - the first page */
  readonly page?: string;
}

export interface SubscribeOptions {
  /**
   * How far back to begin: `{ last: 20 }` messages, or `{ since: time }`. A cursor, kept or from before, goes first. Needs the
   * right to `history` too.
   *
   * @default - from now
   */
  readonly rewind?: Rewind;
}

/** What a channel's listeners are told. */
export interface ChannelEvents {
  /** A message: once, and in order within its origin. */
  message: readonly [ChannelMessage];
  /** Messages are gone, and this is where: after one place and before another, in the log of one region. */
  gap: readonly [GapEvent];
  /** What a resume came to; `complete` means that nothing was missed. */
  verdict: readonly [VerdictEvent];
  /** Where the channel stands; with the reason when the server refused it. */
  state: readonly [ChannelState, Error | undefined];
}

/** What a channel needs of its client. */
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

/** One channel of a client. */
export class Channel extends Emitter<ChannelEvents> {
  public constructor(
    public readonly name: string,
    private readonly port: ChannelPort,
  ) {
    super();
  }

  public get state(): ChannelState {
    return this.port.stateOf(this.name);
  }

  /**
   * The place up to which this client has seen everything. Keep it (it is URL-safe text) and give it to
   * `client.channel(name, { cursor })` after a reload, to miss nothing in between. Undefined before the first answer.
   */
  public get cursor(): string | undefined {
    return this.port.cursorOf(this.name);
  }

  /** Begins to receive messages: from now, from the cursor, or from further back. Reconnects resume by themselves. */
  public subscribe(listener?: (message: ChannelMessage) => void, options: SubscribeOptions = {}): this {
    if (listener !== undefined) this.on('message', listener);
    this.port.subscribe(this.name, options.rewind);
    return this;
  }

  /** Stops receiving messages. */
  public unsubscribe(): Promise<void> {
    return this.port.unsubscribe(this.name);
  }

  /**
   * Publishes one message, and resolves once it is stored. A connection that breaks meanwhile does not fail it: it is sent
   * again, with the same id.
   *
   * What this client publishes to a channel is stored in the order of the calls, awaited or not: while one publish is under
   * way, later ones wait, and are then sent together. A call that waits for longer than its `timeout` is not sent at all.
   *
   * @throws RealtimeError `request_timeout` when no answer came in time; any refusal of the server by its code
   */
  public async publish(data: unknown, options: PublishOptions = {}): Promise<PublishAck> {
    const [ack] = await this.publishAll([{ data, ...options }], options);
    return ack as PublishAck;
  }

  /** Publishes 1 to 25 messages as one: all are stored, or none is. */
  public async publishAll(
    messages: readonly { readonly data: unknown; readonly id?: string; readonly enc?: string }[],
    options: PublishAllOptions = {},
  ): Promise<readonly PublishAck[]> {
    const outgoing = messages.map(({ data, id, enc }) => ({
      id: id ?? this.port.newId(),
      data,
      ...(enc === undefined ? {} : { enc }),
    }));
    const { origin, epoch, seqs, ids } = await this.port.publish(this.name, outgoing, options);
    return ids.map((id, i) => {
      const seq = seqs?.[i];
      return epoch === undefined || seq === undefined ? { id, origin } : { id, origin, epoch, seq };
    });
  }

  /**
   * Messages of the past, a page at a time, in an order that is the same for everyone. A page may be empty and still have a
   * `next`: there are no more when it has none.
   */
  public history(options: HistoryOptions = {}): Promise<HistoryOk> {
    return this.port.history(this.name, options);
  }
}
