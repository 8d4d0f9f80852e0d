// Where a server may send its clients: whoever is connected to is shown the token.

/** What a network calls its hosts: `ws.<domain>` for all regions, `ws-<region>.<domain>` for one. docs/decisions/0012 */
const NETWORK_HOST = /^(?<scheme>wss?:)\/\/ws(?:-[a-z]{2,4}(?:-[a-z]+)+-\d)?\.(?<domain>[^.]+\..+)$/;

/**
 * Who is trusted: the hosts that were configured, and other hosts of the same network, under the same domain, and as secure.
 *
 * @param own the addresses that were configured
 */
export function trust(own: readonly string[]): (url: string) => boolean {
  const known = new Set(own.flatMap((url) => [originOf(url), networkOf(url)]).filter((one) => one !== undefined));
  return (url) => [originOf(url), networkOf(url)].some((one) => one !== undefined && known.has(one));
}

/** Scheme, host, and port when it is not the usual one; undefined for what is no URL. */
function originOf(url: string): string | undefined {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return undefined;
  }
}

/** The domain whose network has the host, and its scheme. */
function networkOf(url: string): string | undefined {
  const { scheme, domain } = NETWORK_HOST.exec(originOf(url) ?? '')?.groups ?? {};
  // A blank: no origin is written so.
  return domain === undefined ? undefined : `${scheme} ${domain}`;
}
