// Hosts that may receive the token: a server can ask its clients to move to another address.

/** Host names of a network: `ws.<domain>` for all regions, `ws-<region>.<domain>` for one. docs/decisions/0012 */
const NETWORK_HOST = /^(?<scheme>wss?:)\/\/ws(?:-[a-z]{2,4}(?:-[a-z]+)+-\d)?\.(?<domain>[^.]+\..+)$/;

/**
 * Returns whether an address is trusted: it has a configured host, or another host of the same network and domain with the same
 * scheme.
 *
 * @param configured the addresses that the application configured
 */
export function trustedHosts(configured: readonly string[]): (url: string) => boolean {
  const trusted = new Set(
    configured.flatMap((url) => [originOf(url), networkOf(url)]).filter((one) => one !== undefined),
  );
  return (url) => [originOf(url), networkOf(url)].some((one) => one !== undefined && trusted.has(one));
}

/** Scheme, host, and port if it is not the default; undefined if the text is not a URL. */
function originOf(url: string): string | undefined {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return undefined;
  }
}

/** Scheme and domain of the network to which the host belongs. */
function networkOf(url: string): string | undefined {
  const { scheme, domain } = NETWORK_HOST.exec(originOf(url) ?? '')?.groups ?? {};
  // No origin contains a space.
  return domain === undefined ? undefined : `${scheme} ${domain}`;
}
