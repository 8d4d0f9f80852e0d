// Networks of one to five regions: resources of each stack, and references by name only.
import { App, CfnResource, Duration, Stack, Stage, Validations } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ChannelOrdering, Namespace, RealtimeDomain, RealtimeNetwork, type RealtimeNetworkProps } from '../../../lib';
import { temporaryFolder } from '../../support/templates/assembly';
import { canonical, networkTemplates, realtimeNetwork, REGIONS } from '../../support/templates/network-templates';
import { rulePacks } from '../../support/templates/rule-packs';
import { only, readable, resources } from '../../support/templates/templates';

const DOMAIN = 'realtime.example';
const KEY = `mrk-${'0123456789abcdef'.repeat(2)}`;
const domain = RealtimeDomain.newZone(DOMAIN);
const namespaces = [Namespace.durable('chat'), Namespace.durable('orders', { ordering: ChannelOrdering.FIFO })];
const SIZES = [1, 2, 3, 5];
const TABLE = 'AWS::DynamoDB::GlobalTable';

const variables = (template: Parameters<typeof only>[0], name: string): Record<string, any> =>
  only(template, 'AWS::Lambda::Function', (id) => id.startsWith(`RealtimeFunctions${name}`)).Environment.Variables;

describe.each(SIZES)('a RealtimeNetwork of %d regions', (size) => {
  const regions = REGIONS.slice(0, size);
  const whole: Partial<RealtimeNetworkProps> = { regions, namespaces, domain, formerRegions: ['sa-east-1'] };
  const { network } = realtimeNetwork(whole);
  const templates = networkTemplates(network);

  test('given the regions, then there are a global stack, one for each region, and a routing stack', () => {
    expect(Object.keys(templates)).toEqual(['global', ...regions, 'routing']);
    expect(network.globalStack?.region).toBe('eu-west-1');
    expect(network.routingStack?.region).toBe('us-east-1');
    expect(network.regionalStacks.map((stack) => stack.stackName)).toEqual(regions.map((region) => `Chat-${region}`));
  });

  test('given the stacks, then regional ones depend on the global one, and routing on the regional ones', () => {
    const { globalStack, regionalStacks, routingStack } = network;
    expect(globalStack?.dependencies).toEqual([]);
    for (const stack of regionalStacks) expect(stack.dependencies).toEqual([globalStack]);
    expect(new Set(routingStack?.dependencies)).toEqual(new Set(regionalStacks));
  });

  test('given the global tables, then they have a replica in each region, and a stream', () => {
    const tables = resources(templates.global!, TABLE).map(([, { Properties }]) => Properties);
    expect(tables.map(({ TableName }) => TableName)).toEqual(['Chat-messages', 'Chat-channels']);
    for (const { Replicas, StreamSpecification, TimeToLiveSpecification } of tables) {
      expect(new Set(Replicas.map(({ Region }: any) => Region))).toEqual(new Set(regions));
      for (const replica of Replicas) {
        expect(replica.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
        expect(replica.DeletionProtectionEnabled).toBe(true);
      }
      expect(StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
      expect(TimeToLiveSpecification).toEqual({ AttributeName: 'x', Enabled: true });
    }
  });

  test('given the stacks, then none imports a value of another, except the zone’s id by name', () => {
    for (const [name, template] of Object.entries(templates)) {
      const text = JSON.stringify(template.toJSON());
      expect(text).not.toMatch(/Custom::|\/stream\/|Fn::ImportValue|"Export"/);
      const read = [...text.matchAll(/"Fn::GetStackOutput":(\{[^}]*\})/g)].map(([, args]) => JSON.parse(args!));
      expect(read.length > 0).toBe(name !== 'global');
      for (const args of read) {
        expect(args).toEqual({ StackName: 'Chat-global', OutputName: 'HostedZoneId', Region: 'eu-west-1' });
      }
    }
    expect(Object.keys(templates.global!.toJSON().Outputs)).toEqual(['HostedZoneId', 'NameServers']);
  });

  test('given two regional stacks, then they differ only in names of regions', () => {
    const [first, ...others] = regions.map((region) => canonical(templates[region]!, region, regions));
    for (const other of others) expect(other).toEqual(first);
  });

  test('given the roles of a region, then permissions are on its own region, except to send to inboxes of peers', () => {
    for (const region of regions) {
      const peers = regions.filter((one) => one !== region);
      const reached = resources(templates[region]!, 'AWS::IAM::Role').flatMap(([, { Properties }]) =>
        Properties.Policies.flatMap(({ PolicyDocument }: any) =>
          PolicyDocument.Statement.flatMap(({ Action, Resource }: any) =>
            [Resource]
              .flat()
              .map((resource: any) =>
                readable(resource).replace('${AWS::Partition}', 'aws').replace('${AWS::AccountId}', 'me'),
              )
              .filter((arn: string) => arn.startsWith('arn:') && arn.split(':')[3] !== region)
              .map((arn: string) => `${Action as string} on ${arn}`),
          ),
        ),
      );
      const inbox = (peer: string): string => `sqs:SendMessage on arn:aws:sqs:${peer}:me:Chat-inbox`;
      expect(new Set(reached)).toEqual(new Set(peers.map(inbox)));
      // By message, publish and writer, each.
      expect(reached).toHaveLength(3 * peers.length);
    }
  });

  test('given the functions, then their variables describe the network', () => {
    for (const region of regions) {
      const peers = regions.filter((one) => one !== region);
      const known = variables(templates[region]!, 'Message');
      expect(known.ORIGINS).toBe([...regions, 'sa-east-1'].join(','));
      expect(known.MESSAGES_TABLE).toBe('Chat-messages');
      if (size === 1) {
        for (const absent of ['PEERS', 'CHANNELS_TABLE', 'HOSTS', 'CONNECT_QUOTA'])
          expect(known[absent]).toBeUndefined();
        continue;
      }
      expect(JSON.parse(readable(known.PEERS))).toEqual(
        Object.fromEntries(
          peers.map((peer) => [peer, `https://sqs.${peer}.\${AWS::URLSuffix}/\${AWS::AccountId}/Chat-inbox`]),
        ),
      );
      expect(JSON.parse(known.HOSTS as string)).toEqual(
        Object.fromEntries(regions.map((one) => [one, `wss://ws-${one}.${DOMAIN}`])),
      );
      expect(known).toMatchObject({ CHANNELS_TABLE: 'Chat-channels', CONNECT_QUOTA: '500' });
      for (const name of ['Publish', 'Writer', 'Inbox', 'Health', 'Drain']) {
        const { ORIGINS, PEERS, CHANNELS_TABLE, HOSTS } = known;
        expect(variables(templates[region]!, name)).toMatchObject({ ORIGINS, PEERS, CHANNELS_TABLE, HOSTS });
      }
      expect(readable(variables(templates[region]!, 'Health').INBOX_URL)).toBe('${RealtimeInboxQueue}');
    }
  });

  test('given a template, then its metadata describes the network', () => {
    for (const region of regions) {
      const { Metadata } = templates[region]!.toJSON();
      expect(Metadata['cdk-realtime'][`Chat/${region}/Realtime`]).toMatchObject({
        network: { name: 'Chat', regions },
        domain: DOMAIN,
        namespaces: ['chat', 'orders'],
      });
    }
  });
});

describe('rules on the templates of a network', () => {
  let validation: string | undefined;
  beforeAll(() => {
    validation = process.env.CDK_VALIDATION;
    delete process.env.CDK_VALIDATION;
  });
  afterAll(() => {
    process.env.CDK_VALIDATION = validation;
  });
  const build = (props: Partial<RealtimeNetworkProps>, flags: Record<string, unknown>): App => {
    const context = { '@aws-cdk/core:validateAgainstDefaultRules': true, ...flags };
    return realtimeNetwork({ namespaces, ...props }, { outdir: temporaryFolder('network'), context }).app;
  };

  test('given a template that breaks a rule, then the rules report it', () => {
    const app = build({}, {});
    const properties = { Code: { ZipFile: '' }, Role: 'arn:aws:iam::111122223333:role/r', MemorySize: 64 };
    new CfnResource(new Stack(app, 'Broken'), 'Function', { type: 'AWS::Lambda::Function', properties });
    expect(() => app.synth()).toThrow(/validation/i);
  });

  test.each<[string, Partial<RealtimeNetworkProps>, Record<string, unknown>]>([
    ...SIZES.map((size): [string, Partial<RealtimeNetworkProps>, Record<string, unknown>] => [
      `a domain, regions: ${size}`,
      { regions: REGIONS.slice(0, size), domain },
      {},
    ]),
    ['no domain', {}, {}],
    ['all recommended feature flags', { domain }, recommendedFlags],
    ['a customer’s key', { domain, encryptionKeyId: KEY }, {}],
  ])('given %s, then built-in validation, AwsSolutions and Serverless report no finding', (_, props, flags) => {
    const app = build(props, flags);
    Validations.of(app).addPlugins(...rulePacks(app));

    app.synth();

    for (const pack of rulePacks(app)) expect(pack.validateScope(app).violations).toEqual([]);
  });
});

test('when a network is synthesized twice, then the templates are equal', () => {
  const texts = [1, 2].map(() => {
    const { network } = realtimeNetwork({ regions: REGIONS, domain, namespaces, encryptionKeyId: KEY });
    return Object.values(networkTemplates(network)).map((template) => JSON.stringify(template.toJSON()));
  });
  expect(texts[0]).toEqual(texts[1]);
});

describe('scopes of a RealtimeNetwork', () => {
  const props = { regions: ['eu-west-1', 'us-east-1'], namespaces: [Namespace.durable('chat')] };

  test('given a Stage, then names begin with the stage’s, and stacks are in its account', () => {
    const stage = new Stage(new App(), 'Production', { env: { account: '111122223333' } });
    const network = new RealtimeNetwork(stage, 'Chat', props);
    const template = networkTemplates(network)['eu-west-1']!;
    expect(network.networkName).toBe('Production-Chat');
    expect(network.globalStack?.stackName).toBe('Production-Chat-global');
    const { PEERS } = variables(template, 'Publish');
    expect(JSON.parse(readable(PEERS))).toEqual({
      'us-east-1': 'https://sqs.us-east-1.${AWS::URLSuffix}/111122223333/Production-Chat-inbox',
    });
  });

  test('given a Stage with one of the regions, then it does not throw', () => {
    const stage = new Stage(new App(), 'Production', { env: { region: 'us-east-1' } });
    expect(new RealtimeNetwork(stage, 'Chat', props).globalStack?.region).toBe('eu-west-1');
  });

  test('given two networks in an app, then names are unique', () => {
    const app = new App();
    const names = ['One', 'Two'].map((id) => new RealtimeNetwork(app, id, props).globalStack?.stackName);
    expect(names).toEqual(['One-global', 'Two-global']);
    const stackNames = app.synth().stacks.map(({ stackName }) => stackName);
    expect(new Set(stackNames).size).toBe(stackNames.length);
    expect(stackNames.filter((name) => name.startsWith('One-'))).toHaveLength(stackNames.length / 2);
  });

  test('given networkName, then names begin with it', () => {
    const { network } = realtimeNetwork({ networkName: 'live' });
    const templates = networkTemplates(network);
    expect(resources(templates.global!, TABLE).map(([, { Properties }]) => Properties.TableName)).toEqual([
      'live-messages',
      'live-channels',
    ]);
    expect(network.regionalStacks.map(({ stackName }) => stackName)).toEqual(['live-eu-west-1', 'live-us-east-1']);
    expect(Object.keys(JSON.parse(readable(variables(templates['eu-west-1']!, 'Publish').PEERS)))).toEqual([
      'us-east-1',
    ]);
    expect(readable(variables(templates['eu-west-1']!, 'Publish').PEERS)).toContain('/live-inbox');
  });
});

describe('routing of a network', () => {
  const health = (regions: string[], options = {}): Record<string, any>[] => {
    const { network } = realtimeNetwork({ regions, domain: RealtimeDomain.newZone(DOMAIN, options) });
    return resources(networkTemplates(network).routing!, 'AWS::Route53::HealthCheck').map(
      ([, { Properties }]) => Properties.HealthCheckConfig,
    );
  };

  test('given several regions, then each has its own check every 10 seconds, and an evacuation check every 30', () => {
    const regions = REGIONS.slice(0, 3);
    const checks = health(regions);
    for (const [index, region] of regions.entries()) {
      const peer = regions[(index + 1) % 3]!;
      const patience = { RequestInterval: 10, FailureThreshold: 3, Port: 443 };
      expect(checks.slice(3 * index, 3 * index + 3)).toMatchObject([
        {
          Type: 'HTTPS',
          FullyQualifiedDomainName: `http-${region}.${DOMAIN}`,
          ResourcePath: '/health',
          Inverted: false,
          ...patience,
        },
        {
          Type: 'HTTPS_STR_MATCH',
          FullyQualifiedDomainName: `http-${peer}.${DOMAIN}`,
          ...{
            ResourcePath: `/evacuated/${region}`,
            SearchString: `"evacuated":"${region}"`,
            Inverted: true,
            ...patience,
            RequestInterval: 30,
          },
        },
        { Type: 'CALCULATED', HealthThreshold: 2, ChildHealthChecks: [{}, {}] },
      ]);
    }
  });

  test('given one region, then there is no evacuation check', () => {
    expect(health(['eu-west-1'])).toMatchObject([{ Type: 'HTTPS' }]);
  });

  test('given interval and threshold, then the health check has them', () => {
    const checks = health(['eu-west-1'], { healthCheckInterval: Duration.seconds(30), failureThreshold: 5 });
    expect(checks).toMatchObject([{ RequestInterval: 30, FailureThreshold: 5 }]);
  });

  test('given the shared names, then they have latency records with health checks, for IPv4 and IPv6', () => {
    const { network } = realtimeNetwork({ domain });
    const template = networkTemplates(network).routing!;
    const records = resources(template, 'AWS::Route53::RecordSet').map(([, { Properties }]) => Properties);
    expect(records.map(({ Name, Type, Region }) => `${Name} ${Type} ${Region}`).sort()).toEqual(
      ['http', 'ws'].flatMap((host) =>
        ['A', 'AAAA'].flatMap((type) => ['eu-west-1', 'us-east-1'].map((one) => `${host}.${DOMAIN}. ${type} ${one}`)),
      ),
    );
    for (const { Name, Region, SetIdentifier, AliasTarget, HostedZoneId, HealthCheckId } of records) {
      expect(SetIdentifier).toBe(Region);
      expect(AliasTarget.DNSName).toBe(`${Name.split('.')[0]}-entry-${Region}.${DOMAIN}`);
      expect(AliasTarget.HostedZoneId).toEqual(HostedZoneId);
      expect(template.findResources('AWS::Route53::HealthCheck')[HealthCheckId.Ref]?.Properties).toMatchObject({
        HealthCheckConfig: { Type: 'CALCULATED' },
        HealthCheckTags: [{ Key: 'Name', Value: `Chat ${Region}` }],
      });
    }
  });
});

describe('custom domain names of a region', () => {
  const template = networkTemplates(realtimeNetwork({ domain }).network)['us-east-1']!;

  test('given an API, then it has two domain names with one certificate, mapped without a path', () => {
    const names = resources(template, 'AWS::ApiGatewayV2::DomainName');
    expect(names.map(([, { Properties }]) => Properties.DomainName).sort()).toEqual(
      ['http-us-east-1', 'http', 'ws-us-east-1', 'ws'].map((host) => `${host}.${DOMAIN}`).sort(),
    );
    for (const [, { Properties }] of names) {
      expect(readable(Properties.DomainNameConfigurations[0].CertificateArn)).toBe('${Certificate}');
    }
    expect(only(template, 'AWS::CertificateManager::Certificate').DomainName).toBe(`*.${DOMAIN}`);
    const mappings = resources(template, 'AWS::ApiGatewayV2::ApiMapping').map(([, { Properties }]) => Properties);
    for (const { DomainName, ApiId, ApiMappingKey } of mappings) {
      expect(ApiMappingKey).toBeUndefined();
      const kind = readable(DomainName).startsWith('${WebSocket') ? 'WebSocket' : 'Http';
      expect(readable(ApiId)).toBe(`\${Realtime${kind}Api}`);
    }
  });

  test('given the regional and the entry names, then they are aliases of API Gateway’s endpoint', () => {
    const records = resources(template, 'AWS::Route53::RecordSet').map(([, { Properties }]) => Properties);
    const leads = records.map(({ Name, Type, AliasTarget }) => `${Type} ${Name} ${readable(AliasTarget.DNSName)}`);
    const lead = (name: string, construct: string): string[] =>
      ['A', 'AAAA'].map((type) => `${type} ${name}.${DOMAIN}. \${${construct}.RegionalDomainName}`);
    expect(leads.sort()).toEqual(
      [
        ...lead('ws-us-east-1', 'WebSocketRegionalHost'),
        ...lead('ws-entry-us-east-1', 'WebSocketSharedHost'),
        ...lead('http-us-east-1', 'HttpRegionalHost'),
        ...lead('http-entry-us-east-1', 'HttpSharedHost'),
      ].sort(),
    );
  });

  test('given custom domain names, then the default endpoints stay enabled, because deliveries use them', () => {
    for (const [, { Properties }] of resources(template, 'AWS::ApiGatewayV2::Api')) {
      expect(Properties.DisableExecuteApiEndpoint).not.toBe(true);
    }
  });
});
