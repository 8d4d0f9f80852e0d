// Lambda's ListFunctions, GetFunction and GetFunctionConfiguration through the AWS SDK.
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  paginateListFunctions,
} from '@aws-sdk/client-lambda';
import { arnOfFunction, cloudOf, fn, type Resources, type TestCloud } from '../../../../support/local/local-cloud';

const ROLE = 'arn:aws:iam::111122223333:role/r';
let cloud: TestCloud;
let client: LambdaClient;

beforeAll(async () => {
  const resources: Resources = {
    Main: fn('main', 'exports.handler = async () => 1;', {
      Description: 'answers',
      Environment: { Variables: { TABLE: 'items' } },
      Architectures: ['arm64'],
      ReservedConcurrentExecutions: 7,
      Role: ROLE,
    }),
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Main' } } },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        FunctionName: { Ref: 'Main' },
        FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
        Name: 'live',
      },
    },
  };
  for (let i = 0; i < 60; i++) resources[`Small${i}`] = fn(`small-${i}`, 'exports.handler = async () => 1;');
  cloud = await cloudOf(resources);
  client = new LambdaClient(cloud.sdk);
});

afterAll(async () => {
  client.destroy();
  await cloud.stop();
});

const MAIN = {
  FunctionName: 'main',
  FunctionArn: arnOfFunction('main'),
  Runtime: 'nodejs24.x',
  Role: ROLE,
  Handler: 'index.handler',
  Description: 'answers',
  Timeout: 10,
  MemorySize: 256,
  LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
  Version: '$LATEST',
  Environment: { Variables: { TABLE: 'items' } },
  PackageType: 'Zip',
  Architectures: ['arm64'],
};

describe('ListFunctions', () => {
  test('when functions are listed, then each has its configuration, without its state', async () => {
    const { Functions } = await client.send(new ListFunctionsCommand({ MaxItems: 1 }));
    expect(Functions).toEqual([MAIN]);
  });

  test('given more than 50 functions, when MaxItems is larger, then pages have 50', async () => {
    const pages: number[] = [];
    const names = new Set<unknown>();
    for await (const { Functions = [] } of paginateListFunctions({ client, pageSize: 1_000 }, {})) {
      pages.push(Functions.length);
      for (const { FunctionName } of Functions) names.add(FunctionName);
    }
    expect([pages, names.size]).toEqual([[50, 11], 61]);
  });

  test('when MaxItems and Marker are passed, then the next page starts after the last', async () => {
    const first = await client.send(new ListFunctionsCommand({ MaxItems: 2 }));
    const second = await client.send(new ListFunctionsCommand({ MaxItems: 2, Marker: first.NextMarker }));
    const names = [first, second].map(({ Functions }) => Functions?.map(({ FunctionName }) => FunctionName));
    expect(names).toEqual([
      ['main', 'small-0'],
      ['small-1', 'small-2'],
    ]);
  });

  test('when FunctionVersion is ALL, then published versions are listed, and aliases are not', async () => {
    const { Functions } = await client.send(new ListFunctionsCommand({ FunctionVersion: 'ALL', MaxItems: 3 }));
    expect(Functions?.map(({ FunctionArn, Version }) => [FunctionArn, Version])).toEqual([
      [`${arnOfFunction('main')}:$LATEST`, '$LATEST'],
      [`${arnOfFunction('main')}:1`, '1'],
      [`${arnOfFunction('small-0')}:$LATEST`, '$LATEST'],
    ]);
  });

  test.each([
    ['MaxItems below 1', { MaxItems: 0 }, 'ValidationException', "Value '0' at 'maxItems'"],
    ['MaxItems above 10000', { MaxItems: 10_001 }, 'ValidationException', "Value '10001' at 'maxItems'"],
    ['an unknown FunctionVersion', { FunctionVersion: 'SOME' as 'ALL' }, 'ValidationException', '[ALL]'],
    ['an unknown Marker', { Marker: 'nonsense' }, 'InvalidParameterValueException', 'marker'],
  ])('when the call has %s, then it fails', async (_, input, name, message) => {
    await expect(client.send(new ListFunctionsCommand(input))).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('a single function', () => {
  test('when it is asked for by name or ARN, then GetFunction adds its state and reserved concurrency', async () => {
    for (const FunctionName of ['main', arnOfFunction('main')]) {
      expect(await client.send(new GetFunctionCommand({ FunctionName }))).toMatchObject({
        Configuration: { ...MAIN, State: 'Active', LastUpdateStatus: 'Successful' },
        Concurrency: { ReservedConcurrentExecutions: 7 },
      });
    }
    const small = await client.send(new GetFunctionCommand({ FunctionName: 'small-0' }));
    expect([small.Concurrency, small.Configuration?.Environment]).toEqual([undefined, undefined]);
  });

  test.each([
    ['a version', '1', '1'],
    ['an alias', 'live', '1'],
    ['$LATEST', '$LATEST', '$LATEST'],
  ])('when %s is asked for, then the ARN is qualified', async (_, Qualifier, version) => {
    const expected = { FunctionArn: `${arnOfFunction('main')}:${Qualifier}`, Version: version };
    const asked = [{ FunctionName: 'main', Qualifier }, { FunctionName: `main:${Qualifier}` }];
    for (const input of asked) {
      expect(await client.send(new GetFunctionConfigurationCommand(input))).toMatchObject(expected);
    }
  });

  test('when it does not exist, then the call fails with ResourceNotFoundException', async () => {
    for (const input of [{ FunctionName: 'nothing' }, { FunctionName: 'main', Qualifier: 'dead' }]) {
      await expect(client.send(new GetFunctionCommand(input))).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: expect.stringMatching(/^Function not found: arn:aws:lambda:/),
        $metadata: { httpStatusCode: 404 },
      });
    }
  });

  test('when it was found, then it can be invoked by that name', async () => {
    const { Functions } = await client.send(new ListFunctionsCommand({ MaxItems: 1 }));
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: Functions?.[0]?.FunctionName }));
    expect(Payload?.transformToString()).toBe('1');
  });
});
