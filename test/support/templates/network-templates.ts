import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Namespace, RealtimeDomain, RealtimeNetwork, type RealtimeNetworkProps } from '../../../lib';

/** Regions for tests, not in alphabetical order. */
export const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2', 'us-west-2', 'ap-northeast-1'];

/** A network `Chat`, with two regions by default. */
export function realtimeNetwork(
  props: Partial<RealtimeNetworkProps> = {},
  appProps: AppProps = {},
): { readonly app: App; readonly network: RealtimeNetwork } {
  const app = new App({ treeMetadata: false, ...appProps });
  const regions = REGIONS.slice(0, 2);
  return {
    app,
    network: new RealtimeNetwork(app, 'Chat', { regions, namespaces: [Namespace.durable('chat')], ...props }),
  };
}

/** The templates of a network's stacks, by stack: `global`, `routing`, or a region. */
export function networkTemplates(network: RealtimeNetwork): Record<string, Template> {
  const { globalStack, routingStack, regionalStacks } = network;
  return {
    ...(globalStack === undefined ? {} : { global: Template.fromStack(globalStack) }),
    ...Object.fromEntries(regionalStacks.map((stack) => [stack.region, Template.fromStack(stack)])),
    ...(routingStack === undefined ? {} : { routing: Template.fromStack(routingStack) }),
  };
}

/**
 * A regional template without what differs between regions: the own region becomes `<own>`, the others become `<peer>`, the home
 * region of the global stack becomes `<home>`, and hashes of construct paths are masked.
 */
export function canonical(template: Template, region: string, regions: readonly string[]): unknown {
  const named = (text: string, one: string): string => {
    const name = one === region ? '<own>' : '<peer>';
    // Logical ids have no hyphens; those of alarms have capitals instead.
    const bare = one.replaceAll('-', '');
    const pascal = one.replace(/(?:^|-)./g, (begin) => begin.slice(-1).toUpperCase());
    return [one, bare, pascal].reduce((rest, written) => rest.replaceAll(written, name), text);
  };
  const text = JSON.stringify(template.toJSON()).replace(
    /("Fn::GetStackOutput":\{[^}]*"Region":)"[^"]+"/g,
    '$1"<home>"',
  );
  const masked = regions.reduce(named, text).replace(/[0-9A-F]{8}/g, '<hash>');
  // Lists of all regions (ORIGINS, metadata), or of the host of each: sorted.
  const name = '<(?:own|peer)>';
  const rows = [name, `"${name}"`, `\\\\"${name}\\\\":\\\\"wss://ws-${name}\\.[a-z.]+\\\\"`];
  return JSON.parse(
    rows.reduce(
      (rest, item) => rest.replace(new RegExp(`${item}(?:,${item})+`, 'g'), (row) => row.split(',').sort().join(',')),
      masked,
    ),
  );
}

/** A domain in an existing hosted zone. */
export function inZone(options: object = {}): RealtimeDomain {
  return RealtimeDomain.fromHostedZone({
    domain: 'rt.example.com',
    hostedZoneId: 'Z0123456789ABC',
    zoneName: 'example.com',
    ...options,
  });
}
