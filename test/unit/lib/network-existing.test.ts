// RealtimeNetwork with existing resources and keys, and the options of its regions.
import { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RealtimeAccessLogs, RealtimeAuth, RealtimeDomain } from '../../../lib';
import { inZone, networkTemplates, realtimeNetwork } from '../../support/templates/network-templates';
import { allowed, only, readable, resources } from '../../support/templates/templates';

const KEY = `mrk-${'0123456789abcdef'.repeat(2)}`;
const CERTIFICATE = 'arn:aws:acm:us-east-1:111122223333:certificate/0123';
const TABLE = 'AWS::DynamoDB::GlobalTable';

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
