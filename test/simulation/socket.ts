// What a client calls a socket: of several addresses, the first that can be opened, as client/src/happy-eyeballs.ts does it.
import type { Identity } from '../../lambda/core/auth/capabilities';
import type { Scheduled } from '../../load/simulation/kernel';
import { Link } from './link';
import type { World } from './world';

/** As the client sets it. Milliseconds. */
const HEAD_START = 1_500;
/** A server that can't be reached lets a client wait this long, at most. Milliseconds. */
const CONNECT_TIMEOUT = 20_000;

/** The network's address: leads to the nearest region that serves. */
export const MAIN = 'wss://main';

/** A region's own address. */
export function hostOf(region: string): string {
  return `wss://${region}`;
}

/** Who is at the socket's end. */
export interface SocketOwner {
  readonly name: string;
  /** The region that is nearest. */
  readonly region: string;
  /** No connection can be made before. */
  readonly awayUntil: number;
  opened(url: string): void;
  received(text: string): void;
  closed(): void;
}

export class SimSocket {
  /** The region that it is connected to. */
  public region = '';
  private link: Link | undefined;
  private readonly tried = new Set<Link>();
  private started = 0;
  private failed = 0;
  private timer: Scheduled | undefined;
  private isOver = false;

  public constructor(
    private readonly world: World,
    private readonly identity: Identity,
    private readonly urls: readonly string[],
    private readonly owner: SocketOwner,
  ) {
    this.next();
  }

  public send(text: string): void {
    this.link?.sendToServer(text);
  }

  public close(): void {
    this.isOver = true;
    this.world.kernel.cancel(this.timer);
    for (const link of this.tried) link.closeByClient();
    this.link?.closeByClient();
  }

  public break(how: 'reset' | 'half-open'): void {
    for (const link of [...this.tried, ...(this.link === undefined ? [] : [this.link])]) {
      if (how === 'reset') link.reset();
      else link.loseSilently();
    }
  }

  /** Tries the next address. */
  private next(): void {
    const { kernel } = this.world;
    kernel.cancel(this.timer);
    const url = this.urls[this.started];
    if (this.isOver || url === undefined) return;
    this.started += 1;
    void this.try(url);
    this.timer = kernel.after(HEAD_START, () => {
      this.next();
    });
  }

  private async try(url: string): Promise<void> {
    const { world, owner } = this;
    const { kernel, random, faults } = world;
    const region = url === MAIN ? world.routes(owner.region) : url.slice(hostOf('').length);
    const { gateway } = world.region(region);
    const made: { connection?: string | undefined } = {};
    const link: Link = new Link(world, {
      toServer: (text) => {
        if (made.connection !== undefined) void gateway.receive(made.connection, text);
      },
      toClient: (text) => {
        if (this.link === link && !this.isOver) owner.received(text);
      },
      serverClosed: () => {
        if (made.connection !== undefined) gateway.lost(made.connection);
      },
      clientClosed: () => {
        this.ended(link);
      },
    });
    this.tried.add(link);
    if (kernel.now() < owner.awayUntil || faults.strikes('network-partitioned', owner.name)) {
      await kernel.sleep(random.between(0, CONNECT_TIMEOUT));
      this.ended(link);
      return;
    }
    await kernel.sleep(random.between(20, 200));
    made.connection = await gateway.connect(link, this.identity);
    if (made.connection === undefined) {
      this.ended(link);
      return;
    }
    await kernel.sleep(random.between(10, 100));
    if (!link.isOpen) return;
    // Another address was faster.
    if (this.isOver || this.link !== undefined) {
      link.closeByClient();
      return;
    }
    this.link = link;
    this.region = region;
    this.tried.delete(link);
    for (const other of this.tried) other.closeByClient();
    kernel.cancel(this.timer);
    owner.opened(url);
  }

  /** A link is gone: the one in use, or one that was tried. */
  private ended(link: Link): void {
    if (this.link === link) this.over();
    else if (this.tried.delete(link) && this.link === undefined) {
      this.failed += 1;
      if (this.failed === this.urls.length) this.over();
      else this.next();
    }
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.world.kernel.cancel(this.timer);
    this.owner.closed();
  }
}
