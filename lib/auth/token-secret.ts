import { type RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ReplicaRegion, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Props of {@link TokenSecret}. */
export interface TokenSecretProps {
  /** Removal policy of the secret. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts the secret.
   *
   * @default - a key that AWS manages
   */
  readonly encryptionKey?: IKey;
  /**
   * Physical name of the secret.
   *
   * @default - a name that CloudFormation generates
   */
  readonly secretName?: string;
  /**
   * Regions of replicas.
   *
   * @default - none
   */
  readonly replicaRegions?: ReplicaRegion[];
}

/** The secret that signs tokens. */
export class TokenSecret extends Secret {
  public constructor(scope: Construct, id: string, props: TokenSecretProps) {
    const { removalPolicy, encryptionKey, secretName, replicaRegions } = props;
    super(scope, id, {
      removalPolicy,
      encryptionKey,
      secretName,
      replicaRegions,
      description: 'Signs the tokens of a cdk-realtime network',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Rotating the secret invalidates every token that was signed with it, so the user decides when to rotate',
    });
  }
}
