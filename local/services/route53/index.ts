// Route 53. Global: the stacks of every region add to it.
import type { Clock } from '../../support/clock';
import { Checker, type Observation } from './checker';
import { type EndpointCheck, type HealthCheck, isHealthy } from './health-checks';
import { probe, type ProbeLimits, type ProbeResult } from './probe';
import { type DnsAnswer, type DnsRecord, Records, type RecordType } from './records';

export type { CalculatedCheck, EndpointCheck, HealthCheck } from './health-checks';
export { COORDINATES, distance } from '../../network/coordinates';
export { type DnsAnswer, type DnsRecord, normalName, type RecordType } from './records';

/** State of a health check. */
export interface HealthCheckState {
  readonly check: HealthCheck;
  /** Status that records use: after inversion. */
  readonly healthy: boolean;
  /** Last result of an endpoint check. */
  readonly last?: Observation;
}

/** Local URL at which a region serves a host and path, `http://127.0.0.1:<port>/…`; undefined when it does not. */
export type Locate = (region: string, host: string, path: string) => string | undefined;

/** Region of the checker. */
const CHECKER_LOCATION = 'us-east-1';

export interface Route53Options {
  readonly clock: Clock;
  readonly locate: Locate;
  /** @default - those of AWS */
  readonly limits?: ProbeLimits;
}

/** Records and health checks. */
export class Route53Service {
  private readonly records = new Records();
  private readonly checks = new Map<string, HealthCheck>();
  private readonly checkers = new Map<string, Checker>();

  public constructor(private readonly options: Route53Options) {}

  /** @throws Error when the record conflicts with an existing record of the name */
  public addRecord(record: DnsRecord): void {
    this.records.add(record);
  }

  /** @throws Error when a calculated check has a calculated child, which Route 53 rejects */
  public addHealthCheck(check: HealthCheck): void {
    const children = check.kind === 'calculated' ? check.children : [];
    const nested = children.find((id) => this.checks.get(id)?.kind === 'calculated');
    if (nested !== undefined) throw new Error(`the child health check ${nested} must not be calculated itself`);
    this.checks.set(check.id, check);
    if (check.kind === 'endpoint')
      this.checkers.set(check.id, new Checker(check, this.options.clock, (one) => this.ask(one)));
  }

  /** Names with a record. */
  public get names(): readonly string[] {
    return this.records.names;
  }

  /**
   * Resolves a name; undefined when it has no record.
   *
   * @param location region of the resolver, or the nearest one
   * @param responds whether an endpoint is healthy. @default - the status of its checker
   */
  public resolve(
    name: string,
    location: string,
    type: RecordType = 'A',
    responds = (check: EndpointCheck): boolean => this.responds(check),
  ): DnsAnswer | undefined {
    return this.records.resolve(name, type, location, (id) => isHealthy(id, this.checks, responds));
  }

  public get healthChecks(): readonly HealthCheckState[] {
    return [...this.checks.values()].map((check) => {
      const last = this.checkers.get(check.id)?.last;
      const healthy = isHealthy(check.id, this.checks, (one) => this.responds(one));
      return { check, healthy, last };
    });
  }

  /** Starts the checkers. Call it when the endpoints are running. */
  public start(): void {
    for (const checker of this.checkers.values()) void checker.run();
  }

  public stop(): void {
    for (const checker of this.checkers.values()) checker.stop();
  }

  private responds(check: EndpointCheck): boolean {
    return this.checkers.get(check.id)?.isResponding ?? true;
  }

  private ask({ host, path, search }: EndpointCheck): Promise<ProbeResult> {
    const fail = (reason: string): Promise<ProbeResult> =>
      Promise.resolve({ passed: false, reason: `Failure: ${reason}` });
    const region = this.resolve(host, CHECKER_LOCATION)?.region;
    if (region === undefined) return fail('DNS resolution failed');
    const [route = '', ...query] = path.split('?');
    const url = this.options.locate(region, host, route);
    if (url === undefined) return fail(`${region} does not answer for ${host}`);
    return probe({ url: [url, ...query].join('?'), host, search, limits: this.options.limits });
  }
}
