// CloudFormation as a user's script calls it: with the AWS SDK.
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListExportsCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
  paginateDescribeStacks,
  paginateListExports,
  paginateListStackResources,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { App, CfnOutput, CfnParameter, Duration, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration, WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { EventBus } from 'aws-cdk-lib/aws-events';
import WebSocket from 'ws';
import { type Cloud, type LocalRegion, startCloud } from '../../../../../local';
import { ACCOUNT, assemblyOf, credentials, temporaryFolder } from '../../../../support/local/local-cloud';

const [HOME, OTHER] = ['eu-west-1', 'us-east-1'];

/** A backend without any construct of this library: a WebSocket API and an HTTP API. */
class UserStack extends Stack {
  public constructor(app: App, id: string, props: StackProps) {
    super(app, id, props);
    const handler = new LambdaFunction(this, 'Handler', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline("exports.handler = async () => ({ statusCode: 200, body: 'from the function' });"),
    });
    const integration = new WebSocketLambdaIntegration('Connect', handler);
    const webSocketApi = new WebSocketApi(this, 'Chat', { apiName: 'Own chat', connectRouteOptions: { integration } });
    const stage = new WebSocketStage(this, 'Live', { webSocketApi, stageName: 'live', autoDeploy: true });
    const httpApi = new HttpApi(this, 'Rest', {
      apiName: 'Own rest',
      defaultIntegration: new HttpLambdaIntegration('All', handler),
    });
    httpApi.addStage('Beta', { stageName: 'beta', autoDeploy: true });
    new HttpApi(this, 'Unreachable', { createDefaultStage: false });
    new CfnParameter(this, 'Size', { type: 'Number', default: 3 });
    new CfnParameter(this, 'Password', { default: 'secret', noEcho: true });
    new CfnOutput(this, 'Url', { value: stage.url, description: 'Where <clients> & others connect' });
    new CfnOutput(this, 'RestUrl', { value: httpApi.apiEndpoint });
    new CfnOutput(this, 'HandlerArn', { value: handler.functionArn, exportName: 'handler-arn' });
    new CfnOutput(this, 'Joined', { value: Fn.join('/', [this.stackName, Fn.select(1, ['a', 'b'])]) });
  }
}

let cloud: Cloud;
const clients: Record<string, CloudFormationClient> = {};

beforeAll(async () => {
  const app = new App({ outdir: temporaryFolder() });
  const env = { account: ACCOUNT, region: HOME };
  new UserStack(app, 'Own', { env, description: 'A backend of a user', tags: { team: 'chat' } });
  const jobs = new Stack(app, 'Jobs', { env, stackName: 'renamed-jobs' });
  new Queue(jobs, 'Queue', { visibilityTimeout: Duration.seconds(5) });
  new EventBus(jobs, 'Bus');
  new UserStack(app, 'Far', { env: { account: ACCOUNT, region: OTHER } });
  cloud = await startCloud({ assembly: app.synth().directory });
  for (const { region, endpoint } of cloud.regions) clients[region] = client(region, endpoint);
});

afterAll(async () => {
  for (const one of Object.values(clients)) one.destroy();
  await cloud.stop();
});

function client(region: string, endpoint: string): CloudFormationClient {
  return new CloudFormationClient({ region, endpoint, credentials, maxAttempts: 1 });
}

function regionCalled(name: string): LocalRegion {
  return cloud.regions.find(({ region }) => region === name)!;
}

