// Validation, existing resources and warnings of RealtimeNetwork.
import { App, Duration, RemovalPolicy, Stack, Stage, Token } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  ChannelOrdering,
  Namespace,
  RealtimeAccessLogs,
  RealtimeAuth,
  RealtimeDomain,
  RealtimeNetwork,
} from '../../../lib';
import type { RealtimeNetworkProps } from '../../../lib';
import { failoverSeconds } from '../../../lib/network/failover-capacity';
import { temporaryFolder } from '../../support/templates/assembly';
import { networkTemplates, realtimeNetwork, REGIONS } from '../../support/templates/network-templates';
import { allowed, only, readable, resources } from '../../support/templates/templates';

type Props = Partial<RealtimeNetworkProps>;
const KEY = `mrk-${'0123456789abcdef'.repeat(2)}`;
const CERTIFICATE = 'arn:aws:acm:us-east-1:111122223333:certificate/0123';
const FIFO = Namespace.durable('orders', { ordering: ChannelOrdering.FIFO });
const TOKEN = Token.asString({ Ref: 'Parameter' });
const TABLE = 'AWS::DynamoDB::GlobalTable';
const inZone = (options: object = {}): RealtimeDomain =>
  RealtimeDomain.fromHostedZone({
    domain: 'rt.example.com',
    hostedZoneId: 'Z0123456789ABC',
    zoneName: 'example.com',
    ...options,
  });

