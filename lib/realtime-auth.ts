import { isKnown, PropCheck } from './private/validation';

/** An identity provider whose tokens the network trusts. */
export interface TokenIssuerOptions {
  /** The tokens' `iss` claim: an https URL, such as `https://cognito-idp.eu-west-1.amazonaws.com/<pool>`. */
  readonly issuer: string;
  /** The tokens' `aud` claim. */
  readonly audience: string;
  /**
   * Where the issuer publishes its keys.
   *
   * @default - the issuer, followed by /.well-known/jwks.json
   */
  readonly jwksUri?: string;
}

/** How the network knows who somebody is. Every connection and every HTTP request carries a JWT; nothing is open. */
export class RealtimeAuth {
  /**
   * Tokens signed (HS256) with a secret that the stack makes in Secrets Manager. Your backend mints them with
   * `mintToken` of `cdk-realtime-client/token`, and you with `cdk-realtime token`.
   */
  public static networkSecret(): RealtimeAuth {
    return new RealtimeAuth(undefined, undefined, undefined);
  }

  /**
   * Tokens of an identity provider, verified against the keys it publishes (RS256, ES256 or EdDSA). They carry the
   * capabilities in their `cap` claim.
   *
   * @throws Error 61000 prop_invalid
   */
  public static issuer(options: TokenIssuerOptions): RealtimeAuth {
    const { issuer, audience } = options;
    const jwksUri = options.jwksUri ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`;
    const check = new PropCheck();
    const isHttps = (text: string): boolean => !isKnown(text) || (URL.canParse(text) && text.startsWith('https://'));
    const example = 'For example `https://example.eu.auth0.com/`.';
    check.check(isHttps(issuer), 'issuer', 'must be an https URL', issuer, example);
    check.check(isHttps(jwksUri), 'jwksUri', 'must be an https URL', jwksUri, example);
    check.check(
      audience !== '',
      'audience',
      'must not be empty',
      audience,
      'Name the audience your tokens carry in `aud`.',
    );
    check.throwIfAny();
    return new RealtimeAuth(issuer, audience, jwksUri);
  }

  private constructor(
    /** The trusted issuer; undefined when tokens are signed with the network's own secret. */
    public readonly issuerUrl: string | undefined,
    /** The audience that tokens of the issuer must carry. */
    public readonly audience: string | undefined,
    /** Where the issuer's keys are. */
    public readonly jwksUri: string | undefined,
  ) {}
}
