import { AaaaRecord, ARecord, type IHealthCheck, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/** Props of {@link Alias}. */
export interface AliasProps {
  /** Zone of the records. */
  readonly zone: IHostedZone;
  /** Fully qualified name of the records. */
  readonly name: string;
  /** Name that they are an alias of. */
  readonly target: string;
  /** Id of the target's zone. */
  readonly targetZoneId: string;
  /**
   * Makes them latency records: clients with the lowest latency to this region get the target.
   *
   * @default - simple records
   */
  readonly region?: string;
  /**
   * Route 53 does not answer with the records while this health check fails.
   *
   * @default - none
   */
  readonly healthCheck?: IHealthCheck;
}

/** An alias record for IPv4, and one for IPv6. */
export class Alias extends Construct {
  public constructor(scope: Construct, id: string, props: AliasProps) {
    super(scope, id);
    const { zone, name, target: dnsName, targetZoneId: hostedZoneId, region, healthCheck } = props;
    const options = {
      zone,
      // Without the trailing dot, the CDK would append the zone's name.
      recordName: `${name}.`,
      target: RecordTarget.fromAlias({ bind: () => ({ dnsName, hostedZoneId }) }),
      region,
      setIdentifier: region,
      healthCheck,
    };
    new ARecord(this, 'IPv4', options);
    new AaaaRecord(this, 'IPv6', options);
  }
}
