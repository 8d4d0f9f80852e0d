// A simulated server and network for the client's core. Frames and server work wait in lists, and a schedule picks the next one, so that
// they happen in any order.
import { type Cursor, decodeCursor, encodeCursor, type LocatedMessage } from '../../../protocol';
import { CHANNEL, ClientHarness, ELSEWHERE, EPOCH, message, type Sent } from './client-harness';

export const ORIGINS = ['eu-west-1', 'us-east-1'] as const;
type Origin = (typeof ORIGINS)[number];

/** Most messages of one origin in a reply: few, so that there are several pages. */
const PAGE = 3;

interface ServerSocket {
  readonly urls: readonly string[];
  open: boolean;
  subscribed: boolean;
  /** Frames on their way to the client. */
  readonly frames: string[];
}

export type Step =
  | { readonly type: 'publish' | 'fanout' | 'lostFanout'; readonly origin: Origin; readonly pick: number }
  | { readonly type: 'serve' | 'deliver' | 'deliverTwice' | 'open' | 'fail'; readonly pick: number }
  | { readonly type: 'drop' | 'rotate' | 'unsubscribe' | 'subscribe' | 'reconnect' }
  | { readonly type: 'move'; readonly pick: number; readonly within: number }
  | { readonly type: 'wait'; readonly ms: number };

export class ClientWorld {
  public readonly client = new ClientHarness();
  public readonly published: Record<Origin, number> = { 'eu-west-1': 0, 'us-east-1': 0 };
  private readonly sockets = new Map<number, ServerSocket>();
  /** Sockets that are opening. */
  private opening: number[] = [];
  /** Steps that the server has left to do. Each may come at any time. */
  private work: (() => void)[] = [];
  private fanouts: { readonly origin: Origin; readonly seq: number }[] = [];

  /** @param lag number of the newest messages of the second origin that a read does not see */
  public constructor(
    from: 'start' | 'now',
    public lag: number,
  ) {
    const { client } = this;
    client.listener = (command) => {
      if (command.type === 'fetchToken')
        this.work.push(() => {
          client.core.tokenReady(command.attempt, 'token');
        });
      else if (command.type === 'open') {
        this.sockets.set(command.socket, { urls: command.urls, open: false, subscribed: false, frames: [] });
        this.opening.push(command.socket);
      } else if (command.type === 'close') this.end(command.socket);
      else if (command.type === 'send') this.receive({ ...JSON.parse(command.text), socket: command.socket });
    };
    if (from === 'start') {
      client.core
        .channel(CHANNEL)
        .restore(encodeCursor(Object.fromEntries(ORIGINS.map((origin) => [origin, { epoch: EPOCH, seq: 0 }]))));
    }
    client.core.subscribe(CHANNEL);
  }

  public run(step: Step): void {
    const { client } = this;
    switch (step.type) {
      case 'publish':
        this.published[step.origin] += 1;
        this.fanouts.push({ origin: step.origin, seq: this.published[step.origin] });
        break;
      case 'fanout':
      case 'lostFanout':
        this.fanOut(step.pick, step.type === 'lostFanout');
        break;
      case 'serve':
        takeOne(this.work, step.pick)?.();
        break;
      case 'deliver':
      case 'deliverTwice':
        this.deliver(step.pick, step.type === 'deliverTwice');
        break;
      case 'open':
      case 'fail':
        this.settleOpening(step.pick, step.type === 'open');
        break;
      case 'drop':
        this.drop();
        break;
      case 'rotate':
        if (client.timers.has('rotate')) client.core.timer('rotate');
        break;
      case 'unsubscribe':
        client.unsubscribe();
        break;
      case 'subscribe':
        client.core.subscribe(CHANNEL);
        break;
      case 'reconnect':
        client.core.reconnect();
        break;
      case 'move':
        this.move(step.pick, step.within);
        break;
      case 'wait':
        client.advance(step.ms);
    }
  }

  /** Ends all faults and finishes all work, then publishes one last message of each origin. */
  public settle(): void {
    this.lag = 0;
    this.client.core.subscribe(CHANNEL);
    this.finish();
    for (const origin of ORIGINS) this.run({ type: 'publish', origin, pick: 0 });
    this.finish();
  }

