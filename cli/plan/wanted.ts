import path from 'node:path';
import type { HandlerEnvironment } from '../../lib/contract/environment';
import { partName, stackName } from '../../lib/contract/names';
import type { NamespacesVariable } from '../../lib/contract/namespaces-variable';
import type { NetworkMetadata } from '../../lib/contract/template-metadata';
import { type AssemblyStack, readAssembly } from '../../local';
import { metadataOf } from '../../load/clients/local-networks';
import { selectNetwork } from '../network/which-network';

/** A network as the app defines it. */
export interface WantedNetwork {
  readonly name: string;
  /** Construct path. */
  readonly path: string;
  /** Its regions, the home first. */
  readonly regions: readonly string[];
  /** Regions that were removed, and whose messages are still read. */
  readonly formerRegions: readonly string[];
  /** Undefined when the app does not set it. */
  readonly account: string | undefined;
  /** Domain of the network; undefined without one. */
  readonly domain: string | undefined;
  /** Whether the network creates its hosted zone. */
  readonly ownsZone: boolean;
  /** Longest retention of its namespaces. Seconds. */
  readonly retention: number;
  readonly tables: WantedTables;
  /** Id of the multi-Region key that encrypts its tables; undefined without one. */
  readonly encryptionKeyId: string | undefined;
}

/** The global tables of a network. */
export interface WantedTables {
  /** Names of the Messages and the Channels table. */
  readonly names: readonly [string, string];
  /** Whether the network creates them; otherwise the app passes existing tables. */
  readonly areOwn: boolean;
  /** Whether replicas are protected against deletion. */
  readonly areProtected: boolean;
}

/** Account id of the local cloud's reader for apps that set no account. */
const ANY_ACCOUNT = '000000000000';

/**
 * The network of several regions in an assembly.
 *
 * @param name of the network. @default - the only network
 *
 * @throws RealtimeError cli_usage; LocalError assembly_missing or assembly_invalid
 */
export function wantedNetwork(assembly: string, name: string | undefined): WantedNetwork {
  const stacks = readAssembly(path.resolve(assembly));
  const networks = stacks.flatMap((stack) =>
    Object.entries(metadataOf(stack.template.Metadata)).flatMap(([constructPath, { network, domain }]) =>
      network === undefined ? [] : [read({ stacks, stack, constructPath, network, domain })],
    ),
  );
  return selectNetwork(networks, name, `The assembly ${assembly}`);
}

function read({
  stacks,
  stack,
  constructPath,
  network: { name, regions, channelsTable },
  domain,
}: {
  readonly stacks: readonly AssemblyStack[];
  /** The stack of a region of the network. */
  readonly stack: AssemblyStack;
  /** Path of the RealtimeApi in that stack. */
  readonly constructPath: string;
  readonly network: NetworkMetadata;
  readonly domain: string | undefined;
}): WantedNetwork {
  const global = stacks.find((one) => one.name === stackName(name, 'global'));
  const variables = variablesOf(stack);
  const { ORIGINS = '', MESSAGES_TABLE = partName(name, 'messages') } = variables;
  const tables = resourcesOf(global, 'AWS::DynamoDB::GlobalTable');
  const replicas = tables.flatMap(({ Replicas }) => Replicas as { readonly DeletionProtectionEnabled?: boolean }[]);
  return {
    name,
    regions,
    domain,
    // `constructPath` is that of a RealtimeApi, which is in the stack of a region, which is in the network.
    path: constructPath.split('/').slice(0, -2).join('/'),
    formerRegions: ORIGINS.split(',').filter((region) => !regions.includes(region)),
    account: stack.accountId === ANY_ACCOUNT ? undefined : stack.accountId,
    ownsZone: resourcesOf(global, 'AWS::Route53::HostedZone').length > 0,
    retention: longestRetention(variables.NAMESPACES),
    tables: {
      names: [MESSAGES_TABLE, channelsTable],
      areOwn: tables.length > 0,
      areProtected: replicas.some(({ DeletionProtectionEnabled }) => DeletionProtectionEnabled === true),
    },
    encryptionKeyId: /key\/(mrk-[0-9a-f]{32})/.exec(JSON.stringify(stack.template))?.[1],
  };
}

/** The environment variables of the functions of a region. */
function variablesOf(stack: AssemblyStack): HandlerEnvironment {
  return resourcesOf(stack, 'AWS::Lambda::Function').reduce<HandlerEnvironment>(
    (all, { Environment }) => ({ ...all, ...(Environment as { readonly Variables?: object } | undefined)?.Variables }),
    {},
  );
}

function resourcesOf(stack: AssemblyStack | undefined, type: string): readonly Readonly<Record<string, unknown>>[] {
  const all = Object.values(stack?.template.Resources ?? {});
  return all.filter(({ Type }) => Type === type).map(({ Properties = {} }) => Properties);
}

function longestRetention(namespaces = '{}'): number {
  const all = Object.values(JSON.parse(namespaces) as NamespacesVariable);
  return Math.max(0, ...all.map(({ retention }) => retention));
}
