import { RealtimeError } from '../../protocol';
import { deployedRegions, markedRegions } from '../plan/deployed';
import { type Plan, planFrom, type Step } from '../plan/steps';
import { wantedNetwork, type WantedNetwork } from '../plan/wanted';

export interface PlanOptions {
  readonly assembly: string;
  readonly network?: string;
  readonly from?: string;
  readonly json: boolean;
}

/** Prints the deploys that add or remove regions. Changes nothing. */
export async function plan({ assembly, network: name, from, json }: PlanOptions): Promise<void> {
  const network = wantedNetwork(assembly, name);
  const made = from === undefined ? await planFromAws(network) : planFrom(readRegions(from), network);
  process.stdout.write(json ? `${JSON.stringify(made)}\n` : describe(made));
}

async function planFromAws(network: WantedNetwork): Promise<Plan> {
  const from = await deployedRegions(network);
  return planFrom(from, network, from.length === 0 ? undefined : await markedRegions(network));
}

/** @throws RealtimeError cli_usage */
function readRegions(from: string): readonly string[] {
  if (from === 'none') return [];
  const regions = from.split(',').map((one) => one.trim());
  const wrong = regions.find((one) => !/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(one));
  if (wrong !== undefined) {
    throw new RealtimeError(
      'cli_usage',
      `--from takes regions separated by commas, or \`none\`, got: ${JSON.stringify(wrong)}.`,
    );
  }
  if (new Set(regions).size < regions.length)
    throw new RealtimeError('cli_usage', '--from must name each region once.');
  return regions;
}

function describe({ network, from, to, steps }: Plan): string {
  const before = from.length === 0 ? 'not deployed' : from.join(', ');
  const title = `${network}: ${before} -> ${to.join(', ')}`;
  if (steps.length === 0) return `${title}\nNo region needs to be added or removed.\n`;
  return [title, ...steps.map((step, index) => inLines(step, index + 1))].join('\n\n').concat('\n');
}

function inLines({ what, props, commands }: Step, number: number): string {
  const list = (regions: readonly string[]): string => `[${regions.map((one) => `'${one}'`).join(', ')}]`;
  const code =
    props === undefined ? [] : [`regions: ${list(props.regions)},`, `formerRegions: ${list(props.formerRegions)},`];
  const inset = (label: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`   ${label}:`, ...lines.map((line) => `     ${line}`)];
  return [`${number}. ${what}`, ...inset('in the code', code), ...inset('run', commands)].join('\n');
}
