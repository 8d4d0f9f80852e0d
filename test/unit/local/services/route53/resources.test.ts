// Route 53 resources and custom domain names of templates.
import { type Cloud, type CloudOptions, startCloud } from '../../../../../local';
import { assemblyOf, fn, type Resources, type TestStack } from '../../../../support/local/local-cloud';
import { ManualClock } from '../../../../support/manual-clock';
import { DOMAIN, networkNames } from '../../../../support/templates/routing-templates';

const clouds: Cloud[] = [];
afterAll(() => Promise.all(clouds.map((one) => one.stop())));

async function start(stacks: Record<string, TestStack>, options: Partial<CloudOptions> = {}): Promise<Cloud> {
  const cloud = await startCloud({ assembly: assemblyOf(stacks), clock: new ManualClock(), ...options });
  clouds.push(cloud);
  return cloud;
}
const one = (Resources: Resources, Outputs = {}): Record<string, TestStack> => ({
  Test: { template: { Resources, Outputs } },
});
const outputs = (...values: readonly unknown[]): object =>
  Object.fromEntries(values.map((Value, i) => [`o${i}`, { Value }]));
const check = (config: object): object => ({
  Type: 'AWS::Route53::HealthCheck',
  Properties: { HealthCheckConfig: config },
});
const record = (properties: object): object => ({ Type: 'AWS::Route53::RecordSet', Properties: properties });
const domain = (DomainName: unknown): object => ({ Type: 'AWS::ApiGatewayV2::DomainName', Properties: { DomainName } });

test('when resources are created, then Ref and Fn::GetAtt return the same values at every start', async () => {
  const resources = {
    Zone: { Type: 'AWS::Route53::HostedZone', Properties: { Name: 'example.com.' } },
    Cert: { Type: 'AWS::CertificateManager::Certificate', Properties: { DomainName: 'example.com' } },
    Domain: domain('ws.example.com'),
    Check: check({ Type: 'HTTPS', FullyQualifiedDomainName: 'ws.example.com' }),
    Record: record({
      HostedZoneId: { Ref: 'Zone' },
      Name: 'a.example.com.',
      Type: 'A',
      ResourceRecords: ['192.0.2.1'],
    }),
  };
  const asked = [
    { Ref: 'Zone' },
    { 'Fn::GetAtt': ['Zone', 'Id'] },
    { 'Fn::Join': [',', { 'Fn::GetAtt': ['Zone', 'NameServers'] }] },
    { Ref: 'Cert' },
    { Ref: 'Domain' },
    { 'Fn::GetAtt': ['Domain', 'RegionalDomainName'] },
    { 'Fn::GetAtt': ['Domain', 'RegionalHostedZoneId'] },
    { Ref: 'Check' },
    { 'Fn::GetAtt': ['Check', 'HealthCheckId'] },
    { Ref: 'Record' },
  ];
  const stacks = one(resources, outputs(...asked));
  const cloud = await start(stacks);
  const values = Object.values(cloud.regions[0]!.stacks[0]!.outputs);
  expect(values).toEqual([
    expect.stringMatching(/^Z[A-Z0-9]{20}$/),
    values[0],
    'ns-1.awsdns.local,ns-2.awsdns.local,ns-3.awsdns.local,ns-4.awsdns.local',
    expect.stringMatching(/^arn:aws:acm:eu-west-1:111122223333:certificate\/[a-z0-9]{32}$/),
    'ws.example.com',
    expect.stringMatching(/^d-[a-z0-9]{10}\.execute-api\.eu-west-1\.amazonaws\.com$/),
    expect.stringMatching(/^Z[A-Z0-9]{13}$/),
    expect.stringMatching(/^[a-z0-9]{32}$/),
    values[7],
    'a.example.com',
  ]);
  expect(Object.values((await start(stacks)).regions[0]!.stacks[0]!.outputs)).toEqual(values);
  expect(cloud.unsupported).toEqual([]);
  expect(cloud.route53.resolve('a.example.com', 'eu-west-1')).toMatchObject({ addresses: ['192.0.2.1'] });
});

