// Records for the delivery checker where a client's subscriptions start, and what each region answers to its cursors.
import {
  type Cursor,
  decodeCursor,
  type LocatedMessage,
  type Rewind,
  type SubscribeOk,
  type SyncOk,
} from '../../protocol';
import { allows } from './rights';
import type { World } from './world';

/** A subscribe or sync frame that was sent and has not been answered. */
interface PendingRequest {
  readonly sentAt: number;
  readonly region: string;
  /** The cursor that was sent for each channel. */
  readonly cursors: Readonly<Record<string, string | undefined>>;
  readonly rewind: Rewind | undefined;
}

/** A channel's part of an answer. */
export interface ChannelAnswer {
  readonly channel: string;
  /** The cursor that the client sent. */
  readonly from: string | undefined;
  readonly answer: SubscribeOk;
  readonly rewind: Rewind | undefined;
}

export class SubscriptionRecorder {
  private readonly pending = new Map<string, PendingRequest>();
  private readonly firstSentAt = new Map<string, number>();
  /** Channels whose start the checker knows. */
  private readonly started = new Set<string>();

  public constructor(
    private readonly world: World,
    private readonly subscriber: string,
  ) {}

  /** The client sends a frame on a socket that is connected to a region. */
  public sent(socket: number, region: string, text: string): void {
    const frame = JSON.parse(text) as {
      action: string;
      id: number;
      channel: string;
      cursor?: string;
      rewind?: Rewind;
      channels?: Record<string, string>;
    };
    if (frame.action !== 'subscribe' && frame.action !== 'sync') return;
    const cursors = frame.action === 'sync' ? (frame.channels ?? {}) : { [frame.channel]: frame.cursor };
    // The answer to a frame that is sent again may be the answer to the first one.
    const key = `${socket} ${frame.id}`;
    const sentAt = this.firstSentAt.get(key) ?? this.world.kernel.now();
    this.firstSentAt.set(key, sentAt);
    // The client ignores the answer to an earlier request for the same channel.
    const earlier = [...this.pending].filter(([other]) => other.startsWith(`${socket} `));
    for (const [other, request] of earlier) if (frame.channel in request.cursors) this.pending.delete(other);
    this.pending.set(key, { sentAt, region, cursors, rewind: frame.rewind });
  }

  /** Records the verdicts of a frame from the server, before the client's core processes it. */
  public received(socket: number, text: string): readonly ChannelAnswer[] {
    const { id, ok } = JSON.parse(text) as { id?: number; ok?: SubscribeOk | SyncOk };
    const key = `${socket} ${id}`;
    const request = this.pending.get(key);
    if (request === undefined || ok === undefined) return [];
    this.pending.delete(key);
    const answers: ChannelAnswer[] = [];
    for (const [channel, from] of Object.entries(request.cursors)) {
      const answer = 'channels' in ok ? ok.channels[channel] : ok;
      if (answer === undefined || !('cursor' in answer)) continue;
      const { rewind } = request;
      answers.push({ channel, from, answer, rewind });
      this.recordVerdict({ channel, from, answer, rewind }, request);
    }
    return answers;
  }

  /**
   * Records that the subscription to a channel starts, once for each subscription.
   *
   * @param index the position in the history of the first event that the answer led to
   */
  public start({ channel, from, answer, rewind }: ChannelAnswer, index: number): void {
    if (this.started.has(channel)) return;
    this.started.add(channel);
    const { subscriber } = this;
    const cursor = from === undefined ? startOf(answer) : decodeCursor(from);
    const since = from === undefined && rewind !== undefined && 'since' in rewind ? rewind.since : undefined;
    this.world.record(
      { type: 'subscribed', subscriber, channel, cursor, ...(since === undefined ? {} : { since }) },
      index,
    );
  }

  /** The next answer for this channel starts a new subscription. */
  public forget(channel: string): void {
    this.started.delete(channel);
  }

  private recordVerdict({ channel, from, answer }: ChannelAnswer, { sentAt, region }: PendingRequest): void {
    const { subscriber, world } = this;
    const { verdict, more } = answer;
    const to = decodeCursor(answer.cursor);
    const before: Cursor = from === undefined ? to : decodeCursor(from);
    world.record({ type: 'judged', subscriber, channel, region, askedAt: sentAt, from: before, to, verdict, more });
    this.recordExposed(channel, answer.messages);
    world.handovers.record({ subscriber, channel, region, cursor: before });
  }

  /** Records the messages of an answer to a client that may not read as far back as the log goes. */
  private recordExposed(channel: string, messages: readonly LocatedMessage[]): void {
    const { subscriber, world } = this;
    if (allows(world.rightsOf(subscriber), channel, 'history')) return;
    for (const { origin, epoch, seq, id } of messages)
      world.record({ type: 'exposed', subscriber, channel, origin, epoch, seq, id });
  }
}

/** The positions before the first messages of an answer to a subscribe without a cursor. */
function startOf({ cursor, messages }: SubscribeOk): Cursor {
  const first = Object.fromEntries(
    [...messages].reverse().map(({ origin, epoch, seq }) => [origin, { epoch, seq: seq - 1 }] as const),
  );
  return { ...decodeCursor(cursor), ...first };
}
