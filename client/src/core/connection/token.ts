/**
 * How long a token is good for, if it is a JWT that says so. Only its own bearer trusts this: it decides when to get a new
 * one, never what somebody may do.
 *
 * A clock that is wrong must not let the token run out unnoticed: what remains is never more than the whole life that the
 * token tells of (`exp` less `iat`), and a token just made that seems to be over has that whole life before it.
 *
 * @param wallClock milliseconds since 1970, by the clock here
 * @returns milliseconds from now on; undefined when the token does not tell
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
