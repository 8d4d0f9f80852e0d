import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  type LocatedMessage,
  type Message,
  type MessagesPush,
  type Position,
  type SubscribeOk,
} from '../../../protocol';
import type { ChannelState, Emit } from './commands';

/** How long a message that came too early waits for those before it. Milliseconds. */
export const HOLD = 250;
/** More than this many waiting messages are not waited for: the gap is repaired at once. */
const MAX_HELD = 1_000;
/** Message ids remembered to drop what was published twice. */
const MAX_IDS = 1_000;
/** When origins were pending, how long until the server is asked again. Milliseconds. */
export const PENDING_RETRY = 1_000;

/** A message with the log it stands in, as pushes and replies bring it. */
type Incoming = LocatedMessage;

/** What the channel needs its connection to do. */
export interface ChannelLink {
  /** Subscribes at the cursor, on the connection in use. */
  subscribe(channel: string, cursor: string | undefined): void;
}

/**
 * One channel: its cursor, and the order in which the application sees its messages. Each message is delivered once, in
 * order within its origin; whatever does not join what was seen before is held, and if need be asked for.
 */
export class ChannelCore {
  public state: ChannelState = 'detached';
  public wanted = false;
  private cursor: Cursor | undefined;
  /** Pushes that came while a subscribe is on its way. */
  private buffered: Incoming[] = [];
  /** Messages that came before those that precede them. */
  private held: Incoming[] = [];
  private readonly ids = new Set<string>();

  public constructor(
    public readonly name: string,
    private readonly link: ChannelLink,
    private readonly emit: Emit,
  ) {}

  /** The place up to which everything was seen, as text for safe-keeping; undefined before the first subscribe. */
  public get cursorText(): string | undefined {
    return this.cursor === undefined ? undefined : encodeCursor(this.cursor);
  }

  /** Starts from a cursor that was kept, unless the channel has one already. */
  public restore(cursor: string): void {
    this.cursor ??= decodeCursor(cursor);
  }

  /** Asks the server for everything after the cursor; pushes wait until it has answered. */
  public resubscribe(): void {
    this.buffered.push(...this.held);
    this.held = [];
    this.emit({ type: 'cancel', name: `gap ${this.name}` });
    this.emit({ type: 'cancel', name: `pending ${this.name}` });
    this.setState('subscribing');
    this.link.subscribe(this.name, this.cursorText);
  }

  public detach(reason?: Error): void {
    this.wanted = false;
    this.buffered = [];
    this.held = [];
    this.emit({ type: 'cancel', name: `gap ${this.name}` });
    this.emit({ type: 'cancel', name: `pending ${this.name}` });
    this.setState('detached', reason);
  }

  /** The connection is gone: live no more, until the next subscribe is answered. */
  public suspend(): void {
    if (this.state === 'live') this.setState('subscribing');
  }

  /** The server's answer to a subscribe. */
  public subscribed(ok: SubscribeOk, resumed: boolean): void {
    if (resumed && (ok.verdict !== 'complete' || !ok.more)) {
      this.emit({ type: 'verdict', event: { channel: this.name, verdict: ok.verdict, origins: ok.origins ?? [] } });
    }
    for (const message of ok.messages) this.deliver(message);
    // The server's word on where that leaves us. What has been seen beyond it meanwhile is in the buffer.
    this.cursor = newest(this.cursor ?? {}, decodeCursor(ok.cursor));
    if (ok.more) {
      this.link.subscribe(this.name, this.cursorText);
      return;
    }
    this.setState('live');
    const waiting = this.buffered;
    this.buffered = [];
    this.take(waiting);
    if (ok.verdict === 'pending') this.emit({ type: 'timer', name: `pending ${this.name}`, delay: PENDING_RETRY });
  }

  /** Messages came live. */
  public push({ origin, epoch, messages }: MessagesPush): void {
    if (!this.wanted) return;
    const located = messages.map((message: Message) => ({ ...message, origin, epoch }));
    if (this.state === 'live') this.take(located);
    else this.buffered.push(...located);
  }

  /** Held messages have waited long enough for those before them. */
  public repair(): void {
    if (this.state === 'live' && this.held.length > 0) this.resubscribe();
  }

  private take(messages: readonly Incoming[]): void {
    this.held.push(...messages);
    // Whatever joins may let others join, so go on until nothing does.
    for (let progress = true; progress; ) {
      progress = false;
      const waiting: Incoming[] = [];
      for (const message of this.held) {
        const fit = this.fit(message);
        if (fit === 'next') {
          this.deliver(message);
          progress = true;
        } else if (fit === 'early') waiting.push(message);
      }
      this.held = waiting;
    }
    if (this.held.length > MAX_HELD) this.resubscribe();
    else if (this.held.length > 0) this.emit({ type: 'timer', name: `gap ${this.name}`, delay: HOLD });
    else this.emit({ type: 'cancel', name: `gap ${this.name}` });
  }

  private fit({ origin, epoch, seq }: Incoming): 'seen' | 'next' | 'early' {
    const position = this.position(origin);
    if (epoch === position.epoch) return seq <= position.seq ? 'seen' : seq === position.seq + 1 ? 'next' : 'early';
    // A log's first message continues a channel that had no log. Any other change of epoch is the server's to judge.
    if (position.epoch === '' && seq === 1) return 'next';
    return epoch < position.epoch ? 'seen' : 'early';
  }

  /** Hands a message to the application, unless it has seen it: by its place, or by its id when it was published twice. */
  private deliver(message: Incoming): void {
    const { origin, epoch, seq, id } = message;
    const position = this.position(origin);
    if (epoch === position.epoch ? seq <= position.seq : epoch < position.epoch) return;
    this.cursor = { ...this.cursor, [origin]: { epoch, seq } };
    if (this.ids.has(id)) return;
    this.ids.add(id);
    for (const oldest of this.ids) {
      if (this.ids.size <= MAX_IDS) break;
      this.ids.delete(oldest);
    }
    this.emit({ type: 'message', message: { ...message, channel: this.name } });
  }

  private position(origin: string): Position {
    return this.cursor?.[origin] ?? { epoch: '', seq: 0 };
  }

  private setState(state: ChannelState, reason?: Error): void {
    if (this.state === state) return;
    this.state = state;
    this.emit({ type: 'channelState', channel: this.name, state, ...(reason === undefined ? {} : { reason }) });
  }
}

/** For each origin the later of two positions. */
function newest(a: Cursor, b: Cursor): Cursor {
  const later = Object.entries(b).filter(([origin, { epoch, seq }]) => {
    const other = a[origin];
    return other === undefined || epoch > other.epoch || (epoch === other.epoch && seq > other.seq);
  });
  return { ...a, ...Object.fromEntries(later) };
}
