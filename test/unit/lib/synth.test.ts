import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { App, CfnResource, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ChannelOrdering, Namespace, RealtimeApi } from '../../../lib';
import { lintAlarms } from '../../support/templates/alarm-lint';
import { temporaryFolder } from '../../support/templates/assembly';
import type { TemplateJson } from '../../support/templates/emitted-metrics';
import { rulePacks } from '../../support/templates/rule-packs';
import { root } from '../../support/root';

/** Findings of the validation that is built into aws-cdk-lib become errors. */
const FINDINGS_ARE_ERRORS = '@aws-cdk/core:validateAgainstDefaultRules';

/** Hashes of all files in a folder, except the duration that the CDK records for slow syntheses. */
function hashes(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'performance-counters.json',
  );
  return Object.fromEntries(
    files
      .map((file) => path.join(file.parentPath, file.name))
      .map(
        (file) => [path.relative(folder, file), createHash('sha256').update(readFileSync(file)).digest('hex')] as const,
      )
      .sort(([one], [other]) => one.localeCompare(other)),
  );
}

describe('cdk synth of bin/app.ts', () => {
  const synth = (...args: string[]): { folder: string; status: number | null; output: string } => {
    const folder = temporaryFolder('synth');
    const { CDK_VALIDATION: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        path.join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk'),
        ...[
          'synth',
          '--quiet',
          '--no-notices',
          '--output',
          folder,
          '--context',
          `${FINDINGS_ARE_ERRORS}=true`,
          ...args,
        ],
      ],
      { cwd: root, env: { ...env, CDK_DISABLE_CLI_TELEMETRY: 'true' }, encoding: 'utf8' },
    );
    return { folder, status, output: stdout + stderr };
  };
  const domain = ['--context', 'domain=realtime.example'];
  const [first, second, alone] = [synth(...domain), synth(...domain), synth()];

  test.each([
    ['with', first],
    ['without', alone],
  ])('given an app %s a domain, when findings are errors, then synthesis succeeds', (_, { status, output, folder }) => {
    expect({ status, output }).toMatchObject({ status: 0 });
    const report = JSON.parse(readFileSync(path.join(folder, 'validation-report.json'), 'utf8'));
    expect(report.pluginReports).toEqual([]);
  });

  test('when it is synthesized twice, then every file is byte-equal', () => {
    const files = hashes(first.folder);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['manifest.json', 'tree.json', 'validation-report.json']),
    );
    expect(Object.keys(files).filter((file) => file.endsWith('.template.json'))).toHaveLength(4);
    expect(Object.keys(files).filter((file) => /^asset\.\w+[\\/]index\.js$/.test(file))).toHaveLength(9);
    expect(hashes(second.folder)).toEqual(files);
  });

  test.each([
    ['with', first],
    ['without', alone],
  ])('given an app %s a domain, then every alarm passes the lint', (_, { folder }) => {
    const read = (file: string): any => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
    const stacks = Object.values<any>(read('manifest.json').artifacts)
      .filter(({ type }) => type === 'aws:cloudformation:stack')
      .map(({ environment, properties }) => ({
        region: String(environment).split('/').at(-1) ?? '',
        template: read(properties.templateFile as string) as TemplateJson,
      }));
    const others = stacks.map(({ template }) => template);
    for (const { region, template } of stacks) expect(lintAlarms(template, { others, region })).toEqual([]);
    expect(JSON.stringify(others)).toContain('AWS::CloudWatch::Alarm');
  });

  test('given the templates, then there is no strong reference across regions, and no ARN of a replica’s stream', () => {
    const templates = readdirSync(first.folder).filter((file) => file.endsWith('.template.json'));
    expect(templates.length).toBeGreaterThan(0);
    for (const template of templates) {
      const text = readFileSync(path.join(first.folder, template), 'utf8');
      expect(text).not.toContain('Custom::CrossRegionExport');
      expect(text).not.toContain('/stream/*');
    }
  });

  test('given the templates, then they are ASCII: CloudFormation replaces other characters by question marks', () => {
    const templates = readdirSync(first.folder).filter((file) => file.endsWith('.template.json'));
    expect(templates.length).toBeGreaterThan(0);
    for (const template of templates) {
      const text = readFileSync(path.join(first.folder, template), 'utf8');
      expect(text.split('').filter((character) => character > '\u007f')).toEqual([]);
    }
  });
});