describe('DescribeStacks', () => {
  test('given several stacks and regions, when no name is passed, then the stacks of that region are returned', async () => {
    const names = async (region: string): Promise<unknown> =>
      (await clients[region]!.send(new DescribeStacksCommand({}))).Stacks?.map(({ StackName }) => StackName);
    expect(await names(HOME)).toEqual(['Own', 'renamed-jobs']);
    expect(await names(OTHER)).toEqual(['Far']);
  });

  test('when a stack is described, then its intrinsics are resolved and its URLs are local', async () => {
    const { Stacks, NextToken } = await clients[HOME]!.send(new DescribeStacksCommand({ StackName: 'Own' }));
    expect(NextToken).toBeUndefined();
    const { endpoint, apis } = regionCalled(HOME);
    const idOf = (name: string): string => apis.find((one) => one.name === name)!.id;
    expect(Stacks).toHaveLength(1);
    expect(Stacks![0]).toMatchObject({
      StackName: 'Own',
      StackId: `arn:aws:cloudformation:${HOME}:${ACCOUNT}:stack/Own/local`,
      Description: 'A backend of a user',
      StackStatus: 'CREATE_COMPLETE',
      CreationTime: expect.any(Date),
      Tags: [{ Key: 'team', Value: 'chat' }],
      Parameters: expect.arrayContaining([
        { ParameterKey: 'Size', ParameterValue: '3' },
        { ParameterKey: 'Password', ParameterValue: '****' },
      ]),
      Outputs: [
        {
          OutputKey: 'Url',
          OutputValue: `${endpoint.replace('http', 'ws')}/execute-api/${idOf('Own chat')}/live`,
          Description: 'Where <clients> & others connect',
        },
        { OutputKey: 'RestUrl', OutputValue: `${endpoint}/execute-api/${idOf('Own rest')}` },
        {
          OutputKey: 'HandlerArn',
          OutputValue: expect.stringMatching(`^arn:aws:lambda:${HOME}:${ACCOUNT}:function:Own-Handler`),
          ExportName: 'handler-arn',
        },
        { OutputKey: 'Joined', OutputValue: 'Own/b' },
      ],
    });
  });

  test('when clients use the URLs of the outputs, then they reach the APIs', async () => {
    const { Stacks } = await clients[OTHER]!.send(new DescribeStacksCommand({ StackName: 'Far' }));
    const outputs = Object.fromEntries(Stacks![0]!.Outputs!.map((one) => [one.OutputKey, one.OutputValue!]));
    const response = await fetch(`${outputs.RestUrl}/any/path`);
    expect([response.status, await response.text()]).toEqual([200, 'from the function']);
    const socket = new WebSocket(outputs.Url);
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    socket.terminate();
  });

  test('when a stack is asked for by its id, then it is returned', async () => {
    const StackName = `arn:aws:cloudformation:${HOME}:${ACCOUNT}:stack/renamed-jobs/local`;
    const { Stacks } = await clients[HOME]!.send(new DescribeStacksCommand({ StackName }));
    expect(Stacks!.map((one) => [one.StackName, one.Outputs])).toEqual([['renamed-jobs', []]]);
  });

  test.each(['Nothing', 'Far'])(
    'when the region has no stack %s, then the call fails with ValidationError',
    async (name) => {
      const call = clients[HOME]!.send(new DescribeStacksCommand({ StackName: name }));
      await expect(call).rejects.toMatchObject({
        name: 'ValidationError',
        message: `Stack with id ${name} does not exist`,
        $metadata: { httpStatusCode: 400 },
      });
    },
  );

  test('when the SDK waits for a stack, then it succeeds at once', async () => {
    const waiter = { client: clients[HOME]!, maxWaitTime: 60 };
    expect((await waitUntilStackCreateComplete(waiter, { StackName: 'Own' })).state).toBe('SUCCESS');
  });
});

describe('ListStacks', () => {
  test('when a status is passed, then only stacks with that status are returned', async () => {
    const names = async (StackStatusFilter?: ('CREATE_COMPLETE' | 'UPDATE_COMPLETE')[]): Promise<unknown> =>
      (await clients[HOME]!.send(new ListStacksCommand({ StackStatusFilter }))).StackSummaries?.map(
        ({ StackName, StackStatus }) => `${StackName} ${StackStatus}`,
      );
    const all = ['Own CREATE_COMPLETE', 'renamed-jobs CREATE_COMPLETE'];
    expect(await names()).toEqual(all);
    expect(await names(['UPDATE_COMPLETE', 'CREATE_COMPLETE'])).toEqual(all);
    expect(await names(['UPDATE_COMPLETE'])).toEqual([]);
  });
});

