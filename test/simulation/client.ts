// An application with the client SDK's core: its sockets, timers and clock are simulated, its decisions are the real ones.
import type { Identity } from '../../lambda/core/auth/capabilities';
import { ClientCore } from '../../client/src/core/client';
import type { Command } from '../../client/src/core/effects';
import {
  type Cursor,
  decodeCursor,
  type HistoryDirection,
  type HistoryOk,
  type PublishOk,
  RealtimeError,
  type SubscribeOk,
  type SyncOk,
} from '../../protocol';
import { HistoryReader } from './history-reader';
import type { Scheduled } from '../../load/simulation/kernel';
import { hostOf, MAIN, SimSocket } from './socket';
import type { World } from './world';

/** Milliseconds until a call of the application fails, as a user would leave it. */
const REQUEST_TIMEOUT = 10_000;

/** How long a backend may refuse a token, at most. Milliseconds. */
const REFUSAL = 120_000;

/** What was asked of a server, to judge the answer by. */
interface Asked {
  readonly t: number;
  readonly region: string;
  readonly channels: Readonly<Record<string, string | undefined>>;
}

interface SentMessage {
  readonly id: string;
  readonly data: unknown;
}

export class SimClient {
  public core: ClientCore;
  /** The region that is nearest. */
  public region: string;
  private sockets = new Map<number, SimSocket>();
  private readonly timers = new Map<string, Scheduled>();
  private readonly asked = new Map<string, Asked>();
  private readonly firstSent = new Map<string, number>();
  private readonly calls = new Map<number, { readonly channel: string; readonly messages: readonly SentMessage[] }>();
  private readonly readers = new Map<number, { readonly channel: string; readonly reader: HistoryReader }>();
  private readonly wanted = new Set<string>();
  /** Channels for which the checker knows where this subscriber began. */
  private readonly begun = new Set<string>();
  private lastCall = 0;
  private incarnation = 0;
  /** No connection can be made before. */
  private awayUntil = 0;
  /** The backend gives no token before. */
  private refusedUntil = 0;
  private isOnline = false;

  public constructor(
    private readonly world: World,
    public readonly name: string,
    private readonly tokenLife: number,
  ) {
    this.region = world.random.pick(world.plan.regions);
    this.core = this.start();
  }

  public subscribe(channel: string): void {
    this.wanted.add(channel);
    this.core.subscribe(channel);
  }

  public unsubscribe(channel: string): void {
    if (!this.wanted.delete(channel)) return;
    this.begun.delete(channel);
    this.world.record({ type: 'unsubscribed', subscriber: this.name, channel });
    this.core.unsubscribe(channel, ++this.lastCall);
  }

  public publish(channel: string, data: readonly unknown[]): void {
    const messages = data.map((one) => ({ id: this.world.newId(`${this.name}.`), data: one }));
    this.world.record({ type: 'publish-begun', channel, from: this.name, ids: messages.map(({ id }) => id) });
    this.ask(channel, messages);
  }

  private ask(channel: string, messages: readonly SentMessage[]): void {
    this.lastCall += 1;
    this.calls.set(this.lastCall, { channel, messages });
    this.core.call({ kind: 'publish', channel, fields: { messages }, call: this.lastCall });
  }

  /** Pages through a channel's history, to its end. */
  public readHistory(channel: string, direction: HistoryDirection, limit: number): void {
    // In its own region, and nowhere else, everything that is stored can be seen at once.
    const dense = this.world.plan.regions.length === 1;
    const reader = new HistoryReader(this.name, channel, direction, limit, dense);
    this.readPage(channel, reader, reader.request());
  }

  private readPage(channel: string, reader: HistoryReader, request: Readonly<Record<string, unknown>>): void {
    this.lastCall += 1;
    this.readers.set(this.lastCall, { channel, reader });
    this.core.call({ kind: 'history', channel, fields: request, call: this.lastCall });
  }

