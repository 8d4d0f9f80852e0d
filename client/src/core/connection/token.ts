/**
 * How long a token is valid, if it is a JWT with `exp`. The client only decides with it when to get a new token; it grants nothing.
 *
 * The clock of the client may be wrong. So the result is never longer than the token's whole life (`exp` less `iat`), and a token that
 * seems to be expired is assumed to have its whole life left.
 *
 * @param wallClock milliseconds since 1970, by the client's clock
 * @returns milliseconds; undefined without `exp`
 */
export function remainingLifeOf(token: string, wallClock: number): number | undefined {
  const { exp, iat } = claimsOf(token);
  if (typeof exp !== 'number') return undefined;
  const remaining = exp * 1000 - wallClock;
  const life = typeof iat === 'number' ? (exp - iat) * 1000 : undefined;
  if (remaining <= 0) return life;
  return life === undefined ? remaining : Math.min(remaining, life);
}

function claimsOf(token: string): { readonly exp?: unknown; readonly iat?: unknown } {
  const [, payload] = token.split('.');
  if (payload === undefined) return {};
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
