import { type RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, type ReplicaRegion, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Options of {@link makeTokenSecret}. */
export interface TokenSecretOptions {
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
export function makeTokenSecret(scope: Construct, id: string, options: TokenSecretOptions): ISecret {
  const secret = new Secret(scope, id, {
    description: 'Signs the tokens of a cdk-realtime network',
    generateSecretString: { passwordLength: 64, excludePunctuation: true },
    ...options,
  });
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason: 'Rotating the secret ends every token that was signed with it: when is for the user to choose',
  });
  return secret;
}
