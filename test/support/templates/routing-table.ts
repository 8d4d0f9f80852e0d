// What the names of a network resolve to for every combination of health check states. Nothing runs: the records and health checks
// of any cloud assembly are evaluated.
import { readAssembly, type AssemblyStack } from '../../../local/cloudformation/assembly/reader';
import { references } from '../../../local/cloudformation/assembly/references';
import { ApiHosts } from '../../../local/services/apigateway/hosts';
import type { Services } from '../../../local/services/registry';
import { type DnsAnswer, type EndpointCheck, Route53Service } from '../../../local/services/route53';
import { runStack } from '../../../local/cloudformation/stack';
import { ManualClock } from '../manual-clock';

/** State of a region, as health checkers observe it. */
export interface RegionState {
  /** `/health` answers 200. */
  readonly ok: boolean;
  /** The region that answers `/evacuated/<region>` reads its drain mark. */
  readonly marked: boolean;
  /** Its own `/evacuated/…` can be reached. */
  readonly reachable: boolean;
}

export type Situation = Readonly<Record<string, RegionState>>;

/** The records and health checks of an assembly. */
export async function routingOf(assembly: string): Promise<Route53Service> {
  const clock = new ManualClock();
  const route53 = new Route53Service({ clock, locate: () => undefined });
  const exports = { byName: new Map(), byStack: new Map() };
  for (const stack of readAssembly(assembly)) {
    const services = { global: { route53 }, apigateway: { hosts: new ApiHosts() } } as unknown as Services;
    const rewrite = (text: string): string => text;
    await runStack(namesOf(stack), { services, clock, exports, rewrite, unsupported: () => undefined });
  }
  return route53;
}

/** The parts of a stack that routing depends on. */
function namesOf(stack: AssemblyStack): AssemblyStack {
  const { Resources = {}, Outputs = {} } = stack.template;
  const kept = Object.entries(Resources).filter(
    ([, { Type }]) => /^AWS::(Route53|CertificateManager)::/.test(Type) || Type === 'AWS::ApiGatewayV2::DomainName',
  );
  const gone = Object.keys(Resources).filter((id) => !kept.some(([one]) => one === id));
  const outputs = Object.entries(Outputs).filter(([, { Value }]) => !references(Value).some((id) => gone.includes(id)));
  return {
    ...stack,
    template: { ...stack.template, Resources: Object.fromEntries(kept), Outputs: Object.fromEntries(outputs) },
  };
}

/** All combinations of states of these regions: eight states each. */
export function situationsOf(regions: readonly string[]): readonly Situation[] {
  const states = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
    ok: (bits & 1) === 0,
    marked: (bits & 2) !== 0,
    reachable: (bits & 4) === 0,
  }));
  return regions.reduce<Situation[]>(
    (all, region) => all.flatMap((one) => states.map((state) => ({ ...one, [region]: state }))),
    [{}],
  );
}

/** What a name resolves to in one situation, for one location. */
export interface Row {
  readonly situation: Situation;
  readonly location: string;
  readonly answer: DnsAnswer | undefined;
  /** Regions that a reachable peer reports as evacuated. */
  readonly drained: readonly string[];
  /** Regions that are ok and not evacuated. */
  readonly fit: readonly string[];
}

/** The truth table of a name that resolves to one of these regions. */
export function truthTable(
  route53: Route53Service,
  name: string,
  regions: readonly string[],
  locations: readonly string[],
): readonly Row[] {
  const regionOf = new Map<string, string>();
  for (const { check } of route53.healthChecks) {
    const region = check.kind === 'endpoint' ? route53.resolve(check.host, locations[0]!)?.region : undefined;
    if (check.kind === 'endpoint' && region !== undefined) regionOf.set(check.host, region);
  }
  const evacuatedBy = (check: EndpointCheck): string | undefined => /^\/evacuated\/([^/?]+)$/.exec(check.path)?.[1];
  const passes = (check: EndpointCheck, situation: Situation): boolean => {
    const asked = situation[regionOf.get(check.host) ?? ''];
    const evacuated = evacuatedBy(check);
    if (evacuated === undefined) return asked?.ok === true;
    return asked?.reachable === true && situation[evacuated]?.marked === true;
  };
  const peers = new Map<string, string[]>(regions.map((region) => [region, []]));
  for (const { check } of route53.healthChecks) {
    const evacuated = check.kind === 'endpoint' ? evacuatedBy(check) : undefined;
    if (check.kind !== 'endpoint' || evacuated === undefined) continue;
    peers.get(evacuated)?.push(regionOf.get(check.host) ?? 'nowhere');
  }
  return situationsOf(regions).flatMap((situation) => {
    const drained = regions.filter(
      (region) => situation[region]!.marked && peers.get(region)!.some((peer) => situation[peer]?.reachable === true),
    );
    const fit = regions.filter((region) => situation[region]!.ok && !drained.includes(region));
    return locations.map((location) => {
      const answer = route53.resolve(name, location, 'A', (check) => passes(check, situation));
      return { situation, location, answer, drained, fit };
    });
  });
}

/**
 * Rows that break the promise of routing: the name resolves to nothing, or to a drained or failing region although another region
 * serves.
 */
export function violations(rows: readonly Row[]): readonly Row[] {
  return rows.filter(({ answer, fit }) => {
    const region = answer?.region;
    return region === undefined || (fit.length > 0 && !fit.includes(region));
  });
}
