import { CfnOutput, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { PublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/** Props of {@link NetworkZone}. */
export interface NetworkZoneProps {
  /** Name of the zone. */
  readonly zoneName: string;
  /** Removal policy of the zone. */
  readonly removalPolicy: RemovalPolicy;
}

/** The public hosted zone that a network creates. At most one in a stack. */
export class NetworkZone extends Construct {
  /**
   * Id of the zone, for another stack. Route 53 generates it, so unlike names it is not known in advance: each deployment of the other
   * stack reads it from an output, by the names of stack and output. Both stacks can still be changed independently.
   *
   * @param stackName name of the zone's stack
   * @param region region of the zone's stack
   */
  public static idFrom(stackName: string, region: string): string {
    return Fn.getStackOutput(stackName, ID_OUTPUT, region);
  }

  public constructor(scope: Construct, id: string, props: NetworkZoneProps) {
    super(scope, id);
    const { zoneName, removalPolicy } = props;
    // With accelerated recovery a zone can't be deleted, not even by a rollback. A retained zone does not block the next deployment.
    const isKept = removalPolicy !== RemovalPolicy.DESTROY;
    const zone = new PublicHostedZone(this, 'Resource', { zoneName, acceleratedRecoveryEnabled: isKept });
    zone.applyRemovalPolicy(isKept ? RemovalPolicy.RETAIN : removalPolicy);
    const hostedZoneId = new CfnOutput(this, 'Id', {
      value: zone.hostedZoneId,
      description: 'Id of the hosted zone. The other stacks of the network read it.',
    });
    hostedZoneId.overrideLogicalId(ID_OUTPUT);
    const nameServers = new CfnOutput(this, 'NameServers', {
      value: Fn.join(' ', zone.hostedZoneNameServers ?? []),
      description:
        'Name servers of the hosted zone, for the registrar of the domain or the NS record of the parent zone',
    });
    nameServers.overrideLogicalId('NameServers');
  }
}

/** Output with the id of the zone. */
const ID_OUTPUT = 'HostedZoneId';
