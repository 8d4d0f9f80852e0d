import type { Clock } from '../../support/clock';
import type { DnsAnswer } from '../../services/route53';

/** Caching DNS resolvers of clients: each caches an answer for its time to live. */
export class CachingResolver {
  private readonly answers = new Map<string, DnsAnswer>();

  public constructor(
    private readonly clock: Clock,
    private readonly resolve: (name: string, location: string) => DnsAnswer | undefined,
  ) {}

  /** @param resolverId resolver that caches the answer; undefined for no caching */
  public lookUp(name: string, location: string, resolverId: string | undefined): DnsAnswer | undefined {
    if (resolverId === undefined) return this.resolve(name, location);
    const key = JSON.stringify([resolverId, location, name]);
    const known = this.answers.get(key);
    if (known !== undefined) return known;
    const answer = this.resolve(name, location);
    if (answer === undefined) return undefined;
    this.answers.set(key, answer);
    this.clock.after(answer.ttl * 1_000, () => this.answers.delete(key));
    return answer;
  }
}
