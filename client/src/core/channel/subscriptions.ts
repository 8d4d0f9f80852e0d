// The channels of a client, and the requests that keep them subscribed and complete.
import { type MessagesPush, RealtimeError, type SubscribeOk, type SyncOk } from '../../../../protocol';
import type { Connection } from '../connection/connection';
import type { CoreWorld, Emit } from '../effects';
import type { PendingRequest, Requests } from '../requests';
import { ChannelCore } from './channel';
import { detach, gapTimerFired, pushed, retriedPending, subscribed, suspend, synced } from './channel-step';
import { SyncSchedule } from './sync';
import { syncBatches } from './sync-batches';
import { resubscribe } from './transitions';

/** A request that is not answered within this time expires; a subscribe is then sent again. Milliseconds. */
const REQUEST_TIMEOUT = 10_000;

/** Sends the requests of all channels, on the socket in use and on its successor. */
export class Subscriptions {
  readonly #channels = new Map<string, ChannelCore>();
  readonly #sync: SyncSchedule;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
    private readonly requests: Requests,
    private readonly connection: () => Pick<Connection, 'active' | 'open' | 'renewToken'>,
  ) {
    this.#sync = new SyncSchedule(world, emit);
  }

  public channel(name: string): ChannelCore {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      const subscribe = (cursor: string | undefined, socket?: number): void => {
        // A successor needs the subscriptions of the socket in use. Without a connection, connecting subscribes.
        const sockets = socket === undefined ? this.connection().open : [socket];
        for (const one of sockets) this.#send(name, cursor, one);
      };
      channel = new ChannelCore(name, subscribe, this.emit, this.world);
      this.#channels.set(name, channel);
    }
    return channel;
  }

  // --- events of the connection

  /** A socket is in use on which nothing was sent yet. */
  public used(): void {
    this.#sync.restart();
    for (const channel of this.#subscribedChannels()) channel.dispatch(resubscribe);
  }

  /** Subscribes on a successor. The channels stay live on the socket in use; duplicates are dropped by position. */
  public prepare(socket: number): void {
    for (const channel of this.#subscribedChannels()) this.#send(channel.name, channel.cursorText, socket);
  }

  public suspend(): void {
    this.#sync.stop();
    for (const channel of this.#channels.values()) channel.dispatch(suspend);
  }

  public close(): void {
    this.#sync.stop();
    for (const channel of this.#channels.values()) channel.dispatch(detach);
  }

  /** While the application is not visible, there are no periodic syncs; when it becomes visible, there is one at once. */
  public setVisible(isVisible: boolean): void {
    if (this.#sync.setVisible(isVisible)) this.syncAll();
  }

  /** @returns whether it is one of the timers of this class */
  public timer(kind: string, name: string): boolean {
    if (kind === 'gap') this.#channels.get(name)?.dispatch(gapTimerFired);
    else if (kind === 'pending') this.#syncPending();
    else if (kind === 'sync') this.syncAll();
    else if (kind === 'new') this.#syncNew();
    else return false;
    return true;
  }

  /** Syncs all live channels. */
  public syncAll(): void {
    const { active } = this.connection();
    if (active === undefined) return;
    this.#sync.restart();
    this.#syncChannels(this.#subscribedChannels(), active);
  }

  // --- frames of the server

  public pushed(push: MessagesPush): void {
    const channel = this.#channels.get(push.channel);
    if (channel?.isSubscribed === true) channel.receive(pushed, push);
    // The server handled an unsubscribe before the subscribe that it followed, so it still has the subscription.
    else if (!this.requests.hasUnsubscribe(push.channel)) {
      this.#request('unsubscribe', push.channel, {}, this.connection().active);
    }
  }

  public subscribed({ channel: name, cursor }: PendingRequest, ok: SubscribeOk, socket: number): void {
    this.#sync.subscribed(name, socket, ok);
    this.#apply(name, (channel) => {
      channel.receive(subscribed, ok, cursor, socket);
    });
  }

  /** Subscribes a channel to which the application subscribed again before the unsubscribe was answered. */
  public unsubscribed({ kind, channel: name }: PendingRequest): void {
    const channel = this.#channels.get(name);
    if (kind === 'unsubscribe' && channel?.isSubscribed === true && !this.requests.hasUnsubscribe(name)) {
      channel.dispatch(resubscribe);
    }
  }

  public synced({ channels }: SyncOk, socket: number): void {
    for (const [name, answer] of Object.entries(channels)) {
      if (!('error' in answer))
        this.#apply(name, (channel) => {
          channel.receive(synced, answer, this.#sync.isNew(name, socket));
        });
      else {
        const error = RealtimeError.fromWire(answer.error);
        if (error.retry === 'never') this.#channels.get(name)?.dispatch(detach, error);
        // The token is expired, whatever the client's clock says.
        else if (error.retry === 'renew') this.connection().renewToken(socket, error);
        // Other errors may be gone at the next sync.
      }
    }
  }

  // --- requests

  /** Syncs all channels with pending origins at once, to save requests. */
  #syncPending(): void {
    const { active } = this.connection();
    // Without a connection, connecting subscribes.
    if (active === undefined) return;
    const pending = this.#subscribedChannels().filter(({ isPending }) => isPending);
    for (const channel of pending) channel.dispatch(retriedPending);
    this.#syncChannels(pending, active);
  }

  /** Syncs the new subscriptions that are due, each on its socket. */
  #syncNew(): void {
    const due = this.#sync.takeDue();
    for (const socket of this.connection().open) {
      const here = due.filter((one) => one.socket === socket);
      const syncs = here.filter(({ isRenewal }) => !isRenewal).map(({ channel }) => this.channel(channel));
      this.#syncChannels(syncs, socket);
      for (const { channel: name, isRenewal } of here) {
        const { isSubscribed, cursorText } = this.channel(name);
        if (isRenewal && isSubscribed) this.#send(name, cursorText, socket);
      }
    }
  }

  #syncChannels(channels: readonly ChannelCore[], socket: number): void {
    const live = channels.flatMap(({ name, syncFrom }) => (syncFrom === undefined ? [] : [[name, syncFrom] as const]));
    for (const batch of syncBatches(live)) this.#request('sync', '', { channels: batch }, socket);
  }

  /** Sends a subscribe. */
  #send(channel: string, cursor: string | undefined, socket: number): void {
    // The server may handle two requests at the same time, so a subscribe waits for the answer to an unsubscribe.
    if (this.requests.hasUnsubscribe(channel)) return;
    this.requests.dropSubscribes((one) => one.channel === channel && one.socket === socket);
    const rewind = cursor === undefined ? this.#channels.get(channel)?.rewind : undefined;
    this.#request('subscribe', channel, { cursor, rewind }, socket);
  }

  #request(
    kind: PendingRequest['kind'],
    channel: string,
    fields: Readonly<Record<string, unknown>>,
    socket: number | undefined,
  ): void {
    this.requests.send(this.requests.add({ kind, channel, fields, timeout: REQUEST_TIMEOUT }), socket);
  }

  /** Lets a channel take an answer. A cursor of a later version detaches it: the client could not continue from there. */
  #apply(name: string, take: (channel: ChannelCore) => void): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    try {
      take(channel);
    } catch (error) {
      if (!(error instanceof RealtimeError)) throw error;
      channel.dispatch(detach, error);
    }
  }

  #subscribedChannels(): readonly ChannelCore[] {
    return [...this.#channels.values()].filter(({ isSubscribed }) => isSubscribed);
  }
}
