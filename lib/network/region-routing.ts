import { Duration, Tags } from 'aws-cdk-lib';
import { HealthCheck, HealthCheckType, type IHealthCheck, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { evacuatedPath, evacuatedSearchString, HEALTH_PATH } from '../contract/http-routes';
import { Alias } from './alias';

/** Props of {@link RegionRouting}. */
export interface RegionRoutingProps {
  /** The region that clients are led to. */
  readonly region: string;
  /** What health checks are called in the console. */
  readonly checkName: string;
  /** The host whose `/health` tells whether it serves. Of this region only: a shared name would answer for another. */
  readonly healthHost: string;
  /**
   * The host of another region, whose `/evacuated/<region>` tells whether it is to be left.
   *
   * @default - there is no other region
   */
  readonly peerHost?: string;
  /** Time between two requests of a checker of `/health`. */
  readonly healthCheckInterval: Duration;
  /** So many answers in a row turn a checker's mind. */
  readonly failureThreshold: number;
  /** The zone of all names. */
  readonly zone: IHostedZone;
  /** The names that all regions share, each with the name that it stands for here. */
  readonly hosts: readonly SharedHost[];
}

/** A name that all regions share. */
export interface SharedHost {
  /** What the construct is called. */
  readonly id: string;
  /** The name. */
  readonly name: string;
  /** The name that it stands for in one region. */
  readonly entry: string;
}

/**
 * Evacuated is by hand, and rarely; the region itself says at its own pace that it is drained, and connections are moved by
 * frames. So the slow interval does, which is a feature less to pay for, and a third of the requests.
 */
const EVACUATION_INTERVAL = Duration.seconds(30);

/** Leads clients that are near a region to it, while it serves, and no peer says that it is evacuated. */
export class RegionRouting extends Construct {
  /** What the region's records follow. */
  public readonly healthCheck: IHealthCheck;

  public constructor(scope: Construct, id: string, props: RegionRoutingProps) {
    super(scope, id);
    const { region, zone, checkName, healthHost, peerHost } = props;
    const { failureThreshold } = props;
    let healthCheck: IHealthCheck = new HealthCheck(this, 'Health', {
      ...{ type: HealthCheckType.HTTPS, fqdn: healthHost, resourcePath: HEALTH_PATH },
      ...{ requestInterval: props.healthCheckInterval, failureThreshold },
    });
    // The console shows health checks by this tag.
    Tags.of(healthCheck).add('Name', `${checkName} serves`);
    if (peerHost !== undefined) {
      const stays = new HealthCheck(this, 'NotEvacuated', {
        type: HealthCheckType.HTTPS_STR_MATCH,
        ...{ fqdn: peerHost, resourcePath: evacuatedPath(region), searchString: evacuatedSearchString(region) },
        // A peer that does not answer says nothing about this region.
        inverted: true,
        ...{ requestInterval: EVACUATION_INTERVAL, failureThreshold },
      });
      Tags.of(stays).add('Name', `${checkName} not evacuated`);
      // One flat AND: calculated checks can't have calculated children.
      const childHealthChecks = [healthCheck, stays];
      healthCheck = new HealthCheck(this, 'Both', { type: HealthCheckType.CALCULATED, childHealthChecks });
      Tags.of(healthCheck).add('Name', checkName);
    }
    this.healthCheck = healthCheck;
    for (const { id: hostId, name, entry: target } of props.hosts) {
      new Alias(this, hostId, { zone, name, target, targetZoneId: zone.hostedZoneId, region, healthCheck });
    }
  }
}
