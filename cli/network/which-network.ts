import path from 'node:path';
import { partName } from '../../lib/contract/names';
import type { NetworkMetadata } from '../../lib/contract/template-metadata';
import { readAssembly } from '../../local';
import { RealtimeError } from '../../protocol';
import { readDevState } from '../server/dev-state';
import { metadataOf } from '../../load/clients/local-networks';

/** Options that select a network of several regions. */
export interface NetworkOptions {
  readonly network?: string;
  readonly regions?: string;
  readonly channelsTable?: string;
  readonly assembly?: string;
}

/** A network of several regions, in AWS or in the local cloud. */
export interface Network extends NetworkMetadata {
  /** Endpoints of the emulated AWS APIs by region; undefined for AWS. */
  readonly endpoints: ReadonlyMap<string, string> | undefined;
  /** Whether clients find its regions by a domain; undefined when that is unknown. */
  readonly hasDomain: boolean | undefined;
}

/**
 * The network in AWS that `--network` and `--regions` or `--assembly` select, or else that of the local cloud.
 *
 * @throws RealtimeError cli_usage, assembly_missing, assembly_invalid or local_unreachable
 */
export function whichNetwork({ network: name, regions, channelsTable, assembly }: NetworkOptions): Network {
  if (regions !== undefined && name === undefined) throw new RealtimeError('cli_usage', '--regions needs --network.');
  if (channelsTable !== undefined && regions === undefined)
    throw new RealtimeError(
      'cli_usage',
      '--channels-table needs --network and --regions. Otherwise the name of the table is known.',
    );
  if (regions !== undefined && assembly !== undefined)
    throw new RealtimeError('cli_usage', '--regions and --assembly exclude each other.');
  if (name !== undefined && regions !== undefined) {
    return {
      name,
      regions: regions.split(',').map((one) => one.trim()),
      channelsTable: channelsTable ?? partName(name, 'channels'),
      messagesTable: partName(name, 'messages'),
      endpoints: undefined,
      hasDomain: undefined,
    };
  }
  if (assembly !== undefined) {
    const stacks = readAssembly(path.resolve(assembly));
    const all = stacks.flatMap(({ template }) => Object.values(metadataOf(template.Metadata)));
    return {
      ...selectNetwork(all.flatMap(withDomain), name, `The assembly ${assembly}`),
      endpoints: undefined,
    };
  }
  if (name !== undefined) throw new RealtimeError('cli_usage', '--network needs --regions or --assembly.');
  const running = readDevState().regions;
  const found = selectNetwork(running.flatMap(withDomain), undefined, 'The local cloud of this folder');
  const members = running.filter(({ network }) => network?.name === found.name);
  return { ...found, endpoints: new Map(members.map(({ region, aws }) => [region, aws])) };
}

function withDomain({ network, domain }: { readonly network?: NetworkMetadata; readonly domain?: string }) {
  return network === undefined ? [] : [{ ...network, hasDomain: domain !== undefined }];
}

/**
 * The network with a name; without a name, the only network.
 *
 * @param where the source of the networks, for errors
 * @throws RealtimeError cli_usage, with the names of the networks
 */
export function selectNetwork<N extends { readonly name: string }>(
  networks: readonly N[],
  name: string | undefined,
  where: string,
): N {
  const all = new Map(networks.map((network) => [network.name, network]));
  const names = [...all.keys()];
  const [only] = names;
  const found = all.get(name ?? only ?? '');
  if (only === undefined) throw new RealtimeError('cli_usage', `${where} has no network of several regions.`);
  if (name === undefined && names.length > 1) {
    throw new RealtimeError(
      'cli_usage',
      `${where} has several networks. Choose one with --network: ${names.join(', ')}.`,
    );
  }
  if (found === undefined) {
    throw new RealtimeError('cli_usage', `${where} has no network ${name ?? ''}. It has: ${names.join(', ')}.`);
  }
  return found;
}