  /** The page is loaded anew: everything is forgotten but the cursors, which the application kept. */
  public reload(): void {
    const cursors = [...this.wanted].map((channel) => [channel, this.core.channel(channel).cursorText] as const);
    this.incarnation += 1;
    this.world.record({ type: 'restarted', subscriber: this.name });
    this.offline();
    for (const socket of this.sockets.values()) socket.close();
    this.sockets = new Map();
    for (const timer of this.timers.values()) this.world.kernel.cancel(timer);
    this.timers.clear();
    this.calls.clear();
    this.readers.clear();
    this.core = this.start();
    for (const [channel, cursor] of cursors) {
      if (cursor !== undefined) this.core.channel(channel).restore(cursor);
      // Without a cursor, there was nothing that could be missed.
      else this.begun.delete(channel);
      this.core.subscribe(channel);
    }
  }

  /** Breaks the connections, in one way or the other. */
  public breakConnections(how: 'reset' | 'half-open'): void {
    for (const socket of this.sockets.values()) socket.break(how);
  }

  /** Nothing reaches it, and it reaches nobody. */
  public goAway(ms: number): void {
    this.awayUntil = this.world.kernel.now() + ms;
    this.breakConnections('reset');
  }

  public reconnect(): void {
    this.core.reconnect();
  }