describe('rules on the template of a backend', () => {
  const example = (context: Record<string, unknown> = {}, withKey = false): App => {
    const app = new App({ outdir: temporaryFolder('rules'), context: { [FINDINGS_ARE_ERRORS]: true, ...context } });
    const stack = new Stack(app, 'Example', { env: { region: 'eu-west-1' } });
    new RealtimeApi(stack, 'Realtime', {
      namespaces: [
        Namespace.durable('chat', { retention: Duration.days(7) }),
        Namespace.durable('orders', { ordering: ChannelOrdering.FIFO }),
      ],
      ...(withKey ? { encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }) } : {}),
    });
    return app;
  };

  let validation: string | undefined;
  beforeAll(() => {
    validation = process.env.CDK_VALIDATION;
    delete process.env.CDK_VALIDATION;
  });
  afterAll(() => {
    process.env.CDK_VALIDATION = validation;
  });

  test('given a template that breaks a rule, then the rules report it', () => {
    const app = example();
    new CfnResource(new Stack(app, 'Broken'), 'Function', {
      type: 'AWS::Lambda::Function',
      properties: { Code: { ZipFile: '' }, Role: 'arn:aws:iam::111122223333:role/r', MemorySize: 64 },
    });
    expect(() => app.synth()).toThrow(/validation/i);
  });

  test.each([
    ['all recommended feature flags', recommendedFlags, false],
    ['no feature flag', {}, false],
    ['a customer’s key', {}, true],
  ])('given %s, then built-in validation, AwsSolutions and Serverless report no finding', (_, flags, withKey) => {
    const app = example(flags, withKey);
    Validations.of(app).addPlugins(...rulePacks(app));

    app.synth();

    // Warnings do not fail synthesis, so assert that there are none.
    for (const pack of rulePacks(app)) expect(pack.validateScope(app).violations).toEqual([]);
  });

  // Every finding that the constructs acknowledge for their users, and why. A new line needs a reason as strong.
  test('given the acknowledged findings, then these are all, with their reasons', () => {
    const acknowledged = example()
      .node.findAll()
      .flatMap(({ node }) =>
        node.metadata
          .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
          .flatMap(({ data }) =>
            Object.entries(data as Record<string, string>).map(
              ([id, reason]) => `${id.replace(/^annotation::/i, '')} ${node.path.replace('Example/', '')}: ${reason}`,
            ),
          ),
      );
    const account = (service: string): string => `arn:<AWS::Partition>:${service}:eu-west-1:<AWS::AccountId>`;
    const post = `${account('execute-api')}:<RealtimeWebSocketApiCF8708A5>/v1/POST/@connections/*`;
    const anyLogGroup =
      'API Gateway uses one role for the logs of all APIs of the account and region, and their names are not known';
    const anyConnection =
      'Functions post to any connection of this one stage, and connection ids are not known in advance';
    const onlyConnect =
      'On a WebSocket API only $connect supports an authorizer; capabilities authorize every later frame';
    const synchronous =
      'It is invoked synchronously: the caller gets the error, and a dead-letter queue would receive nothing';
    const tracing = 'Traces are billed for each request and need permissions on every resource, so the user decides';
    const functions = ['Authorizer', 'Connect', 'Disconnect', 'Message', 'Publish', 'Health', 'Fanout', 'Writer'];
    expect(acknowledged.sort()).toEqual(
      [
        `AwsSolutions-IAM5[Resource::${account('logs')}:*] RealtimeAccountLogRole/Role: ${anyLogGroup}`,
        ...['Message', 'Publish', 'Fanout', 'Writer'].map(
          (name) => `AwsSolutions-IAM5[Resource::${post}] Realtime/Functions/${name}/Role: ${anyConnection}`,
        ),
        ...['$disconnect', '$default', 'ping'].map(
          (key) => `AwsSolutions-APIG4 Realtime/WebSocket/Api/${key}-Route: ${onlyConnect}`,
        ),
        'AwsSolutions-APIG4 Realtime/Http/Api/POST--v1--channels--{channel}--messages: ' +
          'The function verifies the bearer token itself, so that a rejection has an error code',
        'AwsSolutions-APIG4 Realtime/Http/Api/GET--health: ' +
          'Health checkers send no token; the answer says only whether the region serves',
        'AwsSolutions-SMG4 Realtime/Tokens/Secret: ' +
          'Rotating the secret invalidates every token that was signed with it, so the user decides when to rotate',
        ...['FanoutSource', 'WriterSource'].map(
          (source) =>
            `Serverless-LambdaEventSourceMappingDestination Realtime/Functions/${source}: ` +
            'Lambda supports no failure destination for SQS; the queue has a dead-letter queue of its own',
        ),
        ...['FanoutQueue', 'PublishQueue'].map(
          (queue) => `Serverless-SQSRedrivePolicy Realtime/${queue}/DeadLetters: It is a dead-letter queue itself`,
        ),
        ...functions.flatMap((name) => [
          `Serverless-LambdaDLQ Realtime/Functions/${name}/Resource: ${synchronous}`,
          `Serverless-LambdaTracing Realtime/Functions/${name}/Resource: ${tracing}`,
        ]),
      ].sort(),
    );
  });
});
