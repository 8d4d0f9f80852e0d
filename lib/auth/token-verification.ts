import { ArnFormat, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { HandlerEnvironment } from '../contract/environment';
import { partName } from '../contract/names';
import type { RegionContext } from '../network/region-context';
import type { RealtimeAuth } from '../realtime-auth';
import { allow, useKey } from '../util/iam';
import { TokenSecret } from './token-secret';

/** Props of {@link TokenVerification}. */
export interface TokenVerificationProps {
  /** Which tokens are accepted. */
  readonly auth: RealtimeAuth;
  /** Removal policy of the secret. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts the secret.
   *
   * @default - a key that AWS manages
   */
  readonly encryptionKey?: IKey;
  /**
   * The network whose secret signs tokens.
   *
   * @default - a secret is created here
   */
  readonly regionContext?: RegionContext;
}

/** What functions need to verify tokens: access to the secret, or the URL of an issuer's keys. */
export class TokenVerification extends Construct {
  /** The secret that signs tokens; undefined with an issuer. */
  public readonly secret?: ISecret;
  /** Variables of functions that verify tokens (lambda/adapters/tokens.ts). */
  public readonly environment: HandlerEnvironment;
  /** Permissions of functions that verify tokens. */
  public readonly permissions: PolicyStatement[];

  public constructor(scope: Construct, id: string, props: TokenVerificationProps) {
    super(scope, id);
    const { auth, removalPolicy, encryptionKey, regionContext } = props;
    const { issuerUrl, audience, jwksUri } = auth;
    if (issuerUrl !== undefined && audience !== undefined && jwksUri !== undefined) {
      this.environment = { TOKEN_ISSUER: issuerUrl, TOKEN_AUDIENCE: audience, TOKEN_JWKS_URI: jwksUri };
      this.permissions = [];
      return;
    }
    const secret =
      regionContext === undefined
        ? new TokenSecret(this, 'Secret', { removalPolicy, encryptionKey })
        : networkSecret(this, regionContext, encryptionKey);
    this.secret = secret;
    this.environment = { TOKEN_SECRET_ARN: secret.secretArn };
    this.permissions = [
      // Secrets Manager appends a hyphen and six characters to the name.
      allow(['secretsmanager:GetSecretValue'], secret.secretFullArn ?? `${secret.secretArn}-??????`),
      ...useSecretKey(this, encryptionKey),
    ];
  }
}

/** This region's replica of a network's secret. */
function networkSecret(scope: Construct, { networkName }: RegionContext, encryptionKey: IKey | undefined): ISecret {
  const secretPartialArn = partialArn(scope, partName(networkName, 'token-key'));
  if (encryptionKey === undefined) return Secret.fromSecretPartialArn(scope, 'Secret', secretPartialArn);
  const secret = Secret.fromSecretAttributes(scope, 'Secret', { secretPartialArn, encryptionKey });
  const grantRead = secret.grantRead.bind(secret);
  // The CDK would allow use of the key only in the key's policy, which it can't change for an imported key.
  secret.grantRead = (grantee, versionStages) => {
    for (const statement of useSecretKey(scope, encryptionKey)) {
      grantee.grantPrincipal.addToPrincipalPolicy(statement);
    }
    return grantRead(grantee, versionStages);
  };
  return secret;
}

/** The permission on a secret's key that reading the secret needs. */
function useSecretKey(scope: Construct, key: IKey | undefined): PolicyStatement[] {
  return useKey(key?.keyArn, `secretsmanager.${Stack.of(scope).region}`, ['kms:Decrypt']);
}

/** ARN of a secret of this region, without the suffix that Secrets Manager appends. */
function partialArn(scope: Construct, resourceName: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName,
  });
}
