// Records of all hosted zones, and the choice among them.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
import { distance } from '../../network/coordinates';

export type RecordType = 'A' | 'AAAA';

export interface DnsRecord {
  readonly name: string;
  readonly type: RecordType;
  /** Addresses; empty for an alias. */
  readonly values: readonly string[];
  /** Seconds. Undefined for an alias. */
  readonly ttl?: number;
  readonly alias?: { readonly name: string; readonly evaluatesTargetHealth: boolean };
  /** Region of a latency record. */
  readonly region?: string;
  readonly setIdentifier?: string;
  readonly healthCheckId?: string;
}

/** Result of a resolution. */
export interface DnsAnswer {
  /** Resolved names: the requested one first, the one with the addresses last. */
  readonly chain: readonly string[];
  /** Addresses of a record that is not an alias. */
  readonly addresses: readonly string[];
  /** Region of the API Gateway domain name at the end of the chain. */
  readonly region?: string;
  /** Time for which a resolver may cache the answer. Seconds. */
  readonly ttl: number;
  /** False when a record group in the chain had no healthy record, so that all of its records counted as healthy. */
  readonly healthy: boolean;
}

/** Seconds. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html */
export const ALIAS_TTL = 60;

/** Normalizes a name: DNS is case-insensitive, and a trailing dot only marks a name as fully qualified. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Region of a name that API Gateway assigns to an API or to a regional custom domain name. */
export function regionOfApiName(name: string): string | undefined {
  return /^[a-z0-9-]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(name)?.[1];
}

/** Records of every zone. Names are fully qualified, so zones are not kept apart. */
export class Records {
  private readonly groups = new Map<string, DnsRecord[]>();

  /** @throws Error when the record conflicts with an existing record of the name */
  public add(record: DnsRecord): void {
    const key = keyOf(record.name, record.type);
    const group = this.groups.get(key) ?? [];
    const clash = group.find(
      (one) => record.region === undefined || one.region === undefined || one.setIdentifier === record.setIdentifier,
    );
    if (clash !== undefined) throw new Error(`the record ${record.type} ${record.name} conflicts with an existing one`);
    this.groups.set(key, [...group, record]);
  }

  /** Names with a record. */
  public get names(): readonly string[] {
    return [...new Set([...this.groups.values()].flat().map(({ name }) => name))];
  }

  /**
   * Resolves a name for a resolver at `location`; undefined when it has no record.
   *
   * @param isHealthy status of a health check
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
      const healthyRecords = group.filter((record) => this.isHealthy(record, isHealthy));
      // "If no record is healthy, all records are healthy": an answer that may fail is better than none.
      const chosen = nearest(healthyRecords.length === 0 ? group : healthyRecords, location);
      if (chosen === undefined) return undefined;
      healthy &&= healthyRecords.length > 0;
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
    // The health of an API Gateway target is that of the service, which has no record here.
    const targets = this.groups.get(keyOf(alias.name, type)) ?? [];
    return targets.length === 0 || targets.some((one) => this.isHealthy(one, checked, [...above, alias.name]));
  }
}

function keyOf(name: string, type: RecordType): string {
  return `${type} ${name}`;
}

function nearest(group: readonly DnsRecord[], location: string): DnsRecord | undefined {
  const distanceTo = (record: DnsRecord): number =>
    record.region === undefined ? 0 : distance(location, record.region);
  const [first, ...others] = group;
  return others.reduce((best, one) => (best !== undefined && distanceTo(one) < distanceTo(best) ? one : best), first);
}
