import { ArnFormat, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { RealtimeAuth } from '../realtime-auth';
import { TokenSecret } from './token-secret';
import type { NetworkMembership } from '../network/region-context';
import type { HandlerEnvironment } from '../contract/environment';
import { partName } from '../contract/names';
import { allow, useKey } from '../util/iam';

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
  /**
   * The network whose secret it is.
   *
   * @default - the secret is made here
   */
  readonly membership?: NetworkMembership;
}

/** What a function needs to verify tokens: the network's secret, or the address of an issuer's keys. */
export class TokenVerification extends Construct {
  /** The secret that signs tokens; undefined when an issuer does. */
  public readonly secret?: ISecret;
  /** The variables that lambda/adapters/tokens.ts reads. */
  public readonly environment: HandlerEnvironment;
  /** The rights that go with them. */
  public readonly permissions: PolicyStatement[];

  public constructor(scope: Construct, id: string, props: TokenVerificationProps) {
    super(scope, id);
    const { auth, removalPolicy, encryptionKey, membership } = props;
    const { issuerUrl, audience, jwksUri } = auth;
    if (issuerUrl !== undefined && audience !== undefined && jwksUri !== undefined) {
      this.environment = { TOKEN_ISSUER: issuerUrl, TOKEN_AUDIENCE: audience, TOKEN_JWKS_URI: jwksUri };
      this.permissions = [];
      return;
    }
    const key = encryptionKey === undefined ? {} : { encryptionKey };
    const secret =
      membership === undefined
        ? new TokenSecret(this, 'Secret', { removalPolicy, ...key })
        : networkSecret(this, membership, encryptionKey);
    this.secret = secret;
    this.environment = { TOKEN_SECRET_ARN: secret.secretArn };
    this.permissions = [
      // Secrets Manager adds a hyphen and six characters to a name.
      allow(['secretsmanager:GetSecretValue'], secret.secretFullArn ?? `${secret.secretArn}-??????`),
      ...useSecretKey(this, encryptionKey),
    ];
  }
}

/** This region's copy of a network's secret. */
function networkSecret(scope: Construct, { network }: NetworkMembership, encryptionKey: IKey | undefined): ISecret {
  const secretPartialArn = partialArn(scope, partName(network, 'token-key'));
  if (encryptionKey === undefined) return Secret.fromSecretPartialArn(scope, 'Secret', secretPartialArn);
  const secret = Secret.fromSecretAttributes(scope, 'Secret', { secretPartialArn, encryptionKey });
  const grantRead = secret.grantRead.bind(secret);
  // The CDK would allow the use of the key in the key's policy only, and that of a key which is imported it can't change.
  secret.grantRead = (grantee, versionStages) => {
    for (const right of useSecretKey(scope, encryptionKey)) grantee.grantPrincipal.addToPrincipalPolicy(right);
    return grantRead(grantee, versionStages);
  };
  return secret;
}

/** What reading a secret takes of the key that encrypts it. */
function useSecretKey(scope: Construct, key: IKey | undefined): PolicyStatement[] {
  return useKey(key?.keyArn, `secretsmanager.${Stack.of(scope).region}`, ['kms:Decrypt']);
}

/** The ARN of this region's copy, as far as it is known before the secret is made. */
function partialArn(scope: Construct, resourceName: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName,
  });
}
