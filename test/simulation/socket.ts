// A client's socket: connects to the first of several addresses that answers, as client/src/happy-eyeballs.ts does.
import type { Identity } from '../../lambda/core/auth/capabilities';
import { NETWORK_URL, regionUrl } from './addresses';
import type { Scheduled } from '../../load/simulation/kernel';
import { Link } from './link';
import type { World } from './world';

/** The client's delay between two connection attempts. Milliseconds. */
const ATTEMPT_DELAY = 1_500;
/** Longest time until an attempt to connect to an unreachable server fails. Milliseconds. */
const CONNECT_TIMEOUT = 20_000;

/** The client that opens a socket, and its callbacks. */
export interface SocketListener {
  readonly name: string;
  /** The region nearest to the client. */
  readonly region: string;
  /** Until then, attempts fail. Milliseconds since 1970. */
  readonly offlineUntil: number;
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
  private isClosed = false;

  public constructor(
    private readonly world: World,
    private readonly identity: Identity,
    private readonly urls: readonly string[],
    private readonly listener: SocketListener,
  ) {
    this.tryNext();
  }

  public send(text: string): void {
    this.link?.sendToServer(text);
  }

  public close(): void {
    this.isClosed = true;
    this.world.kernel.cancel(this.timer);
    for (const link of this.tried) link.closeByClient();
    this.link?.closeByClient();
  }

  public break(how: 'reset' | 'half-open'): void {
    const links = [...this.tried];
    if (this.link !== undefined) links.push(this.link);
    for (const link of links) {
      if (how === 'reset') link.reset();
      else link.becomeHalfOpen();
    }
  }

  /** Tries the next address. */
  private tryNext(): void {
    const { kernel } = this.world;
    kernel.cancel(this.timer);
    const url = this.urls[this.started];
    if (this.isClosed || url === undefined) return;
    this.started += 1;
    void this.tryUrl(url);
    this.timer = kernel.after(ATTEMPT_DELAY, () => {
      this.tryNext();
    });
  }

  private async tryUrl(url: string): Promise<void> {
    const { world, listener } = this;
    const { kernel, random, faults } = world;
    const region = url === NETWORK_URL ? world.regionFor(listener.region) : url.slice(regionUrl('').length);
    const { gateway } = world.region(region);
    const attempt: { connection?: string | undefined } = {};
    const link: Link = new Link(world, {
      toServer: (text) => {
        if (attempt.connection !== undefined) void gateway.receive(attempt.connection, text);
      },
      toClient: (text) => {
        if (this.link === link && !this.isClosed) listener.received(text);
      },
      serverClosed: () => {
        if (attempt.connection !== undefined) gateway.lost(attempt.connection);
      },
      clientClosed: () => {
        this.linkEnded(link);
      },
    });
    this.tried.add(link);
    if (kernel.now() < listener.offlineUntil || faults.occurs('connect-timed-out', listener.name)) {
      await kernel.sleep(random.between(0, CONNECT_TIMEOUT));
      this.linkEnded(link);
      return;
    }
    await kernel.sleep(random.between(20, 200));
    attempt.connection = await gateway.connect(link, this.identity);
    if (attempt.connection === undefined) {
      this.linkEnded(link);
      return;
    }
    await kernel.sleep(random.between(10, 100));
    if (!link.isOpen) return;
    // Another address has answered first.
    if (this.isClosed || this.link !== undefined) {
      link.closeByClient();
      return;
    }
    this.link = link;
    this.region = region;
    this.tried.delete(link);
    for (const other of this.tried) other.closeByClient();
    kernel.cancel(this.timer);
    listener.opened(url);
  }

  /** A link has ended: the one in use, or that of an attempt. */
  private linkEnded(link: Link): void {
    if (this.link === link) this.finish();
    else if (this.tried.delete(link) && this.link === undefined) {
      this.failed += 1;
      if (this.failed === this.urls.length) this.finish();
      else this.tryNext();
    }
  }

  private finish(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.world.kernel.cancel(this.timer);
    this.listener.closed();
  }
}
