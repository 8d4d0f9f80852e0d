import { AaaaRecord, ARecord, type IHealthCheck, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/** Props of {@link Alias}. */
export interface AliasProps {
  /** The zone that it is in. */
  readonly zone: IHostedZone;
  /** The name, whole. */
  readonly name: string;
  /** The name that it stands for. */
  readonly target: string;
  /** The zone that the target is in. */
  readonly targetZoneId: string;
  /**
   * Clients near this region are led there.
   *
   * @default - the name has one target only
   */
  readonly region?: string;
  /**
   * Nobody is led there while it fails.
   *
   * @default - it counts as healthy
   */
  readonly healthCheck?: IHealthCheck;
}

/** An alias for IPv4, and one for IPv6. */
export class Alias extends Construct {
  public constructor(scope: Construct, id: string, props: AliasProps) {
    super(scope, id);
    const { zone, name, target: dnsName, targetZoneId: hostedZoneId, region, healthCheck } = props;
    const options = {
      zone,
      // With its dot at the end, it is not taken for a name within the zone.
      recordName: `${name}.`,
      target: RecordTarget.fromAlias({ bind: () => ({ dnsName, hostedZoneId }) }),
      ...(region === undefined ? {} : { region, setIdentifier: region }),
      ...(healthCheck === undefined ? {} : { healthCheck }),
    };
    new ARecord(this, 'IPv4', options);
    new AaaaRecord(this, 'IPv6', options);
  }
}
