import { Duration, Tags } from 'aws-cdk-lib';
import { HealthCheck, HealthCheckType, type IHealthCheck, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { evacuatedPath, evacuatedSearchString, HEALTH_PATH } from '../contract/http-routes';
import { Alias } from './alias';

/** Props of {@link RegionRouting}. */
export interface RegionRoutingProps {
  /** The region that the records resolve to. */
  readonly region: string;
  /** Name of the health checks in the console. */
  readonly checkName: string;
  /** Host whose `/health` is checked. It must be the region's own host: a shared one would resolve to other regions. */
  readonly healthHost: string;
  /**
   * Host of another region, whose `/evacuated/<region>` reports whether this region is evacuated.
   *
   * @default - there is no other region
   */
  readonly peerHost?: string;
  /** Time between two requests of a health checker to `/health`. */
  readonly healthCheckInterval: Duration;
  /** Consecutive results before a health checker changes state. */
  readonly failureThreshold: number;
  /** Zone of the records. */
  readonly zone: IHostedZone;
  /** Host names that all regions share. */
  readonly hosts: readonly SharedHost[];
}

/** A host name that all regions share. */
export interface SharedHost {
  /** Construct id of its records. */
  readonly id: string;
  /** The host name. */
  readonly name: string;
  /** Name in this region that the records are an alias of. */
  readonly entry: string;
}

/**
 * Interval of the evacuation check. The slow one suffices: evacuation is a rare manual action, the region also reports it at its own
 * `/health`, and frames move open connections. It costs one feature less, and a third of the requests.
 */
const EVACUATION_INTERVAL = Duration.seconds(30);

/** Latency records and health checks of a region. Route 53 answers with the region while it is healthy and not evacuated. */
export class RegionRouting extends Construct {
  /** Health check of the records. */
  public readonly healthCheck: IHealthCheck;

  public constructor(scope: Construct, id: string, props: RegionRoutingProps) {
    super(scope, id);
    const { region, zone, checkName, healthHost, peerHost, failureThreshold } = props;
    const serves = new HealthCheck(this, 'Health', {
      type: HealthCheckType.HTTPS,
      fqdn: healthHost,
      resourcePath: HEALTH_PATH,
      requestInterval: props.healthCheckInterval,
      failureThreshold,
    });
    // The console shows this tag as the name.
    Tags.of(serves).add('Name', `${checkName} serves`);
    this.healthCheck = peerHost === undefined ? serves : this.addEvacuationCheck(serves, peerHost, props);
    for (const { id: hostId, name, entry: target } of props.hosts) {
      const { healthCheck } = this;
      new Alias(this, hostId, { zone, name, target, targetZoneId: zone.hostedZoneId, region, healthCheck });
    }
  }

  /** The region's own check, and that no peer reports it as evacuated. */
  private addEvacuationCheck(
    serves: IHealthCheck,
    peerHost: string,
    { region, checkName, failureThreshold }: RegionRoutingProps,
  ): IHealthCheck {
    const notEvacuated = new HealthCheck(this, 'NotEvacuated', {
      type: HealthCheckType.HTTPS_STR_MATCH,
      fqdn: peerHost,
      resourcePath: evacuatedPath(region),
      searchString: evacuatedSearchString(region),
      // Inverted, because a peer that does not answer says nothing about this region.
      inverted: true,
      requestInterval: EVACUATION_INTERVAL,
      failureThreshold,
    });
    Tags.of(notEvacuated).add('Name', `${checkName} not evacuated`);
    const both = new HealthCheck(this, 'Both', {
      type: HealthCheckType.CALCULATED,
      childHealthChecks: [serves, notEvacuated],
    });
    Tags.of(both).add('Name', checkName);
    return both;
  }
}
