import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  type LocatedMessage,
  mergeCursors,
  type Message,
  type MessagesPush,
  type Position,
  type Rewind,
  type SubscribeOk,
  type Verdict,
} from '../../../../protocol';
import type { ChannelState, Emit } from '../effects';
import { gapsOf } from './gaps';
import { Lag, MAX_WAIT } from './pending-origins';
import { RecentIds } from './recent-ids';

/** How long a message that came too early waits for those before it, at least. Milliseconds. */
export const HOLD = 250;
/** So much longer, at most, by chance: a message that thousands miss is not asked for by all of them at once. */
const HOLD_SPREAD = 1;
/** More than this many waiting messages are not waited for: the gap is repaired at once. Nor are more of them kept. */
const MAX_HELD = 1_000;

/** A message with the log it stands in, as pushes and replies bring it. */
type Incoming = LocatedMessage;

/** What the channel needs its connection to do. */
export interface ChannelLink {
  /** Subscribes at the cursor: on one socket, or on every one that is open. */
  subscribe(channel: string, cursor: string | undefined, socket?: number): void;
}

/**
 * One channel: its cursor, and the order in which the application sees its messages. Each message is delivered once, in
 * order within its origin; whatever does not join what was seen before is held, and if need be asked for.
 *
 * Listeners run while it works, and may unsubscribe, close or reconnect: `era` counts what ends the work under way.
 */
export class ChannelCore {
  public state: ChannelState = 'detached';
  public wanted = false;
  /** How far back to begin, as long as there is no cursor. */
  public rewind: Rewind | undefined;
  private cursor: Cursor | undefined;
  /** Pushes that came while a subscribe is on its way. */
  private buffered: Incoming[] = [];
  /** Messages that came before those that precede them. */
  private held: Incoming[] = [];
  /** There was no room for a message that waited: what stands behind those that are kept must be asked for. */
  private overflowed = false;
  private readonly ids = new RecentIds();
  private era = 0;
  /** How often the server was asked in a row, and what is missing was not there. */
  private vain = 0;
  /** Where the server had nothing to go on with. */
  private readonly lag = new Lag();
  private gapTimer = false;
  /** The application has been told that this resume is not complete. */
  private broken = false;

  public constructor(
    public readonly name: string,
    private readonly link: ChannelLink,
    private readonly emit: Emit,
    private readonly random: () => number,
  ) {}

  /** The place up to which everything was seen, as text for safe-keeping; undefined before the first subscribe. */
  public get cursorText(): string | undefined {
    return this.cursor === undefined ? undefined : encodeCursor(this.cursor);
  }

  /** From where a live channel asks what came; undefined before the first subscribe, and while it is not live. */
  public get syncFrom(): string | undefined {
    return this.cursor === undefined || this.state !== 'live' ? undefined : this.lag.before(this.cursor);
  }

  /** It is live, and waits for what the server did not have. */
  public get isPending(): boolean {
    return this.state === 'live' && !this.lag.isNone;
  }

  /** Starts from a cursor that was kept, unless the channel has one already. */
  public restore(cursor: string): void {
    this.cursor ??= decodeCursor(cursor);
  }

  /** Asks the server for everything after the cursor; pushes wait until it has answered. */
  public resubscribe(): void {
    this.era += 1;
    const { era } = this;
    this.buffer(this.held);
    this.held = [];
    // Whatever there was no room for stood in the log before this question.
    this.overflowed = false;
    this.cancelTimers();
    this.setState('subscribing');
    if (this.era === era) this.link.subscribe(this.name, this.cursorText);
  }

  public detach(reason?: Error): void {
    this.era += 1;
    this.wanted = false;
    this.buffered = [];
    this.held = [];
    this.overflowed = false;
    this.vain = 0;
    this.lag.end();
    this.cancelTimers();
    this.setState('detached', reason);
  }

  /** The connection is gone: live no more, until the next subscribe is answered. */
  public suspend(): void {
    this.era += 1;
    if (this.state === 'live') this.setState('subscribing');
  }

