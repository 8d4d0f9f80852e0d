// The cloud as a whole: reports of features that are not emulated, data kept between starts, and a clean stop.
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { build } from 'esbuild';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Alarm, AlarmRule, AlarmStatusWidget, CompositeAlarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { FilterPattern, LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { startCloud } from '../../../local';
import { assemblyOf, cloudOf, fn, temporaryFolder, writeFiles } from '../../support/local/local-cloud';
import { WEBSOCKET_OUTPUTS, webSocketApi } from '../../support/local/local-websocket';

const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    TableName: 'table',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: ['pk', 'g'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-g',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
        ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
        ContributorInsightsSpecification: { Enabled: true },
      },
    ],
  },
};

describe('resources that are not emulated', () => {
  test('when a stack has such resources, then they are reported with their effect', async () => {
    const cloud = await cloudOf({
      Bus: { Type: 'AWS::Events::EventBus' },
      Topic: { Type: 'AWS::SNS::Topic' },
      Subscription: { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'email' } },
      Invoke: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { MaximumRetryAttempts: 0 } },
      Layered: fn('layered', 'exports.handler = async () => 1;', { Layers: ['arn:layer'] }),
      Image: { Type: 'AWS::Lambda::Function', Properties: { PackageType: 'Image', Code: { ImageUri: 'x' } } },
      Role: { Type: 'AWS::IAM::Role' },
      Stream: { ...TABLE, Properties: { ...TABLE.Properties, StreamSpecification: { StreamViewType: 'NEW_IMAGE' } } },
    });
    const notes = Object.fromEntries(cloud.cloud.unsupported.map((note) => [note.logicalId, note]));
    expect(notes.Bus).toEqual({
      stack: 'Test',
      logicalId: 'Bus',
      type: 'AWS::Events::EventBus',
      meaning: 'not emulated; resources that depend on it fail',
    });
    expect(notes.Invoke?.meaning).toContain('failed asynchronous invocations are retried twice');
    expect(notes.Layered?.meaning).toContain('layers are not emulated');
    expect(notes.Image?.meaning).toContain('of a container image is not emulated');
    expect(notes.Stream?.meaning).toContain('the stream is not emulated');
    expect(notes.Subscription?.meaning).toContain('the subscription receives nothing');
    expect([notes.Role, notes.Topic]).toEqual([undefined, undefined]);
    expect((await cloud.invoke('layered')).payload).toBe(1);
    await cloud.stop();
  });

  test('given missing or archived code, then the start fails with a remedy', async () => {
    const coded = (assets: Record<string, string>) =>
      startCloud({
        assembly: assemblyOf({
          Test: { assets, template: { Resources: { F: fn('f', '', { Code: { S3Bucket: 'b', S3Key: 'key.zip' } }) } } },
        }),
      });
    await expect(coded({})).rejects.toMatchObject({
      code: 'assembly_invalid',
      message: expect.stringContaining('npx cdk synth'),
    });
    const zip = writeFiles(temporaryFolder(), { 'code.zip': 'PK' });
    await expect(coded({ 'key.zip': path.join(zip, 'code.zip') })).rejects.toMatchObject({
      code: 'template_unsupported',
    });
    const folder = writeFiles(temporaryFolder(), { 'index.js': "exports.handler = async () => 'from the asset';" });
    const cloud = await coded({ 'key.zip': folder });
    expect((await cloud.regions[0]!.services.lambda.invoke('f', {})).payload).toBe('from the asset');
    await cloud.stop();
  });
});

test('given an environment-agnostic CDK app, then it runs', async () => {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, 'Small');
  new Queue(stack, 'Queue', { deadLetterQueue: { queue: new Queue(stack, 'Dead'), maxReceiveCount: 3 } });
  new CfnOutput(stack, 'TopicArn', { value: new Topic(stack, 'Topic', { topicName: 'mine' }).topicArn });
  new EventBus(stack, 'Bus');
  const cloud = await startCloud({ assembly: app.synth().directory });
  expect(cloud.regions.map(({ region }) => region)).toEqual(['us-east-1']);
  expect(cloud.unsupported.map(({ type }) => type)).toEqual(['AWS::Events::EventBus']);
  expect(cloud.regions[0]?.stacks[0]?.outputs.TopicArn).toMatch(/^arn:aws:sns:us-east-1:\d{12}:mine$/);
  await cloud.stop();
});

test('given alarms, metric filters and topics, then the stack starts', async () => {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, 'Watched');
  const logGroup = new LogGroup(stack, 'Logs');
  const metric = new MetricFilter(stack, 'Filter', {
    logGroup,
    filterPattern: FilterPattern.literal('ERROR'),
    metricNamespace: 'mine',
    metricName: 'Errors',
  }).metric();
  const alarm = new Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
  alarm.addAlarmAction(
    new SnsAction(new Topic(stack, 'Topic', { masterKey: new Key(stack, 'Key'), enforceSSL: true })),
  );
  new CompositeAlarm(stack, 'All', { alarmRule: AlarmRule.anyOf(alarm) });
  new Dashboard(stack, 'Dashboard', { widgets: [[new AlarmStatusWidget({ alarms: [alarm] })]] });
  const cloud = await startCloud({ assembly: app.synth().directory });
  expect(cloud.unsupported).toEqual([]);
  await cloud.stop();
});

