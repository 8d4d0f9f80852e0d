import { candidatesOf, findVia, must, mustBeOf, NetworkControl } from '../network/network-control';
import { type NetworkOptions, whichNetwork } from '../network/which-network';

export interface ReturnOptions extends NetworkOptions {
  readonly via?: string;
  readonly json: boolean;
}

/** Takes a drained region back into service. */
export async function bringBack(region: string, options: ReturnOptions): Promise<void> {
  const network = whichNetwork(options);
  mustBeOf(network, region);
  const control = new NetworkControl(network);
  // The region itself comes last: where it is ill, it may take long to answer. But it may be the only one that does.
  const others = network.regions.filter((one) => one !== region);
  const { via, marks } = await findVia(control, candidatesOf(options.via, [...others, region]));
  const wasDrained = marks.has(region);
  // Written in any case: a mark may be on its way from another replica.
  await must(`${region} can't be returned`, control.unmark(via, region, Date.now()));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ network: network.name, region, via, wasDrained })}\n`);
    return;
  }
  const before = wasDrained ? `${region} is in service again` : `${region} was not drained`;
  process.stdout.write(`${before}. Clients come back as they reconnect: within two hours, or sooner.\n`);
}