  /**
   * The server's answer to a subscribe.
   *
   * @param resumed the subscribe had a cursor
   * @param socket where it was asked, and where further pages are to be asked for
   * @throws RealtimeError cursor_invalid, before anything else happens
   */
  public subscribed(ok: SubscribeOk, resumed: boolean, socket: number): void {
    const { era } = this;
    const end = decodeCursor(ok.cursor);
    if (!resumed && this.cursor !== undefined) {
      // "From now" on a second socket: its now is later than what has been seen, so what lies between must be asked for.
      this.link.subscribe(this.name, this.cursorText, socket);
      return;
    }
    if (resumed) this.judge(ok, end);
    for (const message of ok.messages) if (this.era === era) this.deliver(message);
    if (this.era !== era) return;
    // The server's word on where that leaves us. What has been seen beyond it meanwhile is in the buffer.
    this.cursor = mergeCursors(this.cursor ?? {}, end);
    this.rewind = undefined;
    if (ok.more) {
      this.link.subscribe(this.name, this.cursorText, socket);
      return;
    }
    this.broken = false;
    this.setState('live');
    const waiting = this.buffered;
    this.buffered = [];
    if (this.isPast(era)) return;
    this.vain += 1;
    this.lag.note(ok);
    this.lag.isTold = !this.lag.isNone;
    this.take(waiting);
    if (this.isPast(era)) return;
    if (this.held.length === 0) this.vain = 0;
    if (!this.lag.isNone) this.askLater();
  }

  /** Messages came live. */
  public push({ origin, epoch, messages }: MessagesPush): void {
    if (!this.wanted) return;
    const located = messages.map((message: Message) => ({ ...message, origin, epoch }));
    if (this.state !== 'live') {
      this.buffer(located);
      return;
    }
    const { era } = this;
    const wasStuck = this.isStuck(origin);
    this.take(located);
    if (this.era !== era) return;
    if (this.held.length === 0) this.vain = 0;
    if (wasStuck && !this.isStuck(origin)) {
      this.lag.shrank();
      this.askLater();
    }
  }

  /**
   * The server's answer to a sync: what came since the cursor, if pushes did not bring it.
   *
   * @throws RealtimeError cursor_invalid, before anything else happens
   */
  public synced(ok: SubscribeOk): void {
    if (this.state !== 'live') return;
    if (ok.verdict === 'expired' || ok.verdict === 'reset' || (ok.more && ok.messages.length === 0)) {
      this.resubscribe();
      return;
    }
    const { era } = this;
    const before = this.cursorText;
    const { isNone: wasWhole, isTold: wasTold } = this.lag;
    this.lag.note(ok);
    this.take(ok.messages);
    if (this.era !== era) return;
    const isNews = this.cursorText !== before;
    // Pushes don't reach this connection any more, for all we know: subscribing again mends that. What the server lagged behind
    // with was published before, and no push brings it.
    if (isNews && (wasWhole || ok.more)) this.resubscribe();
    else if (this.lag.isNone) {
      this.emit({ type: 'cancel', name: `pending ${this.name}` });
      if (wasTold) this.tell('complete');
    } else {
      if (isNews) this.lag.shrank();
      if (wasWhole || isNews) this.askLater();
      // Behind for a moment is what every replica is; one that is asked again, and still is, may stay so. Where pushes have gone
      // on from there, nothing is missing.
      if (!wasWhole && !wasTold && (ok.origins ?? []).some((origin) => this.isStuck(origin))) {
        this.lag.isTold = true;
        this.tell('pending', ok.origins);
      }
    }
  }

  /** The server is asked again, from `syncFrom`; unless it answers, once more. */
  public askedAgain(): void {
    this.lag.asked();
    this.askLater();
  }

  /** Held messages have waited long enough for those before them. */
  public repair(): void {
    this.gapTimer = false;
    if (this.state === 'live' && this.held.length > 0) this.resubscribe();
  }

  /** Tells what a resume came to: at once when it is not complete, otherwise with its last page. */
  private judge(ok: SubscribeOk, end: Cursor): void {
    const { verdict, origins, more } = ok;
    for (const gap of gapsOf(this.name, this.cursor ?? {}, ok, end)) this.emit({ type: 'gap', gap });
    if (verdict === 'complete' && (more || this.broken)) return;
    this.broken = verdict !== 'complete';
    this.tell(verdict, origins);
  }

