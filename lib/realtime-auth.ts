import { isKnown, type PropCheck } from './util/prop-check';

/** An identity provider whose tokens the backend accepts. */
export interface TokenIssuerOptions {
  /** The exact `iss` claim of its tokens: an https URL, such as `https://cognito-idp.eu-west-1.amazonaws.com/<pool>`. */
  readonly issuer: string;
  /** The `aud` claim of its tokens. Not empty. */
  readonly audience: string;
  /**
   * URL of the issuer's JSON Web Key Set: an https URL.
   *
   * @default - the issuer, followed by /.well-known/jwks.json
   */
  readonly jwksUri?: string;
}

/** How the backend authenticates clients and servers. Every connection and every publish by HTTP carries a JWT. */
export class RealtimeAuth {
  /**
   * Accepts tokens signed (HS256) with a secret that the stack creates in Secrets Manager. Your backend signs them with `mintToken`
   * of `cdk-realtime-client/token`; the command line does so with `cdk-realtime token`.
   */
  public static networkSecret(): RealtimeAuth {
    return new RealtimeAuth(undefined, undefined, undefined);
  }

  /**
   * Accepts tokens of an identity provider, verified against its published keys (RS256, ES256 or EdDSA). Their `cap` claim contains
   * the capabilities. The construct that this is passed to validates the options.
   */
  public static issuer(options: TokenIssuerOptions): RealtimeAuth {
    const { audience } = options;
    // In JavaScript, an unset environment variable makes this undefined. It must not select the network's own secret.
    const issuer = options.issuer as string | undefined;
    const jwksUri = options.jwksUri ?? `${issuer?.replace(/\/$/, '')}/.well-known/jwks.json`;
    return new RealtimeAuth(issuer, audience, jwksUri);
  }

  private constructor(
    /** The accepted issuer; undefined when tokens are signed with the network's own secret. */
    public readonly issuerUrl: string | undefined,
    /** The audience that tokens of the issuer must have. */
    public readonly audience: string | undefined,
    /** URL of the issuer's JSON Web Key Set. */
    public readonly jwksUri: string | undefined,
  ) {}

  /**
   * Checks the options of an issuer.
   *
   * @param prop path of this object in the construct's props
   * @internal
   */
  public _check(check: PropCheck, prop: string): void {
    const { issuerUrl, audience, jwksUri } = this;
    if (jwksUri === undefined) return;
    const requireHttps = (name: string, got: string | undefined): void => {
      check.require(isHttps(got), { prop: `${prop}.${name}`, rule: 'must be an https URL', got, fix: EXAMPLE });
    };
    requireHttps('issuer', issuerUrl);
    // A key set URL derived from the issuer is as invalid as the issuer: report it once.
    if (!jwksUri.startsWith(String(issuerUrl))) requireHttps('jwksUri', jwksUri);
    check.require(!isKnown(audience) || Boolean(audience?.trim()), {
      prop: `${prop}.audience`,
      rule: 'must not be empty',
      got: audience,
      fix: 'Use the audience that your tokens have in `aud`.',
    });
  }
}

const EXAMPLE = 'For example `https://example.eu.auth0.com/`.';

/** Whether a URL is https. A token is accepted unless its known beginning is another scheme. */
function isHttps(text: string | undefined): boolean {
  if (text === undefined) return false;
  return isKnown(text) ? URL.canParse(text) && text.startsWith('https://') : !/^http:/i.test(text);
}
