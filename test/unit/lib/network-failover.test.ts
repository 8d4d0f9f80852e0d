// RealtimeNetwork: failing deployments, recovery of the zone, and warnings about the capacity for a failover.
import { RemovalPolicy } from 'aws-cdk-lib';
import { ChannelOrdering, Namespace, RealtimeDomain } from '../../../lib';
import type { RealtimeNetworkProps } from '../../../lib';
import { failoverSeconds } from '../../../lib/network/failover-capacity';
import { temporaryFolder } from '../../support/templates/assembly';
import { networkTemplates, realtimeNetwork, REGIONS } from '../../support/templates/network-templates';
import { only, resources } from '../../support/templates/templates';

type Props = Partial<RealtimeNetworkProps>;
const FIFO = Namespace.durable('orders', { ordering: ChannelOrdering.FIFO });
const TABLE = 'AWS::DynamoDB::GlobalTable';

test.each([
  ['off when it is to be destroyed, as it is in its way', RemovalPolicy.DESTROY, false, 'Delete'],
  ['on otherwise', RemovalPolicy.RETAIN, true, 'Retain'],
  ['on by default', undefined, true, 'Retain'],
])('given the removal policy of the zone, then accelerated recovery is %s', (_, removalPolicy, isOn, policy) => {
  const { global } = networkTemplates(
    realtimeNetwork({ domain: RealtimeDomain.newZone('rt.example'), removalPolicy }).network,
  );
  global!.hasResource('AWS::Route53::HostedZone', {
    DeletionPolicy: policy,
    Properties: { HostedZoneFeatures: { EnableAcceleratedRecovery: isOn } },
  });
});

describe('a first deployment that fails', () => {
  const { network } = realtimeNetwork({ domain: RealtimeDomain.newZone('rt.example'), namespaces: [FIFO] });
  const templates = networkTemplates(network);

  test('when it rolls back, then resources with physical names are deleted', () => {
    const NAMES = ['TableName', 'Name', 'QueueName', 'FunctionName', 'RoleName', 'LogGroupName', 'AlarmName'];
    const kept = Object.values(templates).flatMap((template) =>
      Object.values(template.toJSON().Resources as Record<string, any>)
        .filter(
          ({ DeletionPolicy, Properties }) => DeletionPolicy === 'Retain' && NAMES.some((name) => Properties[name]),
        )
        .map(({ Type }) => Type as string),
    );
    // Zone names are not unique, and with accelerated recovery a rollback can't delete a zone.
    expect(kept).toEqual(['AWS::Route53::HostedZone']);
    expect(resources(templates.global!, 'AWS::SecretsManager::Secret')[0]?.[1].DeletionPolicy).toBe(
      'RetainExceptOnCreate',
    );
  });

  test('when another resource fails, then the protected tables are not created yet', () => {
    const all = templates.global!.toJSON().Resources as Record<string, any>;
    const after = (logicalId: string): string[] =>
      [all[logicalId].DependsOn ?? []].flat().map((one: string) => all[one].Type.split('::')[2] as string);
    const tables = resources(templates.global!, TABLE).map(([id, { Properties }]) => [
      Properties.TableName,
      after(id).sort(),
    ]);
    expect(Object.fromEntries(tables)).toEqual({
      'Chat-messages': ['HostedZone', 'Secret'],
      'Chat-channels': ['GlobalTable', 'HostedZone', 'Secret'],
    });
  });
});

describe('failover capacity', () => {
  const warnings = (props: Props): string[] => {
    const { stacks } = realtimeNetwork(props, { outdir: temporaryFolder('failover') }).app.synth();
    return stacks.flatMap(({ messages }) => messages.map(({ entry }) => entry.data as string));
  };

  test('given connections and quotas, then the time is connections / (0.7 x sum of quotas)', () => {
    expect(failoverSeconds(35_000, [500])).toBe(100);
    expect(failoverSeconds(35_000, [500, 500])).toBe(50);
    expect(failoverSeconds(35_000, [])).toBe(Infinity);
  });

  test('given a failover of more than three minutes, then synthesis warns, with the quota that suffices', () => {
    const overrides = { 'us-east-1': { expectedConnections: 100_000 }, 'eu-west-1': { expectedConnections: 60_000 } };
    expect(warnings({ overrides })).toEqual([
      expect.stringContaining(
        'If us-east-1 fails, its 100000 connections take 286 seconds to reconnect to other regions. For 180 seconds, request 794 ' +
          'new connections a second in eu-west-1 (Service Quotas, API Gateway, L-9ED1E49A), and set `connectQuota`.',
      ),
    ]);
    expect(warnings({ overrides, defaults: { connectQuota: 794 } })).toEqual([]);
  });

  test('given several other regions, then they share the load', () => {
    const regions = REGIONS.slice(0, 3);
    const overrides = { 'us-east-1': { expectedConnections: 150_000 } };
    expect(warnings({ regions, overrides })[0]).toContain(
      'take 215 seconds to reconnect to other regions. For 180 seconds, request 596 new connections a second in eu-west-1, ap-southeast-2 each',
    );
  });

  test('given one region, or no expected connections, then there is no warning', () => {
    expect(warnings({ regions: ['eu-west-1'], defaults: { expectedConnections: 1_000_000 } })).toEqual([]);
    expect(warnings({})).toEqual([]);
  });

  test('given different connect quotas, then functions have the smallest of the other regions', () => {
    const overrides = { 'us-east-1': { connectQuota: 800 }, 'ap-southeast-2': { connectQuota: 1_000 } };
    const templates = networkTemplates(realtimeNetwork({ regions: REGIONS.slice(0, 3), overrides }).network);
    const quota = (region: string): unknown =>
      only(templates[region]!, 'AWS::Lambda::Function', (id) => id.includes('FunctionsDrain')).Environment.Variables
        .CONNECT_QUOTA;
    expect(['eu-west-1', 'us-east-1', 'ap-southeast-2'].map(quota)).toEqual(['800', '500', '500']);
  });
});
