// Channels, and the requests that keep them subscribed and caught up.
import {
  MAX_SUBSCRIPTIONS,
  type MessagesPush,
  RealtimeError,
  type SubscribeOk,
  type SyncOk,
} from '../../../../protocol';
import { ChannelCore } from './channel';
import { detach, gapTimerFired, pushed, retriedPending, subscribed, suspend, synced } from './channel-step';
import { resubscribe } from './transitions';
import type { CoreWorld, Emit } from '../effects';
import type { Connection } from '../connection/connection';
import type { PendingRequest, Requests } from '../requests';
import { SyncSchedule } from './sync';

/** A subscribe that is not answered within this is sent again. Milliseconds. */
const SUBSCRIBE_WITHIN = 10_000;

/** All channels of a client. Each knows its place; here is what is asked of the server for them, on which socket. */
export class Subscriptions {
  private readonly channels = new Map<string, ChannelCore>();
  private readonly sync: SyncSchedule;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
    private readonly requests: Requests,
    private readonly connection: () => Pick<Connection, 'active' | 'open' | 'renew'>,
  ) {
    this.sync = new SyncSchedule(world, emit);
  }

  public channel(name: string): ChannelCore {
    let channel = this.channels.get(name);
    if (channel === undefined) {
      const link = {
        subscribe: (one: string, cursor: string | undefined, socket?: number): void => {
          // Without a connection, connecting subscribes. A successor must have what the socket in use has.
          const sockets = socket === undefined ? this.connection().open : [socket];
          for (const each of sockets) this.send(one, cursor, each);
        },
      };
      channel = new ChannelCore(name, link, this.emit, () => this.world.random());
      this.channels.set(name, channel);
    }
    return channel;
  }

  // --- what becomes of the connection

  /** A socket is in use that has been asked for nothing yet. */
  public used(): void {
    this.sync.restart();
    for (const channel of this.wanted()) channel.dispatch(resubscribe);
  }

  /** Subscribes on a successor. The channel stays live on the old connection; positions drop what comes twice. */
  public prepare(socket: number): void {
    for (const channel of this.wanted()) this.send(channel.name, channel.cursorText, socket);
  }

  public suspend(): void {
    this.sync.stop();
    for (const channel of this.channels.values()) channel.dispatch(suspend);
  }

  public close(): void {
    this.sync.stop();
    for (const channel of this.channels.values()) {
      this.sync.notSoon(channel.name);
      channel.dispatch(detach);
    }
  }

  // --- what the world tells

  /** Whether anybody looks: while nobody does, nothing is asked for now and then; afterwards, at once. */
  public setVisible(visible: boolean): void {
    if (this.sync.setVisible(visible)) this.askForAll();
  }

  /** @returns whether the timer is one of these */
  public timer(kind: string, name: string): boolean {
    if (kind === 'gap') this.channels.get(name)?.dispatch(gapTimerFired);
    else if (kind === 'pending') this.askForPending();
    else if (kind === 'sync' && name === '') this.askForAll();
    else if (kind === 'sync') this.askFor(name);
    else return false;
    return true;
  }

  public pushed(push: MessagesPush): void {
    const channel = this.channels.get(push.channel);
    if (channel?.isWanted === true) channel.receive(pushed, push);
    // Unsubscribing overtook a subscribe at the server, which now sends in vain: told again.
    else if (!this.requests.hasUnsubscribe(push.channel)) {
      const request = this.requests.add('unsubscribe', push.channel, {}, SUBSCRIBE_WITHIN, undefined);
      this.requests.send(request, this.connection().active);
    }
  }

  public subscribed({ channel: name, resumes }: PendingRequest, ok: SubscribeOk, socket: number): void {
    if (ok.syncIn !== undefined) this.sync.soon(name, ok.syncIn);
    this.read(name, (channel) => {
      channel.receive(subscribed, ok, resumes, socket);
    });
  }

  /** Who subscribed again while unsubscribing was on its way gets his turn. */
  public unsubscribed({ kind, channel: name }: PendingRequest): void {
    const channel = this.channels.get(name);
    if (kind === 'unsubscribe' && channel?.isWanted === true && !this.requests.hasUnsubscribe(name)) {
      channel.dispatch(resubscribe);
    }
  }

  public synced({ channels }: SyncOk, socket: number): void {
    for (const [name, answer] of Object.entries(channels)) {
      if (!('error' in answer))
        this.read(name, (channel) => {
          channel.receive(synced, answer);
        });
      else if (answer.error.retry === 'never')
        this.channels.get(name)?.dispatch(detach, RealtimeError.fromWire(answer.error));
      // The token is over, whatever this clock says. Anything else may have passed by the next time.
      else if (answer.error.retry === 'renew') this.connection().renew(socket, RealtimeError.fromWire(answer.error));
    }
  }

  /** Asks what came since the cursors of all channels that are live. */
  private askForAll(): void {
    const { active } = this.connection();
    if (active === undefined) return;
    this.sync.restart();
    this.ask(this.wanted(), active);
  }

  /** Asks again for what the server did not have: on all channels at once, so that many are not as many requests. */
  private askForPending(): void {
    const { active } = this.connection();
    // Without a connection, connecting subscribes.
    if (active === undefined) return;
    const pending = this.wanted().filter(({ isPending }) => isPending);
    for (const channel of pending) channel.dispatch(retriedPending);
    this.ask(pending, active);
  }

  /** Asks what came since the cursor of one channel, wherever it is subscribed. */
  private askFor(name: string): void {
    const channel = this.channels.get(name);
    const { open } = this.connection();
    if (channel?.isWanted !== true || open.length === 0) return;
    // What it has been asked may have been read too early.
    if (channel.syncFrom === undefined) channel.dispatch(resubscribe);
    else for (const socket of open) this.ask([channel], socket);
  }

  /** Asks for those channels that are live. */
  private ask(channels: readonly ChannelCore[], socket: number): void {
    const live = channels.flatMap(({ name, syncFrom }) => (syncFrom === undefined ? [] : [[name, syncFrom] as const]));
    for (let at = 0; at < live.length; at += MAX_SUBSCRIPTIONS) {
      const fields = { channels: Object.fromEntries(live.slice(at, at + MAX_SUBSCRIPTIONS)) };
      this.requests.send(this.requests.add('sync', '', fields, SUBSCRIBE_WITHIN, undefined), socket);
    }
  }

  /** Gives a channel what the server answered. */
  private read(name: string, take: (channel: ChannelCore) => void): void {
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    try {
      take(channel);
    } catch (error) {
      // A cursor of a version to come: better to say so than to stand still.
      if (!(error instanceof RealtimeError)) throw error;
      channel.dispatch(detach, error);
    }
  }

  private wanted(): readonly ChannelCore[] {
    return [...this.channels.values()].filter(({ isWanted }) => isWanted);
  }

  private send(channel: string, cursor: string | undefined, socket: number): void {
    // The server may take up two requests at once: subscribing must wait until unsubscribing is done.
    if (this.requests.hasUnsubscribe(channel)) return;
    this.requests.dropSubscribes((one) => one.channel === channel && one.socket === socket);
    const rewind = this.channels.get(channel)?.rewind;
    const fields = cursor !== undefined ? { cursor } : rewind === undefined ? {} : { rewind };
    const request = this.requests.add('subscribe', channel, fields, SUBSCRIBE_WITHIN, undefined);
    this.requests.send(request, socket);
  }
}