test('given stacks in several regions, then they share one Route 53', async () => {
  const cloud = await start({
    ...networkNames(['eu-west-1', 'ap-southeast-2']),
    Far: {
      region: 'sa-east-1',
      template: {
        Resources: {
          Latency: record({
            Name: `ws.${DOMAIN}`,
            Type: 'A',
            Region: 'ca-central-1',
            SetIdentifier: 'ca',
            HostedZoneId: 'Z',
            AliasTarget: { DNSName: 'd-abc.execute-api.ca-central-1.amazonaws.com', HostedZoneId: 'Z' },
          }),
        },
      },
    },
  });
  expect(cloud.regions.map(({ region }) => region)).toEqual(['eu-west-1', 'ap-southeast-2', 'us-east-1', 'sa-east-1']);
  const from = (location: string, type: 'A' | 'AAAA'): string | undefined =>
    cloud.route53.resolve(`ws.${DOMAIN}`, location, type)?.region;
  // Evacuation checks are inverted, so they are unhealthy until enough results exist. Only the record without a check is healthy.
  expect(from('eu-west-1', 'A')).toBe('ca-central-1');
  expect(from('eu-west-1', 'AAAA')).toBe('eu-west-1');
  expect(from('ap-northeast-1', 'AAAA')).toBe('ap-southeast-2');
  const nowhere = await fetch(`${cloud.customDomains!.url}/ws.${DOMAIN}`);
  expect([nowhere.status, (await nowhere.json()).message]).toEqual([
    502,
    expect.stringContaining('execute-api.ca-central-1.amazonaws.com does not resolve to a region of this cloud.'),
  ]);
});

test('given a health check without settings, then it has the defaults of AWS', async () => {
  const cloud = await start(one({ Check: check({ Type: 'HTTP', FullyQualifiedDomainName: 'A.example.com.' }) }));
  expect(cloud.route53.healthChecks.map((state) => state.check)).toEqual([
    {
      kind: 'endpoint',
      id: expect.any(String),
      host: 'a.example.com',
      path: '/',
      inverted: false,
      interval: 30_000,
      threshold: 3,
    },
  ]);
});

test('when records or checks are not emulated, then they are reported and not created', async () => {
  const a = { Name: 'a.example.com', Type: 'A', ResourceRecords: ['192.0.2.1'], HostedZoneId: 'Z' };
  const cloud = await start(
    one({
      Private: { Type: 'AWS::Route53::HostedZone', Properties: { Name: 'x', VPCs: [{}] } },
      Text: record({ ...a, Type: 'TXT' }),
      Weighted: record({ ...a, Weight: 1, SetIdentifier: 'w' }),
      Far: record({ ...a, Name: 'far.example.com', Region: 'moon-1', SetIdentifier: 'm' }),
      Alarm: check({ Type: 'CLOUDWATCH_METRIC' }),
      Mutual: {
        Type: 'AWS::ApiGatewayV2::DomainName',
        Properties: { DomainName: 'm.example.com', MutualTlsAuthentication: {} },
      },
    }),
  );
  expect(cloud.unsupported.map(({ logicalId }) => logicalId)).toEqual([
    'Private',
    'Text',
    'Weighted',
    'Far',
    'Alarm',
    'Mutual',
  ]);
  expect(cloud.route53.names).toEqual(['far.example.com']);
  expect(cloud.route53.healthChecks).toEqual([]);
});

