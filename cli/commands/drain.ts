import { setTimeout as wait } from 'node:timers/promises';
import { evacuated } from '../../lib/contract/drain-marks';
import { confirm } from '../confirm';
import { readDuration } from '../duration';
import { DNS_TIME, type RegionLoad, loadOf, moveAway, type MoveOutcome } from '../network/move-connections';
import {
  candidatesOf,
  findVia,
  requireSuccess,
  requireMember,
  NetworkControl,
  lastRegionError,
} from '../network/network-control';
import { type Network, type NetworkOptions, whichNetwork } from '../network/which-network';

export interface DrainOptions extends NetworkOptions {
  readonly via?: string;
  readonly within?: string;
  readonly once: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** The changes that the command is about to make. */
interface Plan {
  readonly network: Network;
  readonly region: string;
  /** Region in whose replica the mark is written. */
  readonly via: string;
  /** When the region was drained before; undefined when it is in service. Milliseconds since 1970. */
  readonly marked: number | undefined;
  /** The regions that stay in service. */
  readonly others: readonly string[];
  /** Time in which connections move, from `--within`. Milliseconds. */
  readonly fixedWithin: number | undefined;
  readonly load: RegionLoad;
  /** Whether to repeat until the region is empty. Without a domain, clients would reconnect to the region. */
  readonly isRepeated: boolean;
}

/** Takes a region out of service: new connections go to other regions, and existing ones are asked to move. */
export async function drain(region: string, options: DrainOptions): Promise<void> {
  const network = whichNetwork(options);
  const control = new NetworkControl(network);
  const print = (text: string): void => {
    if (!options.json) process.stdout.write(`${text}\n`);
  };
  const plan = await planOf(control, network, region, options);
  print(describe(plan));
  await confirm(options);
  const since = plan.marked ?? (await mark(control, plan));
  const outcome = await moveAway({ control, print, now: Date.now, wait }, { ...plan, since });
  const undo = `npx cdk-realtime return ${region}${flagsOf(options)}`;
  print(`${summary(plan, outcome)}\nTo undo: ${undo}`);
  if (!options.json) return;
  const { via, load } = plan;
  const { problem, ...counts } = outcome;
  const { connections, within } = load;
  const line = { network: network.name, region, via, since, connections, within, ...counts, problem, undo };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** @throws RealtimeError cli_usage, region_last or aws_call_failed */
async function planOf(
  control: NetworkControl,
  network: Network,
  region: string,
  { via: given, within, once }: DrainOptions,
): Promise<Plan> {
  requireMember(network, region);
  const fixedWithin = within === undefined ? undefined : readDuration('--within', within) * 1000;
  // The mark is not written in the region's own replica: a fault of the region may keep it from being replicated.
  const peers = network.regions.filter((one) => one !== region);
  if (peers.length === 0) throw lastRegionError(network);
  const { via, marks } = await findVia(control, candidatesOf(given, peers));
  const marked = marks.get(region);
  // A new mark has the latest time.
  const out = evacuated(network.regions, new Map([...marks, [region, marked ?? Infinity]]));
  if (!out.has(region)) {
    const more = ` Its mark has no effect until another region is returned. Remove it with \`return ${region}\`.`;
    throw lastRegionError(network, marked === undefined ? '' : more);
  }
  const others = peers.filter((one) => !out.has(one));
  const isRepeated = !once && network.hasDomain !== false;
  return {
    network,
    region,
    via,
    marked,
    others,
    fixedWithin,
    load: await loadOf(control, region, fixedWithin),
    isRepeated,
  };
}

function describe({ network, region, via, marked, others, load }: Plan): string {
  const { name, hasDomain } = network;
  const { connections, within, problem } = load;
  const condition = hasDomain === undefined ? ', if the network has a domain' : '';
  return [
    marked === undefined
      ? `Mark ${region} of ${name} as drained, in ${via}.`
      : `${region} of ${name} is drained since ${new Date(marked).toISOString()}.`,
    hasDomain === false
      ? 'New connections are not redirected, because the network has no domain.'
      : `New connections go to ${others.join(', ')}${condition}.`,
    problem === undefined
      ? `Move its ${connections} connections within ${within / 1000} s.`
      : `The number of its connections is unknown (${problem}). Move all of them within ${within / 1000} s.`,
  ].join('\n');
}

/**
 * Marks the region, then checks that the mark has an effect: other regions may have been drained at the same time, or in replicas
 * whose marks had not been replicated yet. A mark without effect would take the region out of service later, when another is returned.
 *
 * @returns the time of the mark. Milliseconds since 1970
 * @throws RealtimeError region_last or aws_call_failed
 */
async function mark(control: NetworkControl, { network, region, via }: Plan): Promise<number> {
  const since = Date.now();
  await requireSuccess(`${region} can't be marked`, control.mark(via, region, since));
  // All replicas are read. A concurrent drain of another region also writes before it reads, so at least one sees the other's mark.
  const replicas = await Promise.allSettled(network.regions.map((one) => control.marks(one)));
  const known = replicas.flatMap((replica) => (replica.status === 'fulfilled' ? [...replica.value] : []));
  if (evacuated(network.regions, new Map([...known, [region, since]])).has(region)) return since;
  await requireSuccess(`${region} can't be returned`, control.unmark(via, region, Date.now()));
  throw lastRegionError(network, ` The others were drained before. The mark of ${region} was removed.`);
}

function summary(
  { region, network, isRepeated }: Plan,
  { moved, gone, failed, problem, isEmpty }: MoveOutcome,
): string {
  if (problem !== undefined && moved + gone + failed === 0) {
    return `${region} is drained. It does not answer (${problem}). Its clients reconnect to other regions when their connections break.`;
  }
  const lines = [`${region} is drained: ${moved} connections were asked to move, ${gone} were already closed.`];
  if (failed > 0)
    lines.push(`${failed} could not be reached. They move when API Gateway closes them, within two hours.`);
  if (problem !== undefined) lines.push(`The region stopped answering (${problem}). Run this again to move the rest.`);
  else if (isEmpty) lines.push('The region has no connections any more.');
  else if (network.hasDomain === false)
    lines.push('Clients with its address still connect. Remove the address from them, then run this again.');
  else if (isRepeated)
    lines.push('Some clients still connect without the domain. Give them its addresses, then run this again.');
  else
    lines.push(
      `DNS returns the region for up to ${DNS_TIME / 1000} s more. Run this again to move clients that connect until then.`,
    );
  return lines.join('\n');
}

/** The options that the command to undo needs as well. */
function flagsOf({ network, regions, channelsTable, assembly }: NetworkOptions): string {
  const flags = { network, regions, 'channels-table': channelsTable, assembly };
  return Object.entries(flags)
    .map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`))
    .join('');
}