function failure(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('RealtimeNetwork, given a prop that breaks a rule, throws an error with prop, rule, value and fix', () => {
  const REGION = 'must be the name of an AWS region, known at synthesis, got: ';
  const REGION_FIX = '. Names and addresses contain it: use a literal such as `eu-west-1`.';
  const EXAMPLE = ". For example `['eu-west-1', 'us-east-1']`.";
  const NAME = '`networkName` must be 1 to 48 of A-Z, a-z, 0-9 and -, and begin with a letter, got: ';
  const NAME_FIX = '. It is derived from the construct path by default; physical names in AWS begin with it.';
  const KEY_FIX = '. Create a multi-Region key with a replica in each region, and use its id as a literal: `mrk-…`.';
  const KEY_RULE = '`encryptionKeyId` must be the id of a multi-Region key, known at synthesis, got: ';
  const DOMAIN_RULE = '`domain.domain` must be a domain name in lower case, of at most 62 characters, got: ';
  const DOMAIN_FIX = '. For example `realtime.example.com`.';
  const ZONE_RULE = '`domain.hostedZoneId` must be the id of a hosted zone, known at synthesis, got: ';
  const ZONE_FIX = '. Use a literal, since it is the same for all regions: `Z0123456789ABCDEFGHIJ`.';
  const CERTIFICATE_RULE = "must be the ARN of a certificate in the override's own region, got: ";
  const CERTIFICATE_FIX = '. API Gateway accepts only certificates of its own region.';
  const LEAVE = '. Omit it for the default.';
  const override = (options: object): Props => ({ overrides: { 'us-east-1': options } });

  test.each<[string, Props, string]>([
    ['no regions', { regions: [] }, `\`regions\` must contain at least one region, got: []${EXAMPLE}`],
    [
      'regions undefined, from JavaScript',
      { regions: undefined },
      `\`regions\` must contain at least one region, got: []${EXAMPLE}`,
    ],
    [
      'a region twice',
      { regions: ['eu-west-1', 'eu-west-1'] },
      `\`regions\` must contain each region once, got: ["eu-west-1","eu-west-1"]${EXAMPLE}`,
    ],
    ['a region that is a token', { regions: ['eu-west-1', TOKEN] }, `\`regions[1]\` ${REGION}a token${REGION_FIX}`],
    ['no name of a region', { regions: ['Ireland'] }, `\`regions[0]\` ${REGION}"Ireland"${REGION_FIX}`],
    [
      'an availability zone',
      { regions: ['eu-west-1', 'us-east-1a'] },
      `\`regions[1]\` ${REGION}"us-east-1a"${REGION_FIX}`,
    ],
    [
      'regions of two partitions',
      { regions: ['eu-west-1', 'cn-north-1'] },
      '`regions` must be in one partition, got: ["aws","aws-cn"]. Accounts and tables do not span partitions.',
    ],
    ...[
      ['in China', ['cn-north-1', 'cn-northwest-1'], 'aws-cn'] as const,
      ['in GovCloud', ['us-gov-west-1'], 'aws-us-gov'] as const,
    ].map(([where, regions, partition]): [string, Props, string] => [
      `a domain ${where}`,
      { regions: [...regions], domain: inZone() },
      `\`domain\` must be omitted in partitions without us-east-1, got: "${partition}". ` +
        'Its health checks and hosted zone need that region. Configure clients with `fallbackUrls` instead.',
    ]),
    ['a former region that is none', { formerRegions: ['Mars'] }, `\`formerRegions[0]\` ${REGION}"Mars"${REGION_FIX}`],
    [
      'a former region that is in the network',
      { formerRegions: ['us-east-1'] },
      '`formerRegions` must not contain regions of the network, got: ["us-east-1"]. Remove them from one of the two lists.',
    ],
    ['a name with a dot', { networkName: 'a.b' }, `${NAME}"a.b"${NAME_FIX}`],
    ['a name that is too long', { networkName: 'a'.repeat(49) }, `${NAME}"${'a'.repeat(49)}"${NAME_FIX}`],
    ['a name that is a token', { networkName: TOKEN }, `${NAME}a token${NAME_FIX}`],
    ['a key of one region', { encryptionKeyId: '1234' }, `${KEY_RULE}"1234"${KEY_FIX}`],
    ['a key that is a token', { encryptionKeyId: TOKEN }, `${KEY_RULE}a token${KEY_FIX}`],
    [
      'a table that is a token',
      { tables: { messagesTableName: TOKEN, channelsTableName: 'channels' } },
      '`tables.messagesTableName` must be the name of a table, known at synthesis, got: a token. It is the same in every region.',
    ],
    [
      'a domain in capitals',
      { domain: RealtimeDomain.newZone('Example.com') },
      `${DOMAIN_RULE}"Example.com"${DOMAIN_FIX}`,
    ],
    ['a domain of one label', { domain: RealtimeDomain.newZone('example') }, `${DOMAIN_RULE}"example"${DOMAIN_FIX}`],
    ['a domain that is a token', { domain: RealtimeDomain.newZone(TOKEN) }, `${DOMAIN_RULE}a token${DOMAIN_FIX}`],
    [
      'a domain outside its zone',
      { domain: inZone({ zoneName: 'ample.com' }) },
      '`domain.zoneName` must be the domain, or a parent of it, got: "ample.com". Use the name of the hosted zone.',
    ],
    [
      'a new zone whose id is a token',
      { domain: RealtimeDomain.newZone('rt.example.com', { hostedZoneId: TOKEN }) },
      `${ZONE_RULE}a token${ZONE_FIX}`,
    ],
    ['a zone that is a token', { domain: inZone({ hostedZoneId: TOKEN }) }, `${ZONE_RULE}a token${ZONE_FIX}`],
    [
      'health checks every minute',
      { domain: inZone({ healthCheckInterval: Duration.minutes(1) }) },
      '`domain.healthCheckInterval` must be 10 or 30 seconds, got: Duration.minutes(1). Omit it for 10.',
    ],
    [
      'a threshold of 11',
      { domain: inZone({ failureThreshold: 11 }) },
      '`domain.failureThreshold` must be a whole number from 1 to 10, got: 11. Omit it for 3.',
    ],
    [
      'an override for a region that is none of the network’s',
      { overrides: { 'sa-east-1': {} } },
      '`overrides.sa-east-1` must be for a region of the network, got: "sa-east-1". The network has eu-west-1, us-east-1.',
    ],
    [
      'a rate of 0',
      override({ throttle: { rateLimit: 0 } }),
      `\`overrides.us-east-1.throttle.rateLimit\` must be greater than 0, got: 0${LEAVE}`,
    ],
    [
      'half a connection',
      { defaults: { connectQuota: 0.5 } },
      `\`defaults.connectQuota\` must be a whole number, got: 0.5${LEAVE}`,
    ],
    [
      'fewer connections than none',
      override({ expectedConnections: -1 }),
      `\`overrides.us-east-1.expectedConnections\` must be greater than 0, got: -1${LEAVE}`,
    ],
    [
      'a certificate of another region',
      { domain: inZone(), overrides: { 'eu-west-1': { certificateArn: CERTIFICATE } } },
      `\`overrides.eu-west-1.certificateArn\` ${CERTIFICATE_RULE}"${CERTIFICATE}"${CERTIFICATE_FIX}`,
    ],
    [
      'one certificate for all regions',
      { domain: inZone(), defaults: { certificateArn: CERTIFICATE } },
      `\`defaults.certificateArn\` ${CERTIFICATE_RULE}"${CERTIFICATE}"${CERTIFICATE_FIX}`,
    ],
    [
      'a certificate for no domain',
      override({ certificateArn: CERTIFICATE }),
      `\`overrides.us-east-1.certificateArn\` must be used with a \`domain\`, got: "${CERTIFICATE}". Set \`domain\` too.`,
    ],
    [
      'no namespaces',
      { namespaces: [] },
      "`namespaces` must contain at least one namespace, got: []. For example `[Namespace.durable('chat')]`.",
    ],
    [
      'snapshot',
      { removalPolicy: RemovalPolicy.SNAPSHOT },
      '`removalPolicy` must be a policy that DynamoDB supports, got: "snapshot". Use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY.',
    ],
  ])('%s', (_, props, expected) => {
    expect(failure(() => realtimeNetwork(props))).toBe(`61000 prop_invalid at Chat: ${expected}`);
  });

  test('given regions in China and no domain, then it does not throw', () => {
    expect(() => realtimeNetwork({ regions: ['cn-north-1', 'cn-northwest-1'] })).not.toThrow();
  });

  test('given a Stage with a region outside the network, then it throws', () => {
    const stage = new Stage(new App(), 'Production', { env: { region: 'sa-east-1' } });
    const make = (): unknown =>
      new RealtimeNetwork(stage, 'Chat', { regions: ['eu-west-1'], namespaces: [Namespace.durable('chat')] });
    expect(failure(make)).toBe(
      "61000 prop_invalid at Production/Chat: `regions` must include the region of the network's Stage, sa-east-1, " +
        'got: ["eu-west-1"]. Omit the region in the Stage\'s env: each stack has its own.',
    );
  });

  test('given more regions and namespaces than fit a function’s environment, then it throws', () => {
    const namespaces = Array.from({ length: 50 }, (_, index) => Namespace.durable(`namespace-${index}`));
    expect(() => realtimeNetwork({ regions: REGIONS.slice(0, 1), namespaces })).not.toThrow();
    expect(failure(() => realtimeNetwork({ regions: REGIONS, namespaces }))).toMatch(
      /`namespaces` must fit 2\d{3} bytes/,
    );
  });

  test('given several invalid props, then one error reports all, and nothing is created', () => {
    const app = new App();
    const props = {
      regions: ['eu-west-1', 'Mars'],
      namespaces: [],
      encryptionKeyId: 'k',
      domain: RealtimeDomain.newZone('x'),
      auth: RealtimeAuth.issuer({ issuer: 'http://a.b', audience: 'c' }),
    };
    const message = failure(() => new RealtimeNetwork(app, 'Chat', props));
    expect(message.match(/`[\w.[\]]+` must/g)).toEqual([
      '`regions[1]` must',
      '`namespaces` must',
      '`auth.issuer` must',
      '`domain.domain` must',
      '`encryptionKeyId` must',
    ]);
    expect(message.match(/61000/g)).toHaveLength(1);
    expect(app.node.findChild('Chat').node.children).toEqual([]);
  });

  test('when regional() is called with another region, then it throws', () => {
    const { network } = realtimeNetwork();
    expect(Stack.of(network.regional('us-east-1')).region).toBe('us-east-1');
    expect(failure(() => network.regional('sa-east-1'))).toBe(
      '61000 prop_invalid at Chat: `region` must be a region of the network, got: "sa-east-1". The network has eu-west-1, us-east-1.',
    );
  });
});

describe('RealtimeNetwork with existing resources', () => {
  test('given a hosted zone, then none is created, and no stack reads the output of another', () => {
    const { network } = realtimeNetwork({ domain: inZone() });
    const templates = networkTemplates(network);
    expect(resources(templates.global!, 'AWS::Route53::HostedZone')).toEqual([]);
    for (const template of Object.values(templates)) {
      expect(JSON.stringify(template.toJSON())).not.toContain('Fn::GetStackOutput');
    }
    for (const name of ['us-east-1', 'routing']) {
      for (const [, { Properties }] of resources(templates[name]!, 'AWS::Route53::RecordSet')) {
        expect(Properties.HostedZoneId).toBe('Z0123456789ABC');
      }
    }
    expect(network).toMatchObject({ webSocketUrl: 'wss://ws.rt.example.com', httpUrl: 'https://http.rt.example.com' });
  });

  test('given the id of the network’s own zone, then the zone is kept, and no stack reads its output', () => {
    const domain = RealtimeDomain.newZone('rt.example.com', { hostedZoneId: 'Z0123456789ABC' });
    const { global, ...others } = networkTemplates(realtimeNetwork({ domain }).network);
    expect(resources(global!, 'AWS::Route53::HostedZone')).toHaveLength(1);
    expect(Object.keys(others)).toEqual(['eu-west-1', 'us-east-1', 'routing']);
    for (const template of Object.values(others)) {
      expect(JSON.stringify(template.toJSON())).not.toContain('Fn::GetStackOutput');
      for (const [, { Properties }] of resources(template, 'AWS::Route53::RecordSet')) {
        expect(Properties.HostedZoneId).toBe('Z0123456789ABC');
      }
    }
  });

  test('given a certificate, then none is created in its region', () => {
    const overrides = { 'us-east-1': { certificateArn: CERTIFICATE } };
    const templates = networkTemplates(realtimeNetwork({ domain: inZone(), overrides }).network);
    const type = 'AWS::CertificateManager::Certificate';
    expect([templates['eu-west-1']!, templates['us-east-1']!].map((one) => resources(one, type).length)).toEqual([
      1, 0,
    ]);
    for (const [, { Properties }] of resources(templates['us-east-1']!, 'AWS::ApiGatewayV2::DomainName')) {
      expect(Properties.DomainNameConfigurations[0].CertificateArn).toBe(CERTIFICATE);
    }
  });

  test('given tables, then none are created, and functions have their names', () => {
    const tables = { messagesTableName: 'our-messages', channelsTableName: 'our-channels' };
    const templates = networkTemplates(realtimeNetwork({ tables }).network);
    expect(resources(templates.global!, TABLE)).toEqual([]);
    const message = only(templates['us-east-1']!, 'AWS::Lambda::Function', (id) => id.includes('FunctionsMessage'));
    expect(message.Environment.Variables).toMatchObject({
      MESSAGES_TABLE: 'our-messages',
      CHANNELS_TABLE: 'our-channels',
    });
    const { network } = templates['us-east-1']!.toJSON().Metadata['cdk-realtime']['Chat/us-east-1/Realtime'];
    expect(network.channelsTable).toBe('our-channels');
    const rights = JSON.stringify(allowed(templates['us-east-1']!));
    expect(rights).toContain('dynamodb:us-east-1:${AWS::AccountId}:table/our-channels');
    expect(rights).not.toContain('table/Chat-');
  });

  test('given all resources, then there is no global stack', () => {
    const tables = { messagesTableName: 'our-messages', channelsTableName: 'our-channels' };
    const auth = RealtimeAuth.issuer({ issuer: 'https://id.example.com', audience: 'chat' });
    const { app, network } = realtimeNetwork({ tables, auth, domain: inZone() });
    expect(network.globalStack).toBeUndefined();
    expect(network.regionalStacks.map(({ dependencies }) => dependencies)).toEqual([[], []]);
    expect(() => app.synth()).not.toThrow();
  });

  test('given no domain, then there are no routing stack and no HOSTS variable', () => {
    const { network } = realtimeNetwork();
    expect([network.routingStack, network.webSocketUrl, network.httpUrl]).toEqual([undefined, undefined, undefined]);
    const template = networkTemplates(network)['us-east-1']!;
    expect(resources(template, 'AWS::ApiGatewayV2::DomainName')).toEqual([]);
    expect(JSON.stringify(template.toJSON())).not.toContain('HOSTS');
  });
});

describe('RealtimeNetwork with a multi-Region key', () => {
  const templates = networkTemplates(realtimeNetwork({ encryptionKeyId: KEY }).network);
  const arn = (region: string): string => `arn:\${AWS::Partition}:kms:${region}:\${AWS::AccountId}:key/${KEY}`;

  test('given the key, then each replica of tables and secret is encrypted with that of its region', () => {
    for (const [, { Properties }] of resources(templates.global!, TABLE)) {
      for (const { Region, SSESpecification } of Properties.Replicas) {
        expect(readable(SSESpecification.KMSMasterKeyId)).toBe(arn(Region));
      }
    }
    const secret = only(templates.global!, 'AWS::SecretsManager::Secret');
    expect(readable(secret.KmsKeyId)).toBe(arn('eu-west-1'));
    expect(secret.ReplicaRegions.map(({ KmsKeyId }: any) => readable(KmsKeyId))).toEqual([arn('us-east-1')]);
    for (const [, { Properties }] of resources(templates['us-east-1']!, 'AWS::SQS::Queue')) {
      expect(readable(Properties.KmsMasterKeyId)).toBe(arn('us-east-1'));
    }
  });

  test('given the key, then functions can use it in their region, and those of peers only to send to inboxes', () => {
    const rights = allowed(templates['us-east-1']!);
    const elsewhere = Object.entries(rights).flatMap(([role, list]) =>
      list.filter((one) => one.includes(':kms:eu-west-1:')).map((one) => `${role} ${one}`),
    );
    const viaSqs = `on ${arn('eu-west-1')} if {"StringLike":{"kms:ViaService":"sqs.eu-west-1.*"}}`;
    expect(elsewhere).toEqual(
      ['Message', 'Publish'].flatMap((name) =>
        ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => `RealtimeFunctions${name}Role ${action} ${viaSqs}`),
      ),
    );
    for (const name of ['Connect', 'Inbox', 'Drain', 'Health']) {
      expect(rights[`RealtimeFunctions${name}Role`]!.join()).toContain(`kms:Decrypt on ${arn('us-east-1')}`);
    }
  });
});

