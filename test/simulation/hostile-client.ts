// A client without the SDK that sends what it may not: forged cursors, retries of everything, huge requests. It must neither break a
// function nor see a message that it has no right to.
import {
  EPOCH_END,
  type LocatedMessage,
  MAX_PAGE,
  type MessagesPush,
  type SubscribeOk,
  type SyncOk,
} from '../../protocol';
import { NETWORK_URL, regionUrl } from './addresses';
import type { Random } from './random';
import { SimSocket } from './socket';
import type { World } from './world';

/** Mean time between two frames. Milliseconds. */
const FRAME_INTERVAL = 3_000;
/** Life of its tokens. Milliseconds. */
const TOKEN_LIFE = 7_200_000;

type Answer = Partial<SubscribeOk> & Partial<SyncOk> & Partial<MessagesPush> & { readonly ok?: Answer };

export class HostileClient {
  private readonly random: Random;
  private socket: SimSocket | undefined;
  private isOnline = false;
  private lastId = 0;
  /** Epochs that it has seen, with the region that opened them. */
  private readonly epochs: { readonly origin: string; readonly epoch: string }[] = [];
  /** Channels of the requests that have not been answered, by request. */
  private readonly asked = new Map<number, string>();

  public constructor(
    private readonly world: World,
    private readonly name: string,
    private readonly end: number,
  ) {
    this.random = world.random.fork();
    const [first = ''] = world.plan.channels;
    world.setRights(name, { channels: [first], actions: ['subscribe', 'publish'] });
  }

  public start(): void {
    const { kernel } = this.world;
    if (this.socket === undefined) this.connect();
    else if (this.isOnline) this.socket.send(this.frame());
    const wait = this.random.exponential(FRAME_INTERVAL);
    if (kernel.now() + wait < this.end) kernel.after(wait, () => this.start());
  }

  private connect(): void {
    const { world, name } = this;
    const region = this.random.pick(world.members());
    this.socket = new SimSocket(world, world.identityOf(name, TOKEN_LIFE), [NETWORK_URL, regionUrl(region)], {
      name,
      region,
      offlineUntil: 0,
      opened: () => {
        this.isOnline = true;
        world.record({ type: 'online', subscriber: name });
      },
      received: (text) => {
        this.received(text);
      },
      closed: () => {
        this.socket = undefined;
        if (this.isOnline) world.record({ type: 'offline', subscriber: name });
        this.isOnline = false;
      },
    });
  }

  private frame(): string {
    const { random, world } = this;
    const id = ++this.lastId;
    const channel = random.pick([...world.plan.channels, world.plan.channels[0] ?? '', 'chat:private.0', 'other:x']);
    this.asked.set(id, channel);
    const messages = [{ id: world.newId(`${this.name}.`), data: 'x' }];
    const requests: readonly object[] = [
      { action: 'subscribe', channel, cursor: this.cursor() },
      { action: 'subscribe', channel, cursor: this.cursor() },
      { action: 'subscribe', channel, rewind: { last: MAX_PAGE } },
      { action: 'subscribe', channel, rewind: { since: 0 } },
      { action: 'sync', channels: Object.fromEntries(world.plan.channels.map((one) => [one, this.cursor()])) },
      { action: 'history', channel, direction: 'forwards', limit: MAX_PAGE, page: this.cursor() },
      { action: 'history', channel, direction: 'backwards', limit: MAX_PAGE * 1_000 },
      { action: 'unsubscribe', channel },
      { action: random.pick(['', 'delete', '__proto__', 'constructor']), channel },
    ];
    const request = random.pick(requests);
    if (random.chance(0.2)) return this.publish(id, channel, messages);
    return JSON.stringify({ id, ...request });
  }

  /** A publish that claims to be sent again. */
  private publish(id: number, channel: string, messages: readonly { readonly id: string }[]): string {
    this.world.record({ type: 'publish-begun', channel, from: this.name, ids: messages.map((one) => one.id) });
    return JSON.stringify({ id, action: 'publish', channel, messages, retry: true });
  }

  /** A cursor of its own making. */
  private cursor(): string {
    const { random, world, epochs } = this;
    const known = epochs.length > 0 && random.chance(0.7) ? random.pick(epochs) : undefined;
    const origin = known?.origin ?? random.pick([...world.plan.regions, 'sa-east-1']);
    const epoch = known?.epoch ?? random.pick(['', '0', '000000001', 'zzzzzzzzz', '0mjuohs00']);
    const seq = random.pick([0, 0, 1, 2, 1_000_000, EPOCH_END]);
    return random.pick(['1', '', '2!x', `1!${origin}~${epoch}~${seq}`, `1!${origin}~${epoch}~${seq}`, '1!~~']);
  }

  /** Records every message that a frame shows. */
  private received(text: string): void {
    const frame = JSON.parse(text) as Answer & { readonly id?: number };
    if (frame.push !== undefined) {
      const { channel = '', origin = '', epoch = '', messages = [] } = frame;
      for (const { seq, id } of messages) this.expose(channel, { origin, epoch, seq, id });
    }
    const channel = this.asked.get(frame.id ?? 0) ?? '';
    const { ok } = frame;
    for (const message of (ok?.messages ?? []) as readonly LocatedMessage[]) this.expose(channel, message);
    for (const [name, answer] of Object.entries(ok?.channels ?? {})) {
      if ('messages' in answer) for (const message of answer.messages) this.expose(name, message);
    }
  }

  private expose(channel: string, message: Pick<LocatedMessage, 'origin' | 'epoch' | 'seq' | 'id'>): void {
    const { origin, epoch, seq, id } = message;
    this.epochs.push({ origin, epoch });
    this.world.record({ type: 'exposed', subscriber: this.name, channel, origin, epoch, seq, id });
  }
}
