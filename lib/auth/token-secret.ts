import { type RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ReplicaRegion, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Props of {@link TokenSecret}. */
export interface TokenSecretProps {
  /** What becomes of the secret when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts the secret.
   *
   * @default - a key that AWS manages
   */
  readonly encryptionKey?: IKey;
  /**
   * What it is called.
   *
   * @default - a name that CloudFormation makes
   */
  readonly secretName?: string;
  /**
   * Where there are to be copies.
   *
   * @default - nowhere
   */
  readonly replicaRegions?: ReplicaRegion[];
}

/** The secret that signs tokens. */
export class TokenSecret extends Secret {
  public constructor(scope: Construct, id: string, props: TokenSecretProps) {
    const { removalPolicy, encryptionKey, secretName, replicaRegions } = props;
    super(scope, id, {
      description: 'Signs the tokens of a cdk-realtime network',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
      ...(encryptionKey === undefined ? {} : { encryptionKey }),
      ...(secretName === undefined ? {} : { secretName }),
      ...(replicaRegions === undefined ? {} : { replicaRegions }),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Rotating the secret ends every token that was signed with it: when is for the user to choose',
    });
  }
}