  private tell(verdict: Verdict, origins: readonly string[] = []): void {
    this.emit({ type: 'verdict', event: { channel: this.name, verdict, origins } });
  }

  private askLater(): void {
    this.emit({ type: 'timer', name: `pending ${this.name}`, delay: this.lag.wait });
  }

  private take(messages: readonly Incoming[]): void {
    const { era } = this;
    let waiting = [...this.held, ...messages];
    this.held = [];
    // Whatever joins may let others join, so go on until nothing does.
    for (let progress = true; progress; ) {
      progress = false;
      const early: Incoming[] = [];
      for (const message of waiting) {
        const fit = this.fit(message);
        if (fit === 'early') early.push(message);
        else if (fit === 'next') {
          this.deliver(message);
          // A listener ended this: whatever is left comes again with the next subscribe, from the cursor on.
          if (this.era !== era) return;
          progress = true;
        }
      }
      waiting = early;
    }
    this.held = waiting.slice(0, MAX_HELD);
    this.overflowed ||= waiting.length > MAX_HELD;
    if (waiting.length === 0 && this.overflowed) this.resubscribe();
    else if (waiting.length === 0) this.cancelGapTimer();
    else if (waiting.length > MAX_HELD && this.vain === 0) this.resubscribe();
    // Once set, it stays: a steady stream of others must not put the repair off. What the server does not have is asked for anyway.
    else if (!this.gapTimer && !waiting.every(({ origin }) => this.isStuck(origin))) {
      this.gapTimer = true;
      const hold = HOLD * (1 + HOLD_SPREAD * this.random());
      const delay = Math.min(MAX_WAIT, hold * 2 ** Math.max(0, this.vain - 1));
      this.emit({ type: 'timer', name: `gap ${this.name}`, delay });
    }
  }

  /** Keeps messages until the server has answered, as long as there is room: the newest go first, to be asked for later. */
  private buffer(messages: readonly Incoming[]): void {
    const room = MAX_HELD - this.buffered.length;
    this.overflowed ||= messages.length > room;
    this.buffered = [...this.buffered, ...messages.slice(0, Math.max(0, room))];
  }

  private fit({ origin, epoch, seq }: Incoming): 'seen' | 'next' | 'early' {
    const position = this.position(origin);
    if (epoch === position.epoch) return seq <= position.seq ? 'seen' : seq === position.seq + 1 ? 'next' : 'early';
    // A log's first message continues a channel that had no log. Any other change of epoch is the server's to judge.
    if (position.epoch === '' && seq === 1) return 'next';
    return epoch < position.epoch ? 'seen' : 'early';
  }

  /** Hands a message to the application, unless it has seen it: by its place, or by sender and id when it was published twice. */
  private deliver(message: Incoming): void {
    const { origin, epoch, seq } = message;
    // Two senders that chose one id (each its first, say) did not send the same message. No id has a blank.
    const id = `${message.from} ${message.id}`;
    const position = this.position(origin);
    if (epoch === position.epoch ? seq <= position.seq : epoch < position.epoch) return;
    this.cursor = { ...this.cursor, [origin]: { epoch, seq } };
    if (this.ids.has(id)) return;
    this.ids.add(id);
    this.emit({ type: 'message', message: { ...message, channel: this.name } });
  }

  /** Whether it stands where the server had nothing to go on with. */
  private isStuck(origin: string): boolean {
    const { epoch, seq } = this.position(origin);
    const place = this.lag.placeOf(origin);
    return place?.epoch === epoch && place.seq === seq;
  }

  private position(origin: string): Position {
    return this.cursor?.[origin] ?? { epoch: '', seq: 0 };
  }

  private isPast(era: number): boolean {
    return this.era !== era;
  }

  private cancelTimers(): void {
    this.cancelGapTimer();
    this.emit({ type: 'cancel', name: `pending ${this.name}` });
  }

  private cancelGapTimer(): void {
    this.gapTimer = false;
    this.emit({ type: 'cancel', name: `gap ${this.name}` });
  }

  private setState(state: ChannelState, reason?: Error): void {
    if (this.state === state) return;
    this.state = state;
    this.emit({ type: 'channelState', channel: this.name, state, ...(reason === undefined ? {} : { reason }) });
  }
}
