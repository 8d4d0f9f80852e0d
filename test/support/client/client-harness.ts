// The client's core with a manual clock. Its commands are recorded, and the tests play the server.
import { ClientCore } from '../../../client/src/core/client';
import type { ChannelMessage, Command, VerdictEvent } from '../../../client/src/core/effects';
import { CATALOG } from '../../../protocol/catalog.generated';
import {
  decodeCursor,
  encodeCursor,
  type ErrorName,
  type LocatedMessage,
  type Message,
  RealtimeError,
  type SubscribeOk,
} from '../../../protocol';

export const EPOCH = '0m3x0k2p9';
export const ORIGIN = 'eu-west-1';
export const CHANNEL = 'chat:room';
export const URL = 'wss://ws.example.com';
/** Addresses of the same network, for moves. */
export const ELSEWHERE = ['wss://ws-us-east-1.example.com', 'wss://ws-sa-east-1.example.com'] as const;

/** A frame that the client sent. */
export interface Sent {
  readonly socket: number;
  readonly action: string;
  readonly id: number;
  readonly channel?: string;
  readonly cursor?: string;
  readonly messages?: readonly { readonly id: string; readonly data: unknown }[];
}

export class ClientHarness {
  public readonly commands: Command[] = [];
  public readonly core: ClientCore;
  public now = 0;
  public random: () => number = () => 0.5;
  /** Whether pings are answered, at once. */
  public answersPings = true;
  /** Called with each command, like a listener of the application. */
  public listener: (command: Command) => void = () => undefined;
  /** Due times by timer name, in the order of setting. */
  public readonly timers = new Map<string, number>();
  private lastCall = 0;

  /** @param options.visible whether there are periodic syncs */
  public constructor(
    options: { requestTimeout?: number; visible?: boolean; urls?: readonly [string, ...string[]] } = {},
  ) {
    const world = {
      now: () => this.now,
      wallClock: () => this.now,
      random: () => this.random(),
    };
    this.core = new ClientCore(
      world,
      (command) => {
        this.take(command);
      },
      { requestTimeout: options.requestTimeout ?? 10_000, urls: options.urls ?? [URL] },
    );
    this.core.setVisible(options.visible === true);
  }

  /** Connects: token, socket, open. Returns the socket. */
  public connect(token = 'token'): number {
    this.core.connect();
    return this.openNext(token);
  }

  /** Answers the last request for a token, and opens the socket that follows, at its first address or another. */
  public openNext(token = 'token', url?: string): number {
    const socket = this.of('fetchToken').at(-1)!.attempt;
    this.core.tokenReady(socket, token);
    this.core.opened(socket, url ?? this.of('open').at(-1)!.urls[0]!);
    return socket;
  }

  /** Connected, and live in a channel whose log stands at `seq`. Returns the socket. */
  public live(seq = 0, channel = CHANNEL): number {
    const socket = this.core.state === 'connected' ? this.socket : this.connect();
    this.core.subscribe(channel);
    this.answer({ cursor: cursorAt(seq) });
    return socket;
  }