const host = { Type: 'HTTPS', FullyQualifiedDomainName: 'a.example.com' };
test.each<[string, Resources, string]>([
  ['an invalid interval', { C: check({ ...host, RequestInterval: 20 }) }, 'RequestInterval must be 10 or 30'],
  ['a string match without a string', { C: check({ ...host, Type: 'HTTPS_STR_MATCH' }) }, 'SearchString is missing'],
  ['a check of an address', { C: check({ ...host, IPAddress: '192.0.2.1' }) }, 'of IP addresses are not emulated'],
  ['a calculated check without a threshold', { C: check({ Type: 'CALCULATED' }) }, 'HealthThreshold is missing'],
  [
    'a latency record without a SetIdentifier',
    { R: record({ Name: 'a', Type: 'A', Region: 'eu-west-1', ResourceRecords: ['192.0.2.1'] }) },
    'SetIdentifier must be set',
  ],
  [
    'a mapping of an unknown domain name',
    { M: { Type: 'AWS::ApiGatewayV2::ApiMapping', Properties: { DomainName: 'a', ApiId: 'b', Stage: 'c' } } },
    'the domain name a does not exist',
  ],
])('given %s, then the start fails', async (_, resources, message) => {
  await expect(start(one(resources))).rejects.toMatchObject({
    code: 'template_unsupported',
    message: expect.stringContaining(message),
  });
});

describe('addresses', () => {
  const echo = fn('env', 'exports.handler = async () => [process.env.URL, process.env.HOSTS];', {
    Environment: {
      Variables: {
        URL: { 'Fn::Sub': 'wss://${Domain}' },
        HOSTS: '{"eu-west-1":"wss://ws.example.com","us-east-1":"wss://ws-us.example.com/v1"}',
      },
    },
  });

  test('given a custom domain name, then its addresses are rewritten to the custom domain server', async () => {
    const cloud = await start({
      First: {
        template: {
          Resources: { Domain: domain('ws.example.com'), Env: echo },
          Outputs: outputs('https://ws.example.com'),
        },
      },
      Second: {
        region: 'us-east-1',
        template: { Resources: { Domain: domain({ 'Fn::Join': ['.', ['ws-us', 'example.com']] }) } },
      },
    });
    const front = cloud.customDomains!.url.replace('http', 'ws');
    const [eu] = cloud.regions;
    expect((await eu!.services.lambda.invoke('env', {})).payload).toEqual([
      `${front}/ws.example.com`,
      `{"eu-west-1":"${front}/ws.example.com","us-east-1":"${front}/ws-us.example.com/v1"}`,
    ]);
    expect(eu!.stacks[0]!.outputs).toEqual({ o0: `${cloud.customDomains!.url}/ws.example.com` });
  });

  test('given a wildcard, then names of its records are rewritten, and other names are not', async () => {
    const a = { Type: 'A', ResourceRecords: ['192.0.2.1'], HostedZoneId: 'Z' };
    const cloud = await start(
      one(
        {
          Domain: domain('*.example.com'),
          Covered: record({ ...a, Name: 'ws.example.com.' }),
          Deeper: record({ ...a, Name: 'a.b.example.com' }),
          Other: record({ ...a, Name: 'example.org' }),
        },
        outputs('wss://ws.example.com', 'wss://a.b.example.com', 'https://example.org'),
      ),
    );
    const front = cloud.customDomains!.url.replace('http', 'ws');
    expect(Object.values(cloud.regions[0]!.stacks[0]!.outputs)).toEqual([
      `${front}/ws.example.com`,
      'wss://a.b.example.com',
      'https://example.org',
    ]);
  });

  test('given no domain name, then no custom domain server runs; otherwise its port follows those of the regions', async () => {
    expect((await start(one({}))).customDomains).toBeUndefined();
    const stacks = { ...one({ D: domain('a.example.com') }), U: { region: 'us-east-1', template: {} } };
    // Another process may use the ports that follow a free one.
    const from = async (port: number): Promise<[number, Cloud]> => {
      const cloud = await start(stacks, { port }).catch(() => undefined);
      return cloud === undefined ? from(port + 10) : [port, cloud];
    };
    const [port, cloud] = await from(24_000);
    expect(cloud.customDomains?.url).toBe(`http://127.0.0.1:${port + 2}`);
  });
});