describe('resources of a stack', () => {
  test('when they are described, then physical ids are those of the emulated services', async () => {
    const { StackResources } = await clients[HOME]!.send(new DescribeStackResourcesCommand({ StackName: 'Own' }));
    const apis = StackResources!.filter(({ ResourceType }) => ResourceType === 'AWS::ApiGatewayV2::Api');
    const ids = new Set(regionCalled(HOME).apis.map(({ id }) => id));
    expect(apis.map(({ PhysicalResourceId }) => PhysicalResourceId)).toEqual([...ids]);
    expect(apis[0]).toMatchObject({ StackName: 'Own', ResourceStatus: 'CREATE_COMPLETE', Timestamp: expect.any(Date) });
  });

  test('when one is asked for by its physical or logical id, then its stack is found', async () => {
    const listed = await clients[HOME]!.send(new ListStackResourcesCommand({ StackName: 'renamed-jobs' }));
    const PhysicalResourceId = listed.StackResourceSummaries![0]!.PhysicalResourceId!;
    expect(regionCalled(HOME).services.sqs.find(PhysicalResourceId.split('/').at(-1)!)).toBeDefined();
    const { StackResources } = await clients[HOME]!.send(new DescribeStackResourcesCommand({ PhysicalResourceId }));
    const [resource] = StackResources!;
    expect(StackResources!.map(({ StackName }) => StackName)).toEqual(['renamed-jobs', 'renamed-jobs']);
    const one = new DescribeStackResourcesCommand({
      StackName: 'renamed-jobs',
      LogicalResourceId: resource!.LogicalResourceId!,
    });
    expect((await clients[HOME]!.send(one)).StackResources).toEqual([resource]);
  });

  test.each([
    ['no parameter', {}],
    ['both parameters', { StackName: 'Own', PhysicalResourceId: 'x' }],
    ['an unknown physical id', { PhysicalResourceId: 'x' }],
  ])('when DescribeStackResources gets %s, then it fails with ValidationError', async (_, input) => {
    await expect(clients[HOME]!.send(new DescribeStackResourcesCommand(input))).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  test('when a resource is not emulated, then its reason says what that means', async () => {
    const { StackResourceSummaries } = await clients[HOME]!.send(
      new ListStackResourcesCommand({ StackName: 'renamed-jobs' }),
    );
    const reasons = StackResourceSummaries!.map((one) => [one.ResourceType, one.ResourceStatusReason]);
    const { meaning } = cloud.unsupported.find(({ type }) => type === 'AWS::Events::EventBus')!;
    expect(reasons).toEqual([
      ['AWS::SQS::Queue', undefined],
      ['AWS::Events::EventBus', meaning],
    ]);
  });
});

test('ListExports returns the exports of one region', async () => {
  const { Exports } = await clients[OTHER]!.send(new ListExportsCommand({}));
  expect(Exports).toEqual([
    {
      ExportingStackId: `arn:aws:cloudformation:${OTHER}:${ACCOUNT}:stack/Far/local`,
      Name: 'handler-arn',
      Value: expect.stringMatching(`^arn:aws:lambda:${OTHER}:`),
    },
  ]);
});

test('when an operation is not emulated, then the error names it', async () => {
  await expect(clients[HOME]!.send(new GetTemplateCommand({ StackName: 'Own' }))).rejects.toMatchObject({
    name: 'InvalidAction',
    message: 'The local cloud does not emulate CloudFormation GetTemplate.',
  });
});

test('when a call is a GET, then its parameters are in the query', async () => {
  const authorization = `AWS4-HMAC-SHA256 Credential=local/20260101/${HOME}/cloudformation/aws4_request`;
  const query = '?Action=DescribeStacks&StackName=Nothing&Version=2010-05-15';
  const response = await fetch(`${regionCalled(HOME).endpoint}/${query}`, { headers: { authorization } });
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'text/xml']);
  expect(await response.text()).toContain('<Message>Stack with id Nothing does not exist</Message>');
});

