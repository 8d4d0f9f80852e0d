// An application that runs the client SDK's core, unchanged, on simulated sockets, timers and clock.
import type { Identity } from '../../lambda/core/auth/capabilities';
import { ClientCore } from '../../client/src/core/client';
import type { Command } from '../../client/src/core/effects';
import { type HistoryDirection, type HistoryOk, type PublishOk, RealtimeError, type Rewind } from '../../protocol';
import { NETWORK_URL, regionUrl } from './addresses';
import { HistoryReader } from './history-reader';
import type { Scheduled } from '../../load/simulation/kernel';
import { SimSocket } from './socket';
import { SubscriptionRecorder } from './subscription-recorder';
import type { World } from './world';

/** The client's default time limit of a call. Milliseconds. */
const REQUEST_TIMEOUT = 10_000;

/** Longest time in which the backend refuses tokens. Milliseconds. */
const MAX_TOKEN_OUTAGE = 120_000;

interface SentMessage {
  readonly id: string;
  readonly data: unknown;
}

export class SimClient {
  public core: ClientCore;
  /** The region nearest to the client. */
  public region: string;
  private sockets = new Map<number, SimSocket>();
  private readonly timers = new Map<string, Scheduled>();
  private readonly publishCalls = new Map<
    number,
    { readonly channel: string; readonly messages: readonly SentMessage[] }
  >();
  private readonly historyReaders = new Map<number, { readonly channel: string; readonly reader: HistoryReader }>();
  private readonly subscriptions = new Set<string>();
  private readonly recorder: SubscriptionRecorder;
  /** The cursors that the application stored when the page was closed, by channel. */
  private cursors: readonly (readonly [channel: string, cursor: string | undefined])[] = [];
  private lastCall = 0;
  /** Page loads so far; callbacks of an earlier page are ignored. */
  private incarnation = 0;
  /** Until then, connection attempts fail. Milliseconds since 1970. */
  private offlineUntil = 0;
  /** Until then, the backend refuses tokens. Milliseconds since 1970. */
  private tokensRefusedUntil = 0;
  private isOnline = false;

  public constructor(
    private readonly world: World,
    public readonly name: string,
    private readonly tokenLifetime: number,
  ) {
    this.recorder = new SubscriptionRecorder(world, name);
    this.region = world.random.pick(world.plan.regions);
    this.core = this.start();
  }

  /** @param rewind where to begin, unless there is a cursor. @default - from now on */
  public subscribe(channel: string, rewind?: Rewind): void {
    this.subscriptions.add(channel);
    this.core.subscribe(channel, rewind);
  }

  public unsubscribe(channel: string): void {
    if (!this.subscriptions.delete(channel)) return;
    this.recorder.forget(channel);
    this.world.record({ type: 'unsubscribed', subscriber: this.name, channel });
    this.core.unsubscribe(channel, ++this.lastCall);
  }

  public publish(channel: string, data: readonly unknown[]): void {
    const messages = data.map((one) => ({ id: this.world.newId(`${this.name}.`), data: one }));
    this.world.record({ type: 'publish-begun', channel, from: this.name, ids: messages.map(({ id }) => id) });
    this.sendPublish(channel, messages);
  }

  private sendPublish(channel: string, messages: readonly SentMessage[]): void {
    this.lastCall += 1;
    this.publishCalls.set(this.lastCall, { channel, messages });
    this.core.call({ kind: 'publish', channel, fields: { messages }, call: this.lastCall });
  }

  /** Reads a channel's history page by page, to its end. */
  public readHistory(channel: string, direction: HistoryDirection, limit: number): void {
    const reader = new HistoryReader({ reader: this.name, channel, direction, limit });
    this.readPage(channel, reader, reader.request());
  }

  private readPage(channel: string, reader: HistoryReader, request: Readonly<Record<string, unknown>>): void {
    this.lastCall += 1;
    this.historyReaders.set(this.lastCall, { channel, reader });
    this.core.call({ kind: 'history', channel, fields: request, call: this.lastCall });
  }

