// What `dev` prints when the local cloud is ready.
import type { Cloud } from '../../local';
import type { LocalNetwork } from '../../load/clients/local-networks';

/** A stack that runs, in the output of `dev --json`. */
export interface StackSummary {
  readonly name: string;
  readonly region: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A stage of a WebSocket or HTTP API, in the output of `dev --json`. */
export interface ApiSummary {
  readonly region: string;
  readonly stack: string;
  readonly id: string;
  readonly name: string;
  /** The API's `ProtocolType`. */
  readonly kind: 'WEBSOCKET' | 'HTTP';
  /** Absent when the API has no stage. */
  readonly stage?: string;
  /** Absent when the API has no stage. */
  readonly url?: string;
}

export interface SummaryOptions {
  /** URL of the chat page. */
  readonly page: string;
  readonly cloud: Cloud;
  readonly networks: readonly LocalNetwork[];
  readonly token: string | undefined;
}

const KINDS = { WEBSOCKET: 'WebSocket', HTTP: 'HTTP' } as const;

/** Every stack of a cloud. */
export function stacksOf(cloud: Cloud): readonly StackSummary[] {
  return cloud.regions.flatMap(({ region, stacks }) => stacks.map(({ name, outputs }) => ({ name, region, outputs })));
}

/** Endpoint of the emulated AWS APIs by region: values for `AWS_ENDPOINT_URL`. */
export function endpointsOf(cloud: Cloud): Readonly<Record<string, string>> {
  return Object.fromEntries(cloud.regions.map(({ region, endpoint }) => [region, endpoint]));
}

/** Every WebSocket and HTTP API of a cloud, once for each of its stages. */
export function apisOf(cloud: Cloud): readonly ApiSummary[] {
  return cloud.regions.flatMap(({ region, apis }) =>
    apis.map(({ stack, id, name, protocol, stage, url }) => ({ region, stack, id, name, kind: protocol, stage, url })),
  );
}

/** The text that `dev` prints without `--json`. */
export function devSummary({ page, cloud, networks, token }: SummaryOptions): string {
  const lines = ['', `  Chat page   ${page}`, ''];
  for (const { region, endpoint } of cloud.regions) {
    lines.push(`  ${region}`, `    AWS APIs  ${endpoint}  (AWS_ENDPOINT_URL; keys local / local)`, '');
    lines.push(...apiLines(cloud, region), ...outputLines(cloud, region));
  }
  if (networks.length === 0) lines.push('  This assembly has no RealtimeApi. Its other resources run.', '');
  if (cloud.unsupported.length > 0) {
    lines.push('  Not emulated:');
    for (const { stack, logicalId, type, meaning } of cloud.unsupported)
      lines.push(`    ${stack} ${logicalId} (${type}): ${meaning}`);
    lines.push('');
  }
  if (token !== undefined) lines.push('  Token (allows everything, for a day)', `    ${token}`, '');
  lines.push(
    '  In another terminal, in this folder:',
    '    npx cdk-realtime tail chat:lobby',
    '    npx cdk-realtime publish chat:lobby \'{"text":"hello"}\'',
    '',
    '  Ctrl-C stops it.',
    '',
  );
  return `${lines.join('\n')}\n`;
}

function apiLines(cloud: Cloud, region: string): readonly string[] {
  const apis = apisOf(cloud).filter((one) => one.region === region);
  return section(
    ['API', 'Kind', 'Stack', 'URL'],
    apis.map(({ name, kind, stack, url = '(no stage)' }) => [name, KINDS[kind], stack, url]),
  );
}

function outputLines(cloud: Cloud, region: string): readonly string[] {
  const stacks = stacksOf(cloud).filter((one) => one.region === region);
  return section(
    ['Stack', 'Output', 'Value'],
    stacks.flatMap(({ name, outputs }) => Object.entries(outputs).map(([output, value]) => [name, output, value])),
  );
}

/** A table with aligned columns, and an empty line; nothing without rows. */
function section(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return [...lines.map((line) => `    ${line.trimEnd()}`), ''];
}
