import { Duration } from 'aws-cdk-lib';
import { isKnown, type PropCheck } from './util/prop-check';

/** How Route 53 checks the health of a region. */
export interface RealtimeDomainOptions {
  /**
   * Time between two requests of one health checker to a region's `/health`; about 16 checkers send requests. 10 or 30 seconds;
   * docs/reference/alarms.md has the price of both. Changing it replaces the health check. Whether a region is evacuated is checked every 30
   * seconds.
   *
   * @default Duration.seconds(10)
   * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
   */
  readonly healthCheckInterval?: Duration;
  /**
   * Consecutive results before a health checker changes state. 1 to 10.
   *
   * @default 3
   */
  readonly failureThreshold?: number;
}

/** Options of {@link RealtimeDomain.newZone}. */
export interface NewZoneDomainOptions extends RealtimeDomainOptions {
  /**
   * Id of the hosted zone that the network created, `Z…`: output HostedZoneId of the global stack. Set it after the first
   * deployment, so that a region can be deployed while the home region is down.
   *
   * @default - each deployment reads it from the global stack
   */
  readonly hostedZoneId?: string;
}

/** Options of {@link RealtimeDomain.fromHostedZone}. */
export interface HostedZoneDomainOptions extends RealtimeDomainOptions {
  /** Domain of the network: the zone's name, or a name within the zone. Clients connect to `ws.<domain>`. */
  readonly domain: string;
  /** Id of the public hosted zone, known at synthesis: `Z…`. */
  readonly hostedZoneId: string;
  /** Name of the hosted zone. */
  readonly zoneName: string;
}

/**
 * The domain of a network. `ws.<domain>` and `http.<domain>` resolve to the nearest healthy region; `ws-<region>.<domain>` and
 * `http-<region>.<domain>` resolve to one region.
 */
export class RealtimeDomain {
  /** A domain in an existing public hosted zone of the network's account. */
  public static fromHostedZone(options: HostedZoneDomainOptions): RealtimeDomain {
    return new RealtimeDomain(options.domain, options.zoneName, false, options.hostedZoneId, options);
  }

  /**
   * A domain with a new public hosted zone. Certificates are validated in it, so the other stacks wait until the zone is
   * delegated: deploy the global stack first, and enter the name servers of its NameServers output at the domain's registrar, or as
   * an NS record of the parent zone. Then set `hostedZoneId` to the id of the zone.
   */
  public static newZone(domain: string, options: NewZoneDomainOptions = {}): RealtimeDomain {
    return new RealtimeDomain(domain, domain, true, options.hostedZoneId, options);
  }

  /** Time between two requests of one health checker to a region's `/health`. */
  public readonly healthCheckInterval: Duration;
  /** Consecutive results before a health checker changes state. */
  public readonly failureThreshold: number;

  private constructor(
    /** Domain of the network. Clients connect to `ws.<domain>`. */
    public readonly domainName: string,
    /** Name of its hosted zone. */
    public readonly zoneName: string,
    /** Whether the network creates the hosted zone. */
    public readonly isNewZone: boolean,
    /** Id of the hosted zone; undefined when deployments read it from the global stack. */
    public readonly hostedZoneId: string | undefined,
    options: RealtimeDomainOptions,
  ) {
    this.healthCheckInterval = options.healthCheckInterval ?? Duration.seconds(10);
    this.failureThreshold = options.failureThreshold ?? 3;
  }

  /**
   * Checks the domain.
   *
   * @param prop path of this object in the construct's props
   * @internal
   */
  public _check(check: PropCheck, prop: string): void {
    this.checkNames(check, prop);
    const { healthCheckInterval, failureThreshold } = this;
    const interval = healthCheckInterval.isUnresolved() ? undefined : healthCheckInterval.toMilliseconds();
    check.require(interval === 10_000 || interval === 30_000, {
      prop: `${prop}.healthCheckInterval`,
      rule: 'must be 10 or 30 seconds',
      got: healthCheckInterval,
      fix: 'Omit it for 10.',
    });
    check.require(Number.isInteger(failureThreshold) && failureThreshold >= 1 && failureThreshold <= 10, {
      prop: `${prop}.failureThreshold`,
      rule: 'must be a whole number from 1 to 10',
      got: failureThreshold,
      fix: 'Omit it for 3.',
    });
  }

  private checkNames(check: PropCheck, prop: string): void {
    const { domainName, zoneName, hostedZoneId } = this;
    const isName = isKnown(domainName) && domainName.length <= MAX_DOMAIN && DOMAIN_PATTERN.test(domainName);
    check.require(isName, {
      prop: `${prop}.domain`,
      rule: `must be a domain name in lower case, of at most ${MAX_DOMAIN} characters`,
      got: domainName,
      fix: 'For example `realtime.example.com`.',
    });
    const isWithin = isKnown(zoneName) && (domainName === zoneName || domainName.endsWith(`.${zoneName}`));
    check.require(!isName || isWithin, {
      prop: `${prop}.zoneName`,
      rule: 'must be the domain, or a parent of it',
      got: zoneName,
      fix: 'Use the name of the hosted zone.',
    });
    const isId = hostedZoneId === undefined || (isKnown(hostedZoneId) && /^[A-Z0-9]{1,32}$/.test(hostedZoneId));
    check.require(isId, {
      prop: `${prop}.hostedZoneId`,
      rule: 'must be the id of a hosted zone, known at synthesis',
      got: hostedZoneId,
      fix: 'Use a literal, since it is the same for all regions: `Z0123456789ABCDEFGHIJ`.',
    });
  }
}

/** At least two labels of at most 63 characters. */
const DOMAIN_PATTERN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** The domain name of a certificate has at most 64 characters, `*.` included. https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html */
const MAX_DOMAIN = 62;
