// Records of all hosted zones, and which of them Route 53 answers with.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
import { distance } from '../../network/coordinates';

export type RecordType = 'A' | 'AAAA';

export interface DnsRecord {
  readonly name: string;
  readonly type: RecordType;
  /** Addresses; none when it is an alias. */
  readonly values: readonly string[];
  /** Seconds; an alias has none of its own. */
  readonly ttl?: number;
  readonly alias?: { readonly name: string; readonly evaluatesTargetHealth: boolean };
  /** Of a latency record. */
  readonly region?: string;
  readonly setIdentifier?: string;
  readonly healthCheckId?: string;
}

/** What a name resolves to. */
export interface DnsAnswer {
  /** Names on the way: the asked one first, the one that holds the addresses last. */
  readonly chain: readonly string[];
  /** Of a record that is no alias. */
  readonly addresses: readonly string[];
  /** Of the API Gateway domain name that it ends at. */
  readonly region?: string;
  /** For how long it may be kept. Seconds. */
  readonly ttl: number;
  /** False when a group on the way had no healthy record, so that all of them counted as healthy. */
  readonly healthy: boolean;
}

/** Seconds. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html */
export const ALIAS_TTL = 60;

/** A name as it is compared: DNS ignores case, and the last dot says only that it is whole. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** The region of a name that API Gateway gives: of a custom domain name in a region, or of an API. */
export function regionOfApiName(name: string): string | undefined {
  return /^[a-z0-9-]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(name)?.[1];
}

/** The records of every zone. Names are whole, so that zones need not be told apart. */
export class Records {
  private readonly groups = new Map<string, DnsRecord[]>();

  /** @throws Error when the name has a record that it can't stand beside */
  public add(record: DnsRecord): void {
    const key = keyOf(record.name, record.type);
    const group = this.groups.get(key) ?? [];
    const clash = group.find(
      (one) => record.region === undefined || one.region === undefined || one.setIdentifier === record.setIdentifier,
    );
    if (clash !== undefined) throw new Error(`there is already a record ${record.type} ${record.name} like this one`);
    this.groups.set(key, [...group, record]);
  }

  /** Names that have a record. */
  public get names(): readonly string[] {
    return [...new Set([...this.groups.values()].flat().map(({ name }) => name))];
  }

  /**
   * What a resolver at `location` is told; undefined when there is nothing to tell.
   *
   * @param isHealthy of health checks, by id
   */
  public resolve(
    name: string,
    type: RecordType,
    location: string,
    isHealthy: (healthCheckId: string) => boolean,
  ): DnsAnswer | undefined {
    const chain: string[] = [];
    let healthy = true;
    for (let at = normalName(name); !chain.includes(at); ) {
      chain.push(at);
      const region = regionOfApiName(at);
      if (region !== undefined) return { chain, addresses: [], region, ttl: ALIAS_TTL, healthy };
      const group = this.groups.get(keyOf(at, type)) ?? [];
      const fit = group.filter((record) => this.isHealthy(record, isHealthy));
      // "If no record is healthy, all records are healthy": better a doubtful answer than none.
      const chosen = nearest(fit.length === 0 ? group : fit, location);
      if (chosen === undefined) return undefined;
      healthy &&= fit.length > 0;
      if (chosen.alias === undefined) return { chain, addresses: chosen.values, ttl: chosen.ttl ?? ALIAS_TTL, healthy };
      at = chosen.alias.name;
    }
    return undefined;
  }

  /** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-complex-configs.html */
  private isHealthy(
    { type, alias, healthCheckId }: DnsRecord,
    checked: (healthCheckId: string) => boolean,
    above: readonly string[] = [],
  ): boolean {
    if (healthCheckId !== undefined && !checked(healthCheckId)) return false;
    if (alias?.evaluatesTargetHealth !== true || above.includes(alias.name)) return true;
    // Of API Gateway, the health of a target is that of the service itself: it has no record here.
    const targets = this.groups.get(keyOf(alias.name, type)) ?? [];
    return targets.length === 0 || targets.some((one) => this.isHealthy(one, checked, [...above, alias.name]));
  }
}

function keyOf(name: string, type: RecordType): string {
  return `${type} ${name}`;
}

function nearest(group: readonly DnsRecord[], location: string): DnsRecord | undefined {
  const far = (record: DnsRecord): number => (record.region === undefined ? 0 : distance(location, record.region));
  const [first, ...others] = group;
  return others.reduce((best, one) => (best !== undefined && far(one) < far(best) ? one : best), first);
}
