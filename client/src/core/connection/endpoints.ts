// Which addresses to try, and in which order. What a connection is to them: it failed, opened, or served.
import type { CoreWorld } from '../effects';
import { trust } from './trusted-hosts';

/** The main address is tried alone until it has failed so often in a row. */
const PATIENCE = 2;
/** Another address that serves is kept for this long, or up to half as long again, before the main one has its turn. Milliseconds. */
const STAY = 5 * 60_000;

/** What a WebSocket takes for an address; it may carry a query, and no fragment. */
export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && /^wss?:\/\/[^\s#]+$/i.test(value);
}

export class Endpoints {
  private readonly own: readonly string[];
  private readonly main: string;
  private readonly isTrusted: (url: string) => boolean;
  /** Failures in a row of the main address, as far as they count. */
  private strikes = 0;
  /** Failures in a row by address, since all of our own had failed: then it is not they who differ. */
  private readonly failures = new Map<string, number>();
  /** Milliseconds to open, when it was the first to. */
  private readonly took = new Map<string, number>();
  /** Serves instead of the main address, which has its turn from then on. */
  private stay: { readonly url: string; readonly until: number } | undefined;

  /** @param urls the main address, then the others */
  public constructor(
    private readonly world: Pick<CoreWorld, 'now' | 'random'>,
    urls: readonly [string, ...string[]],
  ) {
    this.own = unique(urls);
    [this.main] = urls;
    this.isTrusted = trust(urls);
  }

  /** Where to connect, best first. */
  public order(): readonly string[] {
    const own = this.strikes < PATIENCE ? [this.main] : this.ranked();
    if (this.stay === undefined) return own;
    return unique([this.world.now() < this.stay.until ? this.stay.url : this.main, ...own]);
  }

  /**
   * Where to connect instead of an address. A region's clients are told all at once, and all the same: one by chance comes first,
   * the likelier the faster it opened, so that not all of them go to one.
   *
   * @param urls where the server says; those that are not the network's get no token
   */
  public elsewhere(urls: readonly unknown[], from: string | undefined): readonly string[] {
    const theirs = urls.filter(isAddress).filter(this.isTrusted);
    const all = unique([...this.spread(theirs), this.main, ...this.spread(this.own)]).filter((url) => url !== from);
    // There may be only one name, which then leads elsewhere.
    return all.length > 0 ? this.sorted(all) : this.order();
  }

  /** One is open, the first of those that were tried. */
  public opened(url: string, ms: number, tried: readonly string[]): void {
    this.took.set(url, ms);
    // Those before it had a head start, and lost it.
    this.failed(tried.slice(0, Math.max(0, tried.indexOf(url))));
  }

  /** These did not open, or were closed before anything was heard. */
  public failed(urls: readonly string[]): void {
    for (const url of urls) {
      if (url === this.main && this.strikes < PATIENCE) this.strikes += 1;
      else this.failures.set(url, this.failuresOf(url) + 1);
      if (url === this.main || url === this.stay?.url) this.stay = undefined;
    }
    if (this.own.every((url) => this.failuresOf(url) > 0)) this.failures.clear();
  }

  /** Something was heard from it. */
  public served(url: string): void {
    this.failures.delete(url);
    if (url === this.main) {
      this.strikes = 0;
      this.stay = undefined;
    } else if (this.stay?.url !== url) {
      this.stay = { url, until: this.world.now() + STAY * (1 + this.world.random() / 2) };
    }
  }

  /** All of our own: those that failed least first, of them the main one, then by the time to open. */
  private ranked(): readonly string[] {
    const others = this.own.filter((url) => url !== this.main);
    const time = (url: string): number => this.took.get(url) ?? Number.MAX_VALUE;
    return this.sorted([this.main, ...others.sort((a, b) => time(a) - time(b))]);
  }

  /** In an order by chance. One that takes half the time is twice as likely to come before another; those never tried, as the rest. */
  private spread(urls: readonly string[]): readonly string[] {
    const known = [...this.took.values()];
    const usual = known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length;
    // As if each came at its own rate: whose first arrival is when.
    const arrival = (url: string): number => -Math.log(1 - this.world.random()) * (this.took.get(url) ?? usual);
    return unique(urls)
      .map((url) => ({ url, at: arrival(url) }))
      .sort((a, b) => a.at - b.at)
      .map(({ url }) => url);
  }

  private sorted(urls: readonly string[]): readonly string[] {
    return [...urls].sort((a, b) => this.failuresOf(a) - this.failuresOf(b));
  }

  private failuresOf(url: string): number {
    return this.failures.get(url) ?? 0;
  }
}

function unique(urls: readonly string[]): readonly string[] {
  return [...new Set(urls)];
}
