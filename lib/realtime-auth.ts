import { isKnown, type PropCheck } from './util/prop-check';

/** An identity provider whose tokens the network trusts. */
export interface TokenIssuerOptions {
  /** The tokens' `iss` claim, to the letter: an https URL, such as `https://cognito-idp.eu-west-1.amazonaws.com/<pool>`. */
  readonly issuer: string;
  /** The tokens' `aud` claim. Not empty. */
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
   * capabilities in their `cap` claim. The options are checked by the construct that it is given to.
   */
  public static issuer(options: TokenIssuerOptions): RealtimeAuth {
    const { audience } = options;
    // Without types, an environment variable that is not set gets here; it must not mean the network's own secret.
    const issuer = options.issuer as string | undefined;
    const jwksUri = options.jwksUri ?? `${issuer?.replace(/\/$/, '')}/.well-known/jwks.json`;
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

  /**
   * Notes what is wrong with it; `prop` is where it stands in the props of the construct that it was given to.
   *
   * @internal
   */
  public _check(check: PropCheck, prop: string): void {
    const { issuerUrl, audience, jwksUri } = this;
    if (jwksUri === undefined) return;
    const mustBeHttps = (name: string, got: string | undefined): void => {
      check.check(isHttps(got), `${prop}.${name}`, 'must be an https URL', got, EXAMPLE);
    };
    mustBeHttps('issuer', issuerUrl);
    // One that was made from the issuer is as wrong as the issuer, and that is said already.
    if (!jwksUri.startsWith(String(issuerUrl))) mustBeHttps('jwksUri', jwksUri);
    check.check(
      !isKnown(audience) || Boolean(audience?.trim()),
      `${prop}.audience`,
      'must not be empty',
      audience,
      'Name the audience that your tokens carry in `aud`.',
    );
  }
}

const EXAMPLE = 'For example `https://example.eu.auth0.com/`.';

/** A token may turn out to be any address, unless its beginning is known to be another scheme. */
function isHttps(text: string | undefined): boolean {
  if (text === undefined) return false;
  return isKnown(text) ? URL.canParse(text) && text.startsWith('https://') : !/^http:/i.test(text);
}
