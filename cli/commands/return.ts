import { candidatesOf, findVia, requireSuccess, requireMember, NetworkControl } from '../network/network-control';
import { type NetworkOptions, whichNetwork } from '../network/which-network';

export interface ReturnOptions extends NetworkOptions {
  readonly via?: string;
  readonly json: boolean;
}

/** Takes a drained region back into service. */
export async function returnRegion(region: string, options: ReturnOptions): Promise<void> {
  const network = whichNetwork(options);
  requireMember(network, region);
  const control = new NetworkControl(network);
  // The region itself is tried last, because an impaired region may take long to answer. But it may be the only one that answers.
  const others = network.regions.filter((one) => one !== region);
  const { via, marks } = await findVia(control, candidatesOf(options.via, [...others, region]));
  const wasDrained = marks.has(region);
  // Written in any case, because a mark may not have been replicated yet.
  await requireSuccess(`${region} can't be returned`, control.unmark(via, region, Date.now()));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ network: network.name, region, via, wasDrained })}\n`);
    return;
  }
  const before = wasDrained ? `${region} is in service again` : `${region} was not drained`;
  process.stdout.write(`${before}. Clients return when they reconnect, within two hours.\n`);
}
