// Which addresses to try, and in which order.
import type { CoreWorld } from '../effects';
import { trustedHosts } from './trusted-hosts';

/** The other addresses are tried too after this many consecutive failures of the main one. */
const MAIN_FAILURES = 2;
/** How long another address that serves is kept, plus up to half as much at random, before the main one is tried again. Milliseconds. */
const KEEP_FALLBACK = 5 * 60_000;

/** Whether a WebSocket accepts it as an address: it may have a query, but no fragment. */
export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && /^wss?:\/\/[^\s#]+$/i.test(value);
}

export class Endpoints {
  readonly #configured: readonly string[];
  readonly #main: string;
  readonly #isTrusted: (url: string) => boolean;
  /** Consecutive failures of the main address, up to `MAIN_FAILURES`. */
  #mainFailures = 0;
  /** Consecutive failures by address. Cleared once all configured addresses have failed: then the client's own network is at fault. */
  readonly #failures = new Map<string, number>();
  /** Milliseconds to open, by address, when it was the first to open. */
  readonly #openTimes = new Map<string, number>();
  /** An address that serves instead of the main one, which is tried again at `until`. */
  #fallback: { readonly url: string; readonly until: number } | undefined;

  /** @param urls the main address, then the others */
  public constructor(
    private readonly world: Pick<CoreWorld, 'now' | 'random'>,
    urls: readonly [string, ...string[]],
  ) {
    this.#configured = unique(urls);
    [this.#main] = urls;
    this.#isTrusted = trustedHosts(urls);
  }

  /** Addresses to connect to, best first. */
  public order(): readonly string[] {
    const configured = this.#mainFailures < MAIN_FAILURES ? [this.#main] : this.#ranked();
    if (this.#fallback === undefined) return configured;
    return unique([this.world.now() < this.#fallback.until ? this.#fallback.url : this.#main, ...configured]);
  }

  /**
   * Addresses to move to, best first. All clients of a region are asked to move at once, with the same list. So the order is random,
   * weighted by the time to open, to spread them over the addresses.
   *
   * @param urls addresses from the server; untrusted ones are ignored
   * @param from the address to leave
   */
  public orderForMove(urls: readonly unknown[], from: string | undefined): readonly string[] {
    const offered = urls.filter(isAddress).filter(this.#isTrusted);
    const all = unique([...this.#shuffled(offered), this.#main, ...this.#shuffled(this.#configured)]);
    const others = all.filter((url) => url !== from);
    // A network may have a single name, which resolves to another region by now.
    return others.length > 0 ? this.#byFailures(others) : this.order();
  }

  /** An address is open, the first of those that were tried. */
  public opened(url: string, ms: number, tried: readonly string[]): void {
    this.#openTimes.set(url, ms);
    // The addresses before it had a head start, and did not open.
    this.failed(tried.slice(0, Math.max(0, tried.indexOf(url))));
  }

  /** Addresses did not open, or were closed before a frame was received. */
  public failed(urls: readonly string[]): void {
    for (const url of urls) {
      if (url === this.#main && this.#mainFailures < MAIN_FAILURES) this.#mainFailures += 1;
      else this.#failures.set(url, this.#failuresOf(url) + 1);
      if (url === this.#main || url === this.#fallback?.url) this.#fallback = undefined;
    }
    if (this.#configured.every((url) => this.#failuresOf(url) > 0)) this.#failures.clear();
  }

  /** A frame was received from an address. */
  public served(url: string): void {
    this.#failures.delete(url);
    if (url === this.#main) {
      this.#mainFailures = 0;
      this.#fallback = undefined;
    } else if (this.#fallback?.url !== url) {
      this.#fallback = { url, until: this.world.now() + KEEP_FALLBACK * (1 + this.world.random() / 2) };
    }
  }

  /** All configured addresses: by failures, then the main one first, then by time to open. */
  #ranked(): readonly string[] {
    const others = this.#configured.filter((url) => url !== this.#main);
    const time = (url: string): number => this.#openTimes.get(url) ?? Number.MAX_VALUE;
    return this.#byFailures([this.#main, ...others.sort((a, b) => time(a) - time(b))]);
  }

  /**
   * In random order. An address that opens in half the time comes before another one twice as often. Addresses that never opened count
   * as average.
   */
  #shuffled(urls: readonly string[]): readonly string[] {
    const known = [...this.#openTimes.values()];
    const average = known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length;
    // The first arrivals of Poisson processes, each with its own rate.
    const arrival = (url: string): number => -Math.log(1 - this.world.random()) * (this.#openTimes.get(url) ?? average);
    return unique(urls)
      .map((url) => ({ url, at: arrival(url) }))
      .sort((a, b) => a.at - b.at)
      .map(({ url }) => url);
  }

  #byFailures(urls: readonly string[]): readonly string[] {
    return [...urls].sort((a, b) => this.#failuresOf(a) - this.#failuresOf(b));
  }

  #failuresOf(url: string): number {
    return this.#failures.get(url) ?? 0;
  }
}

function unique(urls: readonly string[]): readonly string[] {
  return [...new Set(urls)];
}
