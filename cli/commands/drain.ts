import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { evacuated } from '../../lib/contract/drain-marks';
import { RealtimeError } from '../../protocol';
import { readDuration } from '../duration';
import { DNS_TIME, type Load, loadOf, moveAway, type Outcome } from '../network/move-connections';
import { candidatesOf, findVia, must, mustBeOf, NetworkControl, nobodyLeft } from '../network/network-control';
import { type Network, type NetworkOptions, whichNetwork } from '../network/which-network';

export interface DrainOptions extends NetworkOptions {
  readonly via?: string;
  readonly within?: string;
  readonly once: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** What is going to happen. */
interface Plan {
  readonly network: Network;
  readonly region: string;
  /** Where the mark is written. */
  readonly via: string;
  /** Since when it is drained already, if it is. Milliseconds since 1970. */
  readonly marked: number | undefined;
  /** The regions that stay in service. */
  readonly others: readonly string[];
  /** In how much time connections are to move, if that was given. Milliseconds. */
  readonly fixed: number | undefined;
  readonly load: Load;
  /** Whether connections are told again: without a domain, they would come back. */
  readonly isRepeated: boolean;
}

/** Takes a region out of service: new connections go elsewhere, and those that it has are told to. */
export async function drain(region: string, options: DrainOptions): Promise<void> {
  const network = whichNetwork(options);
  const control = new NetworkControl(network);
  const say = (text: string): void => {
    if (!options.json) process.stdout.write(`${text}\n`);
  };
  const plan = await planOf(control, network, region, options);
  say(describe(plan));
  await confirm(options);
  const since = plan.marked ?? (await mark(control, plan));
  const outcome = await moveAway({ control, say, now: Date.now, wait }, { ...plan, since });
  const undo = `npx cdk-realtime return ${region}${flagsOf(options)}`;
  say(`${summary(plan, outcome)}\nTo undo: ${undo}`);
  if (!options.json) return;
  const { via, load } = plan;
  const { problem, ...told } = outcome;
  const { connections, within } = load;
  const line = { network: network.name, region, via, since, connections, within, ...told, problem, undo };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** @throws RealtimeError cli_usage, region_last or aws_call_failed */
async function planOf(
  control: NetworkControl,
  network: Network,
  region: string,
  { via: given, within, once }: DrainOptions,
): Promise<Plan> {
  mustBeOf(network, region);
  const fixed = within === undefined ? undefined : readDuration('--within', within) * 1000;
  // Not in its own replica: what is wrong with the region may keep the mark from the others.
  const peers = network.regions.filter((one) => one !== region);
  if (peers.length === 0) throw nobodyLeft(network);
  const { via, marks } = await findVia(control, candidatesOf(given, peers));
  const marked = marks.get(region);
  // A new mark is the last one.
  const out = evacuated(network.regions, new Map([...marks, [region, marked ?? Infinity]]));
  if (!out.has(region)) {
    const more = ` Its mark counts for nothing, until another region is returned: take it back with \`return ${region}\`.`;
    throw nobodyLeft(network, marked === undefined ? '' : more);
  }
  const others = peers.filter((one) => !out.has(one));
  const isRepeated = !once && network.hasDomain !== false;
  return { network, region, via, marked, others, fixed, load: await loadOf(control, region, fixed), isRepeated };
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
      ? 'Nothing leads new connections elsewhere: the network has no domain.'
      : `New connections go to ${others.join(', ')}${condition}.`,
    problem === undefined
      ? `Tell its ${connections} connections to move within ${within / 1000} s.`
      : `It does not tell how many connections it has (${problem}). Tell them all to move within ${within / 1000} s.`,
  ].join('\n');
}

/**
 * Marks the region, and looks whether the mark counts: others may have been drained meanwhile, or in replicas whose marks had
 * not come to the one that was asked. A mark that does not count would take the region out some day, when another is returned.
 *
 * @returns since when it is drained. Milliseconds since 1970
 * @throws RealtimeError region_last or aws_call_failed
 */
async function mark(control: NetworkControl, { network, region, via }: Plan): Promise<number> {
  const since = Date.now();
  await must(`${region} can't be marked`, control.mark(via, region, since));
  // All are asked, since whoever drains another region at this moment writes first and then reads, too: one sees the other.
  const replicas = await Promise.allSettled(network.regions.map((one) => control.marks(one)));
  const known = replicas.flatMap((replica) => (replica.status === 'fulfilled' ? [...replica.value] : []));
  if (evacuated(network.regions, new Map([...known, [region, since]])).has(region)) return since;
  await must(`${region} can't be returned`, control.unmark(via, region, Date.now()));
  throw nobodyLeft(network, ` The others were drained before: ${region} was returned at once.`);
}

function summary({ region, network, isRepeated }: Plan, { moved, gone, failed, problem, isEmpty }: Outcome): string {
  if (problem !== undefined && moved + gone + failed === 0) {
    return `${region} is drained. It does not answer (${problem}): its clients come by themselves, as their connections break.`;
  }
  const lines = [`${region} is drained: ${moved} connections told to move, ${gone} were gone already.`];
  if (failed > 0) lines.push(`${failed} could not be told: they come as their connections end, within two hours.`);
  if (problem !== undefined) lines.push(`It stopped answering (${problem}): run this again to tell the rest.`);
  else if (isEmpty) lines.push('Nobody is connected there any more.');
  else if (network.hasDomain === false)
    lines.push('Clients that have its address still come: take it from them, then run this again.');
  else if (isRepeated)
    lines.push('Some still come, who do not go by the domain: give them its addresses, then run this again.');
  else lines.push(`DNS leads clients there for up to ${DNS_TIME / 1000} s more: run this again to tell those.`);
  return lines.join('\n');
}

async function confirm({ yes, json }: DrainOptions): Promise<void> {
  if (yes) return;
  if (json || !process.stdin.isTTY) {
    throw new RealtimeError('cli_usage', '--yes is needed where nobody can be asked. Nothing was done.');
  }
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await ask.question('Go on? (y/N) ');
  ask.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new RealtimeError('cli_usage', 'Nothing was done.');
}

/** What the command that undoes it must be told as well. */
function flagsOf({ network, regions, channelsTable, assembly }: NetworkOptions): string {
  const flags = { network, regions, 'channels-table': channelsTable, assembly };
  return Object.entries(flags)
    .map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`))
    .join('');
}
