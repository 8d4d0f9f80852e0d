import type { Clock } from '../../support/clock';
import type { DnsAnswer } from '../../services/route53';

/** What resolvers of clients remember: an answer for its time to live, each asker for himself. */
export class CachingResolver {
  private readonly answers = new Map<string, DnsAnswer>();

  public constructor(
    private readonly clock: Clock,
    private readonly resolve: (name: string, location: string) => DnsAnswer | undefined,
  ) {}

  /** @param asker who remembers; nobody when undefined */
  public lookUp(name: string, location: string, asker: string | undefined): DnsAnswer | undefined {
    if (asker === undefined) return this.resolve(name, location);
    const key = JSON.stringify([asker, location, name]);
    const known = this.answers.get(key);
    if (known !== undefined) return known;
    const answer = this.resolve(name, location);
    if (answer === undefined) return undefined;
    this.answers.set(key, answer);
    this.clock.after(answer.ttl * 1_000, () => this.answers.delete(key));
    return answer;
  }
}
