import { Duration } from 'aws-cdk-lib';
import { isKnown, type PropCheck } from './util/prop-check';

/** How Route 53 finds out that a region does not serve. */
export interface RealtimeDomainOptions {
  /**
   * Time between two requests of a health checker to a region's `/health`; some sixteen checkers ask. 10 or 30 seconds; what 10
   * cost is in docs/reference/alarms.md. A check that exists is replaced when it changes. Whether a region is evacuated is asked every 30.
   *
   * @default Duration.seconds(10)
   * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
   */
  readonly healthCheckInterval?: Duration;
  /**
   * So many answers in a row turn a checker's mind. 1 to 10.
   *
   * @default 3
   */
  readonly failureThreshold?: number;
}

/** Options of {@link RealtimeDomain.newZone}. */
export interface NewZoneDomainOptions extends RealtimeDomainOptions {
  /**
   * The id of the zone that the network made, `Z…`: output HostedZoneId of the global stack. Write it down after the first
   * deploy, so that a region can be deployed while the first one is down.
   *
   * @default - each deploy reads it from the global stack
   */
  readonly hostedZoneId?: string;
}

/** Options of {@link RealtimeDomain.fromHostedZone}. */
export interface HostedZoneDomainOptions extends RealtimeDomainOptions {
  /** What `ws.` and `http.` are put before: the zone's name, or a name within it. */
  readonly domain: string;
  /** The public hosted zone's id, known at synth: `Z…`. */
  readonly hostedZoneId: string;
  /** The zone's name. */
  readonly zoneName: string;
}

/**
 * The domain that clients find a network by: `ws.<domain>` and `http.<domain>` lead to the nearest healthy region,
 * `ws-<region>.<domain>` and `http-<region>.<domain>` to one region.
 */
export class RealtimeDomain {
  /** A domain in a public hosted zone that exists, in the account of the network. */
  public static fromHostedZone(options: HostedZoneDomainOptions): RealtimeDomain {
    return new RealtimeDomain(options.domain, options.zoneName, false, options.hostedZoneId, options);
  }

  /**
   * A domain with a new public hosted zone of its own. Certificates are validated through it, so the other stacks wait until it
   * is reachable: deploy the global stack first, and enter the name servers of its NameServers output where the domain is
   * registered, or as NS record in the zone above. After that, write the zone's id down as `hostedZoneId`.
   */
  public static newZone(domain: string, options: NewZoneDomainOptions = {}): RealtimeDomain {
    return new RealtimeDomain(domain, domain, true, options.hostedZoneId, options);
  }

  /** Time between two requests of a health checker to a region's `/health`. */
  public readonly healthCheckInterval: Duration;
  /** So many answers in a row turn a checker's mind. */
  public readonly failureThreshold: number;

  private constructor(
    /** What `ws.` and `http.` are put before. */
    public readonly domainName: string,
    /** The name of its hosted zone. */
    public readonly zoneName: string,
    /** Whether the network makes its hosted zone. */
    public readonly isNewZone: boolean,
    /** The id of its hosted zone; undefined while the network's global stack alone knows it. */
    public readonly hostedZoneId: string | undefined,
    options: RealtimeDomainOptions,
  ) {
    this.healthCheckInterval = options.healthCheckInterval ?? Duration.seconds(10);
    this.failureThreshold = options.failureThreshold ?? 3;
  }

  /**
   * Notes what is wrong with it; `prop` is where it stands in the props of the construct that it was given to.
   *
   * @internal
   */
  public _check(check: PropCheck, prop: string): void {
    const { domainName, zoneName, hostedZoneId, healthCheckInterval, failureThreshold } = this;
    const isName = isKnown(domainName) && domainName.length <= MAX_DOMAIN && DOMAIN_RULE.test(domainName);
    const nameRule = `must be a domain name in small letters, of at most ${MAX_DOMAIN} characters`;
    check.check(isName, `${prop}.domain`, nameRule, domainName, 'For example `realtime.example.com`.');
    const isWithin = isKnown(zoneName) && (domainName === zoneName || domainName.endsWith(`.${zoneName}`));
    const within = 'must be the domain, or one above it';
    check.check(!isName || isWithin, `${prop}.zoneName`, within, zoneName, 'Take it from the hosted zone.');
    check.check(
      hostedZoneId === undefined || (isKnown(hostedZoneId) && /^[A-Z0-9]{1,32}$/.test(hostedZoneId)),
      `${prop}.hostedZoneId`,
      'must be the id of a hosted zone, known at synth',
      hostedZoneId,
      'It is the same for all regions, so write it down: `Z0123456789ABCDEFGHIJ`.',
    );
    const interval = healthCheckInterval.isUnresolved() ? undefined : healthCheckInterval.toMilliseconds();
    check.check(
      interval === 10_000 || interval === 30_000,
      `${prop}.healthCheckInterval`,
      'must be 10 or 30 seconds',
      healthCheckInterval,
      'Leave it out for 10.',
    );
    check.check(
      Number.isInteger(failureThreshold) && failureThreshold >= 1 && failureThreshold <= 10,
      `${prop}.failureThreshold`,
      'must be a whole number from 1 to 10',
      failureThreshold,
      'Leave it out for 3.',
    );
  }
}

/** Two labels at least, none of them over 63 characters. */
const DOMAIN_RULE = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** The name of a certificate has at most 64, `*.` included. https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html */
const MAX_DOMAIN = 62;
