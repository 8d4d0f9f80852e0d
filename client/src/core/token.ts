/**
 * When a token expires, if it is a JWT that says so. Only its own bearer trusts this: it decides when to get a new one,
 * never what somebody may do.
 *
 * @returns milliseconds since 1970; undefined when the token does not tell
 */
export function expiryOf(token: string): number | undefined {
  const [, payload] = token.split('.');
  if (payload === undefined) return undefined;
  try {
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown };
    return typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