test('when read access to the secret is granted, then the grantee can use its key through Secrets Manager only', () => {
  const { network } = realtimeNetwork({ encryptionKeyId: KEY });
  const backend = network.regional('us-east-1');
  const role = new Role(Stack.of(backend), 'Job', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  backend.tokenSecret?.grantRead(role);
  const policy = only(networkTemplates(network)['us-east-1']!, 'AWS::IAM::Policy', (id) => id.startsWith('Job'));
  const [key, secret] = policy.PolicyDocument.Statement;
  expect(secret.Action).toContain('secretsmanager:GetSecretValue');
  expect([key.Action, readable(key.Resource)]).toEqual([
    'kms:Decrypt',
    `arn:\${AWS::Partition}:kms:us-east-1:\${AWS::AccountId}:key/${KEY}`,
  ]);
  expect(JSON.stringify(key.Condition)).toMatch(/"kms:ViaService":"secretsmanager\.us-east-1\./);
});

describe('options of the regions of a network', () => {
  test('given defaults and overrides, then overrides take precedence', () => {
    const { network } = realtimeNetwork({
      defaults: { throttle: { rateLimit: 100 }, logRetention: RetentionDays.ONE_WEEK },
      overrides: { 'us-east-1': { throttle: { rateLimit: 200 }, accessLogs: RealtimeAccessLogs.disabled() } },
    });
    const templates = networkTemplates(network);
    const rates = (template: Template): unknown[] =>
      resources(template, 'AWS::ApiGatewayV2::Stage').map(
        ([, { Properties }]) => Properties.DefaultRouteSettings.ThrottlingRateLimit,
      );
    expect(rates(templates['eu-west-1']!)).toEqual([100, 100]);
    expect(rates(templates['us-east-1']!)).toEqual([200, 200]);
    templates['us-east-1']!.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    expect(resources(templates['us-east-1']!, 'AWS::ApiGateway::Account')).toEqual([]);
  });

  test('given any removal policy, then the Connections table is deleted with its stack', () => {
    const templates = networkTemplates(realtimeNetwork({}).network);
    const policies = (template: Template): unknown[] =>
      resources(template, TABLE).map(([, { DeletionPolicy, Properties }]) => [
        DeletionPolicy,
        Properties.Replicas[0].DeletionProtectionEnabled,
      ]);
    expect(policies(templates.global!)).toEqual(Array(2).fill(['RetainExceptOnCreate', true]));
    expect(policies(templates['eu-west-1']!)).toEqual([['Delete', false]]);
  });
});

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
