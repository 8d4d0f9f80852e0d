// Route 53: one for all regions, so that the stacks of any of them add to it.
import type { Clock } from '../../support/clock';
import { Checker, type Observation } from './checker';
import { type EndpointCheck, type HealthCheck, isHealthy } from './health-checks';
import { probe, type ProbeLimits, type ProbeResult } from './probe';
import { type DnsAnswer, type DnsRecord, Records, type RecordType } from './records';

export type { CalculatedCheck, EndpointCheck, HealthCheck } from './health-checks';
export { COORDINATES, distance } from '../../network/coordinates';
export { type DnsAnswer, type DnsRecord, normalName, type RecordType } from './records';

/** How a health check stands. */
export interface HealthCheckState {
  readonly check: HealthCheck;
  /** As records that follow it are judged: after inverting. */
  readonly healthy: boolean;
  /** Of an endpoint that was asked. */
  readonly last?: Observation;
}

/** Where a region answers for a host on this machine, `http://127.0.0.1:<port>/…`; undefined when it does not. */
export type Locate = (region: string, host: string, path: string) => string | undefined;

/** Where the one checker that stands for all of them is. */
const CHECKER_LOCATION = 'us-east-1';

export interface Route53Options {
  readonly clock: Clock;
  readonly locate: Locate;
  /** @default - those of AWS */
  readonly limits?: ProbeLimits;
}

/** Records, and the health checks that they follow. */
export class Route53Service {
  private readonly records = new Records();
  private readonly checks = new Map<string, HealthCheck>();
  private readonly checkers = new Map<string, Checker>();

  public constructor(private readonly options: Route53Options) {}

  /** @throws Error when the name has a record that it can't stand beside */
  public addRecord(record: DnsRecord): void {
    this.records.add(record);
  }

  /** @throws Error when it counts one that counts others: Route 53 refuses that */
  public addHealthCheck(check: HealthCheck): void {
    const children = check.kind === 'calculated' ? check.children : [];
    const nested = children.find((id) => this.checks.get(id)?.kind === 'calculated');
    if (nested !== undefined) throw new Error(`${nested} is calculated itself`);
    this.checks.set(check.id, check);
    if (check.kind === 'endpoint')
      this.checkers.set(check.id, new Checker(check, this.options.clock, (one) => this.ask(one)));
  }

  /** Names that have a record. */
  public get names(): readonly string[] {
    return this.records.names;
  }

  /**
   * What a resolver is told; undefined when there is no such record.
   *
   * @param location region that the asker is in, or near to
   * @param responds whether endpoints pass. @default - as the health checkers see it
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

  /** Lets the checkers ask, once everything that they ask is there. */
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
    return probe([url, ...query].join('?'), host, search, this.options.limits);
  }
}
