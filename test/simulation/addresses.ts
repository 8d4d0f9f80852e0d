// The URLs of a simulated network.

/** The network's address: resolves to the nearest region in service. */
export const NETWORK_URL = 'wss://main';

/** A region's regional address. */
export function regionUrl(region: string): string {
  return `wss://${region}`;
}
