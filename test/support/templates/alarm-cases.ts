import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { ChannelOrdering, Namespace, RealtimeApi, RealtimeDomain, type RealtimeNetworkProps } from '../../../lib';
import type { LintOptions } from './alarm-lint';
import type { TemplateJson } from './emitted-metrics';
import { networkTemplates, realtimeNetwork, REGIONS } from './network-templates';
import { readable, realtimeTemplate, resources } from './templates';

export const ALARM = 'AWS::CloudWatch::Alarm';
export const COMPOSITE = 'AWS::CloudWatch::CompositeAlarm';

/** A template, and the context to lint its alarms with. */
export interface AlarmCase extends LintOptions {
  readonly name: string;
  readonly template: Template;
}

const namespaces = [Namespace.durable('chat'), Namespace.durable('orders', { ordering: ChannelOrdering.FIFO })];
const domain = RealtimeDomain.newZone('realtime.example');
const tables = { messagesTableName: 'log', channelsTableName: 'state' };

/** Existing global tables of a network. */
function existingTables(regions: readonly string[]): TemplateJson {
  const Replicas = regions.map((Region) => ({ Region }));
  const table = (TableName: string) => ({ Type: 'AWS::DynamoDB::GlobalTable', Properties: { TableName, Replicas } });
  return { Resources: { Log: table('log'), State: table('state') } };
}

function ofNetwork(name: string, props: Partial<RealtimeNetworkProps>, more: TemplateJson[] = []): AlarmCase[] {
  const { global, ...rest } = networkTemplates(realtimeNetwork({ namespaces, ...props }).network);
  const others = [...(global === undefined ? [] : [global.toJSON() as TemplateJson]), ...more];
  return [
    ...(global === undefined ? [] : [{ name: `${name}, global`, template: global }]),
    ...Object.entries(rest).map(([stack, template]) => ({
      name: `${name}, ${stack}`,
      template,
      others,
      region: stack === 'routing' ? 'us-east-1' : stack,
    })),
  ];
}

/** A backend with long names: names, descriptions and composite rules of alarms have maximum lengths. */
function longNames(): Template {
  const stack = new Stack(new App(), 'S'.repeat(128));
  const scope = new Construct(new Construct(stack, 'Long'.repeat(30)), 'Longer'.repeat(15));
  new RealtimeApi(scope, 'Realtime', { namespaces });
  return Template.fromStack(stack);
}

/**
 * Templates of backends and networks of different sizes and options.
 *
 * @param only names of the backends and networks to synthesize
 * @default all of them
 */
export function alarmCases(only?: readonly string[]): AlarmCase[] {
  const two = REGIONS.slice(0, 2);
  const makers: Record<string, (name: string) => AlarmCase[]> = {
    'a backend': (name) => [{ name, template: realtimeTemplate({ namespaces }) }],
    'a backend without FIFO': (name) => [{ name, template: realtimeTemplate() }],
    'the backend with the longest names': (name) => [{ name, template: longNames() }],
    ...Object.fromEntries(
      [1, 2, 3, 5].map((size) => [
        `network of ${size}`,
        (name: string) => ofNetwork(name, { regions: REGIONS.slice(0, size), domain }),
      ]),
    ),
    'network without a domain': (name) => ofNetwork(name, { regions: two }),
    'network with tables of its own': (name) =>
      ofNetwork(name, { regions: two, tables, domain }, [existingTables(two)]),
  };
  return (only ?? Object.keys(makers)).flatMap((name) => makers[name]!(name));
}

/** Names of the alarms of a template, sorted. */
export function alarmNames(template: Template): string[] {
  return resources(template, ALARM)
    .map(([, { Properties }]) => readable(Properties.AlarmName))
    .sort();
}