  private start(): ClientCore {
    const { world } = this;
    const { kernel, random, faults } = world;
    const skew = faults.strikes('client-clock-skewed', this.name) ? faults.between(-600_000, 600_000) : 0;
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
      { requestTimeout: REQUEST_TIMEOUT, urls: urlsOf(world.plan.regions) },
    );
  }

  private run(command: Command): void {
    const { kernel } = this.world;
    switch (command.type) {
      case 'fetchToken':
        this.later(this.world.random.between(10, 200), (core) => {
          const { kernel: clock, faults } = this.world;
          if (faults.strikes('token-refused', this.name)) this.refusedUntil = clock.now() + faults.between(0, REFUSAL);
          if (clock.now() < this.refusedUntil)
            core.tokenFailed(command.attempt, new Error('the backend refused a token'));
          else core.tokenReady(command.attempt, this.token());
        });
        break;
      case 'open':
        this.open(command.socket, command.urls, command.token);
        break;
      case 'send':
        this.send(command.socket, command.text);
        break;
      case 'close':
        this.sockets.get(command.socket)?.close();
        this.sockets.delete(command.socket);
        break;
      case 'timer':
        kernel.cancel(this.timers.get(command.name));
        this.timers.set(
          command.name,
          kernel.after(command.delay, () => {
            this.timers.delete(command.name);
            this.core.timer(command.name);
          }),
        );
        break;
      case 'cancel':
        kernel.cancel(this.timers.get(command.name));
        this.timers.delete(command.name);
        break;
      case 'resolve':
      case 'reject':
        this.settled(command);
        break;
      case 'state':
        if (command.state === 'connected') this.online();
        else if (command.state !== 'connecting') this.offline();
        break;
      case 'message':
        this.world.record({ type: 'delivered', subscriber: this.name, ...command.message });
        break;
      case 'gap':
        this.world.record({ type: 'gap', subscriber: this.name, ...command.gap });
        break;
      default:
    }
  }

  private open(socket: number, urls: readonly string[], token: string): void {
    const { world, incarnation } = this;
    const ours = (act: () => void) => (): void => {
      if (incarnation === this.incarnation) act();
    };
    const identity = JSON.parse(atob(token.split('.')[2] ?? '')) as Identity;
    const made = new SimSocket(world, identity, urls, {
      ...{ name: this.name, region: this.region, awayUntil: this.awayUntil },
      opened: (url) => {
        ours(() => {
          this.core.opened(socket, url);
        })();
      },
      received: (text) => {
        ours(() => {
          this.received(socket, text);
        })();
      },
      closed: ours(() => {
        if (this.sockets.delete(socket)) this.core.closed(socket);
      }),
    });
    this.sockets.set(socket, made);
  }

  private send(socket: number, text: string): void {
    const found = this.sockets.get(socket);
    if (found === undefined) return;
    const frame = JSON.parse(text) as {
      action: string;
      id: number;
      channel: string;
      cursor?: string;
      channels?: Record<string, string>;
    };
    const channels = frame.action === 'sync' ? (frame.channels ?? {}) : { [frame.channel]: frame.cursor };
    if (frame.action === 'subscribe' || frame.action === 'sync') {
      // Sent again, it may be the first one that is answered.
      const key = `${socket} ${frame.id}`;
      const t = this.firstSent.get(key) ?? this.world.kernel.now();
      this.firstSent.set(key, t);
      // An answer to an earlier one of the same kind no longer counts.
      const earlier = [...this.asked].filter(([key]) => key.startsWith(`${socket} `));
      for (const [other, { channels: those }] of earlier) if (frame.channel in those) this.asked.delete(other);
      this.asked.set(key, { t, region: found.region, channels });
    }
    found.send(text);
  }

  private received(socket: number, text: string): void {
    const frame = JSON.parse(text) as { id?: number; ok?: SubscribeOk | SyncOk };
    const asked = this.asked.get(`${socket} ${frame.id}`);
    const ok = frame.ok;
    const answers: (readonly [channel: string, from: string | undefined, answer: SubscribeOk])[] = [];
    if (asked !== undefined && ok !== undefined) {
      this.asked.delete(`${socket} ${frame.id}`);
      for (const [channel, cursor] of Object.entries(asked.channels)) {
        const answer = 'channels' in ok ? ok.channels[channel] : ok;
        if (answer !== undefined && 'cursor' in answer) {
          answers.push([channel, cursor, answer]);
          this.judged(channel, cursor, answer, asked);
        }
      }
    }
    const place = this.world.history.length;
    this.core.received(socket, text);
    for (const [channel, cursor, answer] of answers) this.begin(channel, decodeCursor(cursor ?? answer.cursor), place);
  }

  /** Tells the checker what a server said. */
  private judged(channel: string, from: string | undefined, answer: SubscribeOk, { t, region }: Asked): void {
    const { verdict, more } = answer;
    const to = decodeCursor(answer.cursor);
    const before: Cursor = from === undefined ? to : decodeCursor(from);
    const event = { subscriber: this.name, channel, region, askedAt: t, from: before, to, verdict, more };
    this.world.record({ type: 'judged', ...event });
    this.world.moves.take(this.name, channel, region, before);
  }

  /** Tells the checker where this subscriber begins: with the first answer that its core took for one. */
  private begin(channel: string, cursor: Cursor, place: number): void {
    if (this.begun.has(channel) || !this.wanted.has(channel)) return;
    if (this.core.channel(channel).cursorText === undefined) return;
    this.begun.add(channel);
    this.world.record({ type: 'subscribed', subscriber: this.name, channel, cursor }, place);
  }

  private settled(command: Extract<Command, { type: 'resolve' | 'reject' }>): void {
    const reading = this.readers.get(command.call);
    this.readers.delete(command.call);
    if (reading !== undefined && command.type === 'resolve') {
      const next = reading.reader.take(command.value as HistoryOk);
      if (next !== undefined) this.readPage(reading.channel, reading.reader, next);
    }
    const call = this.calls.get(command.call);
    this.calls.delete(command.call);
    if (call === undefined) return;
    if (command.type === 'resolve') {
      const { origin, epoch, seqs, ids } = command.value as PublishOk;
      this.world.record({ type: 'publish-acknowledged', channel: call.channel, origin, epoch, seqs, ids });
    } else if (command.error instanceof RealtimeError) {
      const { channel, messages } = call;
      const { error, retry } = command.error;
      // A time limit says nothing of whether it was stored: some applications publish again, with the same ids.
      if (error === 'request_timeout') {
        if (this.world.random.chance(0.5))
          this.later(this.world.random.between(0, 5_000), () => {
            this.ask(channel, messages);
          });
      } else if (retry === 'never') {
        this.world.record({ type: 'publish-refused', channel, ids: messages.map(({ id }) => id) });
      }
    }
  }

  /** A JWT as far as a client reads it; in the signature's place stands what the authorizer would find. */
  private token(): string {
    const identity = this.world.identityOf(this.name, this.tokenLife);
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

  private later(ms: number, run: (core: ClientCore) => void): void {
    const { core } = this;
    this.world.kernel.after(ms, () => {
      if (core === this.core) run(core);
    });
  }
}

/** The network's address, and where there are several, the regions' own. */
function urlsOf(regions: readonly string[]): readonly [string, ...string[]] {
  return regions.length === 1 ? [MAIN] : [MAIN, ...regions.map(hostOf)];
}
