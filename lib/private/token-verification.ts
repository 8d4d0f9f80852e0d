import type { RemovalPolicy } from 'aws-cdk-lib';
import { Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { RealtimeAuth } from '../realtime-auth';

/** Props of {@link TokenVerification}. */
export interface TokenVerificationProps {
  /** Whose tokens are trusted. */
  readonly auth: RealtimeAuth;
  /** What becomes of the secret when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts the secret.
   *
   * @default - a key that AWS manages
   */
  readonly encryptionKey?: IKey;
}

/** What a function needs to verify tokens: the network's secret, or the address of an issuer's keys. */
export class TokenVerification extends Construct {
  /** The secret that signs tokens; undefined when an issuer does. */
  public readonly secret?: ISecret;
  /** The variables that lambda/adapters/tokens.ts reads. */
  public readonly environment: Record<string, string>;
  /** The rights that go with them. */
  public readonly permissions: PolicyStatement[];

  public constructor(scope: Construct, id: string, props: TokenVerificationProps) {
    super(scope, id);
    const { issuerUrl, audience, jwksUri } = props.auth;
    if (issuerUrl !== undefined && audience !== undefined && jwksUri !== undefined) {
      this.environment = { TOKEN_ISSUER: issuerUrl, TOKEN_AUDIENCE: audience, TOKEN_JWKS_URI: jwksUri };
      this.permissions = [];
      return;
    }
    const secret = new Secret(this, 'Secret', {
      description: 'Signs the tokens of a cdk-realtime network',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: props.removalPolicy,
      ...(props.encryptionKey === undefined ? {} : { encryptionKey: props.encryptionKey }),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Rotating the secret ends every token that was signed with it: when is for the user to choose',
    });
    this.secret = secret;
    this.environment = { TOKEN_SECRET_ARN: secret.secretArn };
    this.permissions = [
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] }),
      ...(props.encryptionKey === undefined
        ? []
        : [new PolicyStatement({ actions: ['kms:Decrypt'], resources: [props.encryptionKey.keyArn] })]),
    ];
  }
}