  private finish(): void {
    for (let round = 0; round < 4; round++) {
      for (let steps = 0; this.opening.length + this.work.length + this.fanouts.length + this.inFlight > 0; steps++) {
        if (steps > 10_000) throw new Error('the work does not end');
        this.settleOpening(0, true);
        takeOne(this.work, 0)?.();
        this.fanOut(0, false);
        this.deliver(0, false);
      }
      this.client.advance(15_000);
    }
  }

  private get inFlight(): number {
    return [...this.sockets.values()].reduce((sum, { frames }) => sum + frames.length, 0);
  }

  private receive(sent: Sent & { readonly action: string }): void {
    const server = this.sockets.get(sent.socket);
    if (server === undefined) return;
    if (sent.action === 'ping') server.frames.push('{"pong":true}');
    else if (sent.action === 'unsubscribe') {
      this.work.push(() => {
        server.subscribed = false;
        this.reply(sent, {});
      });
    } else if (sent.action === 'subscribe') {
      // Two steps, so that others may happen between them: the subscription is written, then the log is read.
      this.work.push(() => {
        server.subscribed = server.open;
        this.work.push(() => {
          this.reply(sent, this.read(sent.cursor));
        });
      });
    }
  }

  private reply({ socket, id }: Sent, ok: object): void {
    if (this.sockets.get(socket)?.open === true) this.sockets.get(socket)?.frames.push(JSON.stringify({ id, ok }));
  }

  private read(text: string | undefined): object {
    const seen = (origin: Origin): number => this.published[origin] - (origin === ORIGINS[1] ? this.lag : 0);
    const cursor: Record<string, Cursor[string]> = { ...(text === undefined ? {} : decodeCursor(text)) };
    const messages: LocatedMessage[] = [];
    let more = false;
    for (const origin of ORIGINS) {
      const from = text === undefined ? Math.max(0, seen(origin)) : (cursor[origin]?.seq ?? 0);
      const end = Math.max(from, Math.min(seen(origin), from + PAGE));
      for (let seq = from + 1; seq <= end; seq++) messages.push(message(seq, { origin }));
      cursor[origin] = { epoch: EPOCH, seq: end };
      more ||= end < seen(origin);
    }
    return { cursor: encodeCursor(cursor), verdict: 'complete', messages, more };
  }

  private fanOut(pick: number, isLost: boolean): void {
    const job = takeOne(this.fanouts, pick);
    if (job === undefined) return;
    const push = { push: 'messages', channel: CHANNEL, origin: job.origin, epoch: EPOCH };
    const frame = JSON.stringify({ ...push, messages: [message(job.seq, job)] });
    for (const server of this.sockets.values()) if (server.subscribed && !isLost) server.frames.push(frame);
  }

  /** The server asks one of its connections to move. */
  private move(pick: number, within: number): void {
    const open = [...this.sockets.values()].filter((server) => server.open);
    const push = { push: 'move', within, urls: ELSEWHERE, reason: 'drain' };
    open[pick % Math.max(1, open.length)]?.frames.push(JSON.stringify(push));
  }

  private deliver(pick: number, isTwice: boolean): void {
    const waiting = [...this.sockets].flatMap(([socket, { frames }]) => frames.map((_, i) => ({ socket, frames, i })));
    const one = waiting[pick % Math.max(1, waiting.length)];
    if (one === undefined) return;
    const [frame] = isTwice ? [one.frames[one.i]] : one.frames.splice(one.i, 1);
    this.client.core.received(one.socket, frame!);
  }

  private settleOpening(pick: number, isGood: boolean): void {
    const socket = takeOne(this.opening, pick);
    const server = this.sockets.get(socket ?? 0);
    if (socket === undefined || server === undefined) return;
    server.open = isGood;
    if (isGood) this.client.core.opened(socket, server.urls[pick % server.urls.length]!);
    else {
      this.end(socket);
      this.client.core.closed(socket);
    }
  }

  /** The oldest open connection breaks. */
  private drop(): void {
    const [socket] = [...this.sockets].find(([, { open }]) => open) ?? [];
    if (socket === undefined) return;
    this.end(socket);
    this.client.core.closed(socket);
  }

  private end(socket: number): void {
    const server = this.sockets.get(socket);
    if (server !== undefined) Object.assign(server, { open: false, subscribed: false });
    this.sockets.delete(socket);
    this.opening = this.opening.filter((one) => one !== socket);
  }
}

function takeOne<T>(list: T[], pick: number): T | undefined {
  return list.length === 0 ? undefined : list.splice(pick % list.length, 1)[0];
}