  /** Reloads the page: the application keeps its cursors only. */
  public reload(): void {
    this.close();
    this.open();
  }

  /** Closes the page. The application stores its cursors. */
  public close(): void {
    this.cursors = [...this.subscriptions].map((channel) => [channel, this.core.channel(channel).cursorText] as const);
    this.incarnation += 1;
    this.offline();
    for (const socket of this.sockets.values()) socket.close();
    this.sockets = new Map();
    for (const timer of this.timers.values()) this.world.kernel.cancel(timer);
    this.timers.clear();
    this.publishCalls.clear();
    this.historyReaders.clear();
  }

  /** Opens the page again, with the stored cursors. */
  public open(): void {
    this.world.record({ type: 'restarted', subscriber: this.name });
    this.core = this.start();
    for (const [channel, cursor] of this.cursors) {
      if (cursor !== undefined) this.core.channel(channel).restore(cursor);
      // Without a cursor, the next answer starts a new subscription.
      else this.recorder.forget(channel);
      this.core.subscribe(channel);
    }
  }

  public breakConnections(how: 'reset' | 'half-open'): void {
    for (const socket of this.sockets.values()) socket.break(how);
  }

  /** Breaks every connection, and fails attempts to connect for `ms`. */
  public goOffline(ms: number): void {
    this.offlineUntil = this.world.kernel.now() + ms;
    this.breakConnections('reset');
  }

  public reconnect(): void {
    this.core.reconnect();
  }

  private start(): ClientCore {
    const { world } = this;
    const { kernel, random, faults } = world;
    const skew = faults.occurs('client-clock-skewed', this.name) ? faults.between(-600_000, 600_000) : 0;
    const { incarnation } = this;
    return new ClientCore(
      {
        now: () => kernel.now(),
        wallClock: () => kernel.now() + skew,
        random: () => random.next(),
      },
      (command) => {
        if (incarnation === this.incarnation) this.run(command);
      },
      { requestTimeout: REQUEST_TIMEOUT, urls: urlsOf(world.members()) },
    );
  }

  private run(command: Command): void {
    const { world, name } = this;
    switch (command.type) {
      case 'fetchToken':
        this.fetchToken(command.attempt);
        break;
      case 'open':
        this.openSocket(command.socket, command.urls, command.token);
        break;
      case 'send':
        this.send(command.socket, command.text);
        break;
      case 'close':
        this.sockets.get(command.socket)?.close();
        this.sockets.delete(command.socket);
        break;
      case 'timer':
        this.startTimer(command.name, command.delay);
        break;
      case 'cancel':
        world.kernel.cancel(this.timers.get(command.name));
        this.timers.delete(command.name);
        break;
      case 'resolve':
      case 'reject':
        this.callSettled(command);
        break;
      case 'state':
        if (command.state === 'connected') this.online();
        else if (command.state !== 'connecting') this.offline();
        break;
      case 'message':
        world.record({ type: 'delivered', subscriber: name, ...command.message });
        break;
      case 'gap':
        world.record({ type: 'gap', subscriber: name, ...command.gap });
        break;
      default:
    }
  }

  private fetchToken(attempt: number): void {
    const { kernel, faults, random } = this.world;
    this.afterDelay(random.between(10, 200), (core) => {
      if (faults.occurs('token-refused', this.name))
        this.tokensRefusedUntil = kernel.now() + faults.between(0, MAX_TOKEN_OUTAGE);
      if (kernel.now() < this.tokensRefusedUntil) core.tokenFailed(attempt, new Error('the backend refused a token'));
      else core.tokenReady(attempt, this.token());
    });
  }

  private startTimer(name: string, delay: number): void {
    const { kernel } = this.world;
    kernel.cancel(this.timers.get(name));
    const timer = kernel.after(delay, () => {
      this.timers.delete(name);
      this.core.timer(name);
    });
    this.timers.set(name, timer);
  }