describe('pages', () => {
  const STACKS = 30;
  const value = '&'.repeat(2_000);
  let large: Cloud;
  let pager: CloudFormationClient;

  beforeAll(async () => {
    // 120 exports, and 30 stacks whose outputs take 40 kB each, since `&amp;` is five characters.
    const output = (stack: number, i: number): object => ({ Value: value, Export: { Name: `export-${stack}-${i}` } });
    const template = (stack: number): object => ({
      Resources: Object.fromEntries(
        Array.from({ length: stack === 0 ? 150 : 1 }, (_, i) => [`Queue${i}`, { Type: 'AWS::SQS::Queue' }]),
      ),
      Outputs: Object.fromEntries([0, 1, 2, 3].map((i) => [`Output${i}`, output(stack, i)])),
    });
    const stacks = Array.from({ length: STACKS }, (_, i) => [`Stack${i}`, { template: template(i) }]);
    large = await startCloud({ assembly: assemblyOf(Object.fromEntries(stacks)) });
    pager = client(HOME, large.regions[0]!.endpoint);
  });
  afterAll(async () => {
    pager.destroy();
    await large.stop();
  });

  test('given more than 1 MB of stacks, when all are described, then pages follow each other', async () => {
    const pages: number[] = [];
    const names: unknown[] = [];
    for await (const { Stacks = [] } of paginateDescribeStacks({ client: pager }, {})) {
      pages.push(Stacks.length);
      names.push(...Stacks.map(({ StackName }) => StackName));
    }
    expect(pages.length).toBe(2);
    expect(names).toEqual(Array.from({ length: STACKS }, (_, i) => `Stack${i}`));
  });

  test('given more than 100 exports, when all are listed, then a page has 100', async () => {
    const pages: number[] = [];
    for await (const { Exports = [] } of paginateListExports({ client: pager }, {})) pages.push(Exports.length);
    expect(pages).toEqual([100, 20]);
  });

  test('given a stack of more than 100 resources, then only ListStackResources returns all of them', async () => {
    const first = await pager.send(new DescribeStackResourcesCommand({ StackName: 'Stack0' }));
    expect(first.StackResources).toHaveLength(100);
    let listed = 0;
    for await (const page of paginateListStackResources({ client: pager }, { StackName: 'Stack0' })) {
      listed += page.StackResourceSummaries?.length ?? 0;
    }
    expect(listed).toBe(150);
  });

  test.each(['nonsense', ''])('when the token is %j, then the call fails with ValidationError', async (NextToken) => {
    await expect(pager.send(new DescribeStacksCommand({ NextToken }))).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });
});

describe('the APIs of a region', () => {
  test('given the APIs of a user, then every stage is listed with its URL, and an API without a stage has none', () => {
    const { endpoint, apis } = regionCalled(HOME);
    const ws = endpoint.replace('http', 'ws');
    expect(apis.map(({ id, ...rest }) => ({ ...rest, url: rest.url?.replace(id, '<id>') }))).toEqual([
      { stack: 'Own', name: 'Own chat', protocol: 'WEBSOCKET', stage: 'live', url: `${ws}/execute-api/<id>/live` },
      { stack: 'Own', name: 'Own rest', protocol: 'HTTP', stage: '$default', url: `${endpoint}/execute-api/<id>` },
      { stack: 'Own', name: 'Own rest', protocol: 'HTTP', stage: 'beta', url: `${endpoint}/execute-api/<id>/beta` },
      { stack: 'Own', name: 'Unreachable', protocol: 'HTTP', stage: undefined, url: undefined },
    ]);
    expect(regionCalled(OTHER).apis.map(({ stack }) => stack)).toEqual(['Far', 'Far', 'Far', 'Far']);
  });

  test('when a client uses the URL of a named stage, then it reaches the API', async () => {
    const { url } = regionCalled(HOME).apis.find(({ stage }) => stage === 'beta')!;
    expect((await fetch(url!)).status).toBe(200);
  });
});