test('given a data directory, when the cloud restarts, then items and secrets are kept', async () => {
  const dataDir = temporaryFolder();
  const resources = {
    Table: TABLE,
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 's', GenerateSecretString: {} } },
  };
  const Item = { pk: { S: 'a' }, g: { S: 'b' } };
  const first = await cloudOf(resources, { dataDir });
  const writer = new DynamoDBClient(first.sdk);
  await writer.send(new PutItemCommand({ TableName: 'table', Item }));
  const secret = first.services.secrets.value('s');
  writer.destroy();
  await first.stop();
  const second = await cloudOf(resources, { dataDir });
  const reader = new DynamoDBClient(second.sdk);
  expect((await reader.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'a' } } }))).Item).toEqual(Item);
  const query = {
    TableName: 'table',
    IndexName: 'by-g',
    KeyConditionExpression: 'g = :g',
    ExpressionAttributeValues: { ':g': { S: 'b' } },
  };
  expect((await reader.send(new QueryCommand(query))).Items).toEqual([Item]);
  expect(second.services.secrets.value('s')).toBe(secret);
  reader.destroy();
  await second.stop();
});

test('when the cloud restarts, then physical names are the same and within AWS limits', async () => {
  const name = async (): Promise<string> => {
    const cloud = await startCloud({
      assembly: assemblyOf({
        ['VeryLong'.repeat(10)]: {
          template: {
            Resources: { ['AlsoLong'.repeat(10)]: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: 'true' } } },
            Outputs: { Q: { Value: { 'Fn::GetAtt': ['AlsoLong'.repeat(10), 'QueueName'] } } },
          },
        },
      }),
    });
    await cloud.stop();
    return cloud.regions[0]!.stacks[0]!.outputs.Q!;
  };
  const first = await name();
  expect(await name()).toBe(first);
  expect(first.length).toBeLessThanOrEqual(80);
  expect(first).toMatch(/\.fifo$/);
});

test('when the cloud stops, then no handle keeps the process alive', async () => {
  const folder = temporaryFolder();
  const root = path.join(__dirname, '..', '..', '..');
  const backend = `
    exports.handler = async (event) => {
      if (event.hang) await new Promise(() => setInterval(() => 1, 1000));
      setInterval(() => 1, 1000);
      return { statusCode: 200 };
    };`;
  const assembly = assemblyOf({
    Test: {
      template: {
        ...WEBSOCKET_OUTPUTS,
        Resources: {
          Table: TABLE,
          Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
          Backend: fn('backend', backend, { Timeout: 900 }),
          Mapping: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: 'backend' },
          },
          ...webSocketApi({ routes: { $connect: { target: 'backend' }, $disconnect: { target: 'backend' } } }),
        },
      },
    },
  });
  await build({
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['ws', 'dynalite'],
    outfile: path.join(folder, 'child.cjs'),
    logLevel: 'silent',
    stdin: {
      resolveDir: root,
      loader: 'ts',
      contents: `
        import WebSocket from 'ws';
        import { startCloud } from './local';
        async function main() {
          const cloud = await startCloud({ assembly: ${JSON.stringify(assembly)}, dataDir: ${JSON.stringify(path.join(folder, 'data'))} });
          const [{ endpoint, services, stacks }] = cloud.regions;
          const socket = new WebSocket(stacks[0].outputs.ws);
          await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
          services.sqs.find('q').send({ body: 'x' });
          // Pending when the cloud stops: an invocation, an asynchronous one, and a long poll.
          const hanging = services.lambda.invoke('backend', { hang: true });
          const target = { 'x-amz-target': 'AmazonSQS.ReceiveMessage' };
          const poll = { QueueUrl: services.sqs.url('q'), WaitTimeSeconds: 20 };
          fetch(endpoint, { method: 'POST', headers: target, body: JSON.stringify(poll) }).catch(() => undefined);
          await fetch(endpoint + '/2015-03-31/functions/backend/invocations', { method: 'POST', body: '{"hang":1}', headers: { 'x-amz-invocation-type': 'Event' } });
          await new Promise((resolve) => setTimeout(resolve, 200));
          await cloud.stop();
          const ended = await hanging;
          const refused = await fetch(endpoint).then(() => false, () => true);
          console.log(JSON.stringify({ stopped: true, refused, error: ended.error.errorType, closed: socket.readyState === WebSocket.CLOSED }));
        }
        main().catch((error) => { console.error(error); process.exitCode = 1; });`,
    },
  });
  copyFileSync(
    path.join(root, 'local', 'services', 'lambda', 'bootstrap.cjs'),
    path.join(folder, 'lambda-bootstrap.cjs'),
  );
  const child = spawn(process.execPath, [path.join(folder, 'child.cjs')], {
    env: { ...process.env, NODE_PATH: path.join(root, 'node_modules') },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | string | null>((resolve) => {
    const tooLong = setTimeout(() => {
      child.kill();
      resolve('it had to be killed');
    }, 20_000);
    child.on('exit', (status) => {
      clearTimeout(tooLong);
      resolve(status);
    });
  });
  expect([code, errors]).toEqual([0, '']);
  expect(JSON.parse(output)).toEqual({ stopped: true, refused: true, error: 'Runtime.ExitError', closed: true });
}, 30_000);