  private openSocket(socket: number, urls: readonly string[], token: string): void {
    const { world, incarnation } = this;
    const unlessReloaded = (act: () => void): void => {
      if (incarnation === this.incarnation) act();
    };
    const identity = JSON.parse(atob(token.split('.')[2] ?? '')) as Identity;
    const simSocket = new SimSocket(world, identity, urls, {
      name: this.name,
      region: this.region,
      offlineUntil: this.offlineUntil,
      opened: (url) => {
        unlessReloaded(() => {
          this.core.opened(socket, url);
        });
      },
      received: (text) => {
        unlessReloaded(() => {
          this.received(socket, text);
        });
      },
      closed: () => {
        unlessReloaded(() => {
          if (this.sockets.delete(socket)) this.core.closed(socket);
        });
      },
    });
    this.sockets.set(socket, simSocket);
  }

  private send(socket: number, text: string): void {
    const found = this.sockets.get(socket);
    if (found === undefined) return;
    this.recorder.sent(socket, found.region, text);
    found.send(text);
  }

  private received(socket: number, text: string): void {
    const answers = this.recorder.received(socket, text);
    const index = this.world.history.length;
    this.core.received(socket, text);
    for (const answer of answers) {
      // A subscription starts with the first answer that the core accepts.
      const { channel } = answer;
      const isAccepted = this.subscriptions.has(channel) && this.core.channel(channel).cursorText !== undefined;
      if (isAccepted) this.recorder.start(answer, index);
    }
  }

  private callSettled(command: Extract<Command, { type: 'resolve' | 'reject' }>): void {
    const reading = this.historyReaders.get(command.call);
    this.historyReaders.delete(command.call);
    if (reading !== undefined && command.type === 'resolve') {
      const page = command.value as HistoryOk;
      const next = reading.reader.take(page);
      const read = (): void => {
        if (next !== undefined) this.readPage(reading.channel, reading.reader, next);
      };
      if (page.verdict === 'pending') this.afterDelay(1_000, read);
      else read();
    }
    const call = this.publishCalls.get(command.call);
    this.publishCalls.delete(command.call);
    if (call === undefined) return;
    if (command.type === 'resolve') {
      const { origin, epoch, seqs, ids } = command.value as PublishOk;
      this.world.record({ type: 'publish-acknowledged', channel: call.channel, origin, epoch, seqs, ids });
    } else if (command.error instanceof RealtimeError) {
      const { channel, messages } = call;
      const { error, retry } = command.error;
      // After a timeout the message may be stored or not: some applications publish it again, with the same ids.
      if (error === 'request_timeout') {
        if (this.world.random.chance(0.5))
          this.afterDelay(this.world.random.between(0, 5_000), () => {
            this.sendPublish(channel, messages);
          });
      } else if (retry === 'never') {
        this.world.record({ type: 'publish-refused', channel, ids: messages.map(({ id }) => id) });
      }
    }
  }

  /** A JWT as far as a client reads one. In place of the signature: the identity that the authorizer would return. */
  private token(): string {
    const identity = this.world.identityOf(this.name, this.tokenLifetime);
    const iat = Math.floor(this.world.kernel.now() / 1000);
    return `.${btoa(JSON.stringify({ exp: identity.expires, iat }))}.${btoa(JSON.stringify(identity))}`;
  }

  private online(): void {
    if (this.isOnline) return;
    this.isOnline = true;
    this.world.record({ type: 'online', subscriber: this.name });
  }

  private offline(): void {
    if (!this.isOnline) return;
    this.isOnline = false;
    this.world.record({ type: 'offline', subscriber: this.name });
  }

  private afterDelay(ms: number, run: (core: ClientCore) => void): void {
    const { core } = this;
    this.world.kernel.after(ms, () => {
      if (core === this.core) run(core);
    });
  }
}

/** The network's address, followed by the regional addresses if there are several regions. */
function urlsOf(regions: readonly string[]): readonly [string, ...string[]] {
  return regions.length === 1 ? [NETWORK_URL] : [NETWORK_URL, ...regions.map(regionUrl)];
}
