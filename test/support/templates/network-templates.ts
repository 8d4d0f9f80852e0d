import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Namespace, RealtimeNetwork, type RealtimeNetworkProps } from '../../../lib';

/** As many regions as a test needs, in an order that is not the alphabet's. */
export const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2', 'us-west-2', 'ap-northeast-1'];

/** A network called `Chat`, with two regions unless told otherwise. */
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

/** The templates of a network's stacks, by what the stack is for: `global`, `routing`, or a region. */
export function networkTemplates(network: RealtimeNetwork): Record<string, Template> {
  const { globalStack, routingStack, regionalStacks } = network;
  return {
    ...(globalStack === undefined ? {} : { global: Template.fromStack(globalStack) }),
    ...Object.fromEntries(regionalStacks.map((stack) => [stack.region, Template.fromStack(stack)])),
    ...(routingStack === undefined ? {} : { routing: Template.fromStack(routingStack) }),
  };
}

/**
 * A regional template as it would be anywhere: its own region stands as `<own>`, the network's others as `<peer>`, in lists too,
 * where each has its place; what is read from the global stack is read in any region alike; and hashes, which tell of
 * where a construct stands in the tree, are masked.
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
  // All regions in a row: names (ORIGINS, metadata), or the hosts of each.
  const name = '<(?:own|peer)>';
  const rows = [name, `"${name}"`, `\\\\"${name}\\\\":\\\\"wss://ws-${name}\\.[a-z.]+\\\\"`];
  return JSON.parse(
    rows.reduce(
      (rest, item) => rest.replace(new RegExp(`${item}(?:,${item})+`, 'g'), (row) => row.split(',').sort().join(',')),
      masked,
    ),
  );
}
