import { CfnOutput, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { PublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/** Props of {@link NetworkZone}. */
export interface NetworkZoneProps {
  /** Its name. */
  readonly zoneName: string;
  /** What becomes of it when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/** The public hosted zone of a network that brought none, as the only one of its stack. */
export class NetworkZone extends Construct {
  /**
   * The zone's id, in any other stack. It is the only thing that no name tells: it is read from an output, by the names of stack
   * and output, whenever the other stack is deployed. That keeps neither stack from changing.
   *
   * @param stackName of the stack that has the zone
   * @param region of that stack
   */
  public static idFrom(stackName: string, region: string): string {
    return Fn.getStackOutput(stackName, ID_OUTPUT, region);
  }

  public constructor(scope: Construct, id: string, props: NetworkZoneProps) {
    super(scope, id);
    const { zoneName, removalPolicy } = props;
    // A zone can't be deleted while it is on, not even by a rollback. One that is left behind stands in nobody's way.
    const isKept = removalPolicy !== RemovalPolicy.DESTROY;
    const zone = new PublicHostedZone(this, 'Resource', { zoneName, acceleratedRecoveryEnabled: isKept });
    zone.applyRemovalPolicy(isKept ? RemovalPolicy.RETAIN : removalPolicy);
    const hostedZoneId = new CfnOutput(this, 'Id', {
      value: zone.hostedZoneId,
      description: 'Read by the other stacks',
    });
    hostedZoneId.overrideLogicalId(ID_OUTPUT);
    const nameServers = new CfnOutput(this, 'NameServers', {
      value: Fn.join(' ', zone.hostedZoneNameServers ?? []),
      description: 'For the NS record in the zone above, or where the domain is registered',
    });
    nameServers.overrideLogicalId('NameServers');
  }
}

/** The output that tells the id. */
const ID_OUTPUT = 'HostedZoneId';