  public advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [name, due] = [...this.timers].sort(([, a], [, b]) => a - b)[0] ?? ['', Number.POSITIVE_INFINITY];
      if (due > end) break;
      this.now = Math.max(this.now, due);
      this.timers.delete(name);
      this.core.timer(name);
    }
    this.now = end;
  }

  /** Time passes until a timer fires. */
  public fire(name: string): void {
    this.advance(this.timers.get(name)! - this.now);
  }

  /** Answers the newest subscribe (of a socket, when given). */
  public answer(ok: Partial<SubscribeOk> = {}, socket?: number): void {
    const request = this.sent('subscribe').findLast((one) => socket === undefined || one.socket === socket)!;
    const messages = ok.messages ?? [];
    const last = messages.at(-1);
    const cursor =
      ok.cursor ??
      encodeCursor({
        ...(request.cursor === undefined ? {} : decodeCursor(request.cursor)),
        ...(last === undefined ? {} : { [last.origin]: { epoch: last.epoch, seq: last.seq } }),
      });
    this.reply(request, { verdict: 'complete', more: false, messages, ...ok, cursor });
  }

  public reply({ id, socket }: Pick<Sent, 'id' | 'socket'>, ok: object): void {
    this.core.received(socket, JSON.stringify({ id, ok }));
  }

  public refuse({ id, socket }: Pick<Sent, 'id' | 'socket'>, error: ErrorName): void {
    expect(CATALOG[error]).toBeDefined();
    this.core.received(socket, JSON.stringify({ id, error: new RealtimeError(error).toWire() }));
  }

  public push(
    seqs: readonly number[],
    { socket = this.socket, origin = ORIGIN, epoch = EPOCH, channel = CHANNEL } = {},
  ): void {
    const messages = seqs.map((seq) => message(seq, { origin, epoch }));
    this.core.received(socket, JSON.stringify({ push: 'messages', channel, origin, epoch, messages }));
  }

  public publish(data: unknown, id = `p${this.lastCall}`, timeout?: number, channel = CHANNEL): number {
    return this.call((call) => {
      this.core.call({ kind: 'publish', channel, fields: { messages: [{ id, data }] }, call, timeout });
    });
  }

  public unsubscribe(channel = CHANNEL): number {
    return this.call((call) => {
      this.core.unsubscribe(channel, call);
    });
  }

  public call(start: (call: number) => void): number {
    this.lastCall += 1;
    start(this.lastCall);
    return this.lastCall;
  }

  /** Result of a call of the application. */
  public outcome(call: number): { readonly value: unknown } | { readonly error: Error } | undefined {
    for (const command of this.commands) {
      if (command.type === 'resolve' && command.call === call) return { value: command.value };
      if (command.type === 'reject' && command.call === call) return { error: command.error };
    }
    return undefined;
  }

  /** Commands of one type, in order. */
  public of<T extends Command['type']>(type: T): Extract<Command, { type: T }>[] {
    return this.commands.filter((one): one is Extract<Command, { type: T }> => one.type === type);
  }

  public sent(action?: string, socket?: number): Sent[] {
    return this.of('send')
      .map(({ socket: on, text }) => ({ socket: on, ...JSON.parse(text) }) as Sent)
      .filter((one) => (action ?? one.action) === one.action && (socket ?? one.socket) === one.socket);
  }

  public get seqs(): number[] {
    return this.messages.map(({ seq }) => seq);
  }

  public get messages(): ChannelMessage[] {
    return this.of('message').map((one) => one.message);
  }

  public get verdicts(): VerdictEvent[] {
    return this.of('verdict').map(({ event }) => event);
  }

  public get states(): string[] {
    return this.of('state').map(({ state }) => state);
  }

  public get channelState(): string {
    return this.core.channel(CHANNEL).state;
  }

  /** The socket that was opened last. */
  public get socket(): number {
    return this.of('open').at(-1)!.socket;
  }

  private take(command: Command): void {
    expectComplete(command);
    this.commands.push(command);
    if (this.commands.length > 20_000) throw new Error('the core emits commands without end');
    if (command.type === 'timer') {
      this.timers.delete(command.name);
      this.timers.set(command.name, this.now + command.delay);
    } else if (command.type === 'cancel') this.timers.delete(command.name);
    if (command.type === 'send' && this.answersPings && JSON.parse(command.text).action === 'ping') {
      this.core.received(command.socket, '{"pong":true}');
    }
    this.listener(command);
  }
}

/** A command names what it is about: the shell of the client does not check it. */
function expectComplete(command: Command): void {
  const { type, ...about } = command;
  if (typeof (type as unknown) !== 'string') throw new Error('a command has no type');
  for (const [field, value] of Object.entries(about)) {
    if (field === 'reason' || field === 'value') continue;
    const isMissing =
      value === undefined || Number.isNaN(value) || (typeof value === 'string' && /\bundefined\b/.test(value));
    if (isMissing) throw new Error(`${type} has no ${field}`);
  }
}

export function cursorAt(seq: number, origin = ORIGIN, epoch = EPOCH): string {
  return encodeCursor({ [origin]: { epoch, seq } });
}

export function message(seq: number, where: { origin?: string; epoch?: string; id?: string } = {}): LocatedMessage {
  const { origin = ORIGIN, epoch = EPOCH, id = `${origin}/${epoch}/${seq}` } = where;
  const content: Message = { seq, id, ts: seq, from: 'ada', data: seq, enc: 'json' };
  return { ...content, origin, epoch };
}
