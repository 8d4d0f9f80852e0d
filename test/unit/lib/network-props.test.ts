// Validation of the props of RealtimeNetwork.
import { App, Duration, RemovalPolicy, Stack, Stage, Token } from 'aws-cdk-lib';
import { Namespace, RealtimeAuth, RealtimeDomain, RealtimeNetwork } from '../../../lib';
import type { RealtimeNetworkProps } from '../../../lib';
import { inZone, realtimeNetwork, REGIONS } from '../../support/templates/network-templates';

type Props = Partial<RealtimeNetworkProps>;
const CERTIFICATE = 'arn:aws:acm:us-east-1:111122223333:certificate/0123';
const TOKEN = Token.asString({ Ref: 'Parameter' });

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
