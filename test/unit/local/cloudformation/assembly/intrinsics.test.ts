// CloudFormation's intrinsic functions, each alone and in complete stacks.
import type { Cloud } from '../../../../../local';
import { startCloud } from '../../../../../local';
import { type Exports, Resolver } from '../../../../../local/cloudformation/assembly/intrinsics';
import type { Template } from '../../../../../local/cloudformation/assembly/reader';
import { references } from '../../../../../local/cloudformation/assembly/references';
import { assemblyOf, cloudOf, fn, type TestStack } from '../../../../support/local/local-cloud';

function resolver(template: Template = {}): Resolver {
  const stack = {
    id: 'Test',
    name: 'Test',
    region: 'eu-west-1',
    accountId: '111122223333',
    template,
    tags: {},
    assets: new Map(),
  };
  const exports: Exports = {
    byName: new Map<string, unknown>([['eu-west-1/shared', 'exported']]),
    byStack: new Map([['us-west-2/Far', { Url: 'far away' }]]),
  };
  const one = new Resolver({
    stack,
    exports,
    rewrite: (text) => text,
    dynamic: (service, ref) => `<${service} ${ref}>`,
  });
  one.add('Queue', { ref: 'the-queue', attributes: { Arn: 'arn:queue', 'Nested.Name': 'deep' } });
  return one;
}

const resolve = (value: unknown, template?: Template): unknown => resolver(template).resolve(value, 'Res.Prop');

describe('Resolver', () => {
  test.each<[string, unknown, unknown]>([
    ['Ref to a resource', { Ref: 'Queue' }, 'the-queue'],
    ['Ref to pseudo parameters', [{ Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }], ['eu-west-1', '111122223333']],
    [
      'more of them',
      [{ Ref: 'AWS::Partition' }, { Ref: 'AWS::URLSuffix' }, { Ref: 'AWS::StackName' }],
      ['aws', 'amazonaws.com', 'Test'],
    ],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:queue'],
    ['GetAtt as a text', { 'Fn::GetAtt': 'Queue.Nested.Name' }, 'deep'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Queue' }, 1]] }, 'a-the-queue-1'],
    [
      'Sub as a text',
      { 'Fn::Sub': '${Queue}/${Queue.Arn}/${AWS::Region}/${!Literal}' },
      'the-queue/arn:queue/eu-west-1/${Literal}',
    ],
    ['Sub with variables', { 'Fn::Sub': ['${A}+${Queue}', { A: { 'Fn::Join': ['', ['x', 'y']] } }] }, 'xy+the-queue'],
    ['Split', { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }, ['arn', 'queue']],
    ['Select of Split', { 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['Base64', { 'Fn::Base64': { Ref: 'Queue' } }, Buffer.from('the-queue').toString('base64')],
    ['GetAZs here', { 'Fn::GetAZs': '' }, ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']],
    ['GetAZs there', { 'Fn::Select': [0, { 'Fn::GetAZs': { Ref: 'AWS::Region' } }] }, 'eu-west-1a'],
    ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': 'shared' } }, 'exported'],
    [
      'GetStackOutput',
      { 'Fn::GetStackOutput': { StackName: 'Far', OutputName: 'Url', Region: 'us-west-2' } },
      'far away',
    ],
    [
      'dynamic references, also made by a join',
      { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'Queue' }, '}}']] },
      '<secretsmanager the-queue>',
    ],
    [
      'NoValue: the property is not there',
      { a: 1, b: { Ref: 'AWS::NoValue' }, c: [{ Ref: 'AWS::NoValue' }, 2] },
      { a: 1, c: [2] },
    ],
    [
      'values without functions as they are',
      { a: [true, 1, null, 'x'], b: { Ref: 'Queue', other: 1 } },
      { a: [true, 1, null, 'x'], b: { Ref: 'Queue', other: 1 } },
    ],
  ])('%s', (_, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  test('given parameters with defaults, then they resolve to the defaults, and list parameters to lists', () => {
    const template: Template = {
      Parameters: {
        Name: { Type: 'String', Default: 'x' },
        Zones: { Type: 'CommaDelimitedList', Default: 'a,b' },
        Subnets: { Type: 'List<AWS::EC2::Subnet::Id>', Default: 's1,s2' },
      },
    };
    const value = [{ Ref: 'Name' }, { Ref: 'Zones' }, { 'Fn::Join': ['+', { Ref: 'Subnets' }] }];
    expect(resolve(value, template)).toEqual(['x', ['a', 'b'], 's1+s2']);
  });

  test('given conditions and mappings, then they are evaluated', () => {
    const template: Template = {
      Parameters: { Stage: { Type: 'String', Default: 'prod' } },
      Mappings: { Sizes: { 'eu-west-1': { small: 1, large: 'L' } } },
      Conditions: {
        IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
        IsTest: { 'Fn::Not': [{ Condition: 'IsProd' }] },
        Both: { 'Fn::And': [{ Condition: 'IsProd' }, { Condition: 'IsTest' }] },
        Either: { 'Fn::Or': [{ Condition: 'IsProd' }, { Condition: 'IsTest' }] },
      },
    };
    const choose = (condition: string): unknown => ({ 'Fn::If': [condition, 'yes', { Ref: 'AWS::NoValue' }] });
    const value = { prod: choose('IsProd'), test: choose('IsTest'), both: choose('Both'), either: choose('Either') };
    expect(resolve(value, template)).toEqual({ prod: 'yes', either: 'yes' });
    expect(resolve({ 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, template)).toBe(1);
  });
});

describe('an intrinsic that can not be resolved fails and names stack and property', () => {
  test.each<[string, unknown, string]>([
    ['a function it does not know', { 'Fn::Cidr': ['10.0.0.0/8', 1] }, 'the intrinsic function Fn::Cidr'],
    ['another one', { 'Fn::Transform': {} }, 'the intrinsic function Fn::Transform'],
    ['a Ref to nothing', { Ref: 'Nobody' }, 'Nobody, which is neither a resource nor a parameter'],
    [
      'an attribute that is not there',
      { 'Fn::GetAtt': ['Queue', 'Color'] },
      'the attribute Color of Queue (AWS::SQS::Queue)',
    ],
    ['an attribute of nothing', { 'Fn::Sub': '${Nobody.Arn}' }, 'Nobody, which is not a resource'],
    ['a Select beside the list', { 'Fn::Select': [3, ['a']] }, 'index 3 of Fn::Select'],
    ['a mapping that is not there', { 'Fn::FindInMap': ['A', 'b', 'c'] }, 'mapping A.b.c, which does not exist'],
    [
      'an export of nobody',
      { 'Fn::ImportValue': 'other' },
      'the import of other, which no stack of this region exports',
    ],
    [
      'an output of nobody',
      { 'Fn::GetStackOutput': { StackName: 'X', OutputName: 'Y' } },
      'the output Y of X in eu-west-1, which does not exist',
    ],
    ['an If without its parts', { 'Fn::If': 'IsProd' }, 'Fn::If without a list'],
    ['a condition that is not declared', { 'Fn::If': ['Nope', 1, 2] }, 'condition Nope, which is not declared'],
    ['a condition that depends on itself', { 'Fn::If': ['A', 1, 2] }, 'condition A, which depends on itself'],
    ['a condition function it does not know', { 'Fn::If': ['Odd', 1, 2] }, 'the condition function Fn::Contains'],
    ['a parameter without default', { Ref: 'Bare' }, 'parameter Bare, which has no default'],
    ['a parameter of Systems Manager', { Ref: 'Ssm' }, 'parameter Ssm, whose value is in Systems Manager'],
  ])('%s', (_, value, what) => {
    const template: Template = {
      Resources: { Queue: { Type: 'AWS::SQS::Queue' } },
      Parameters: { Bare: { Type: 'String' }, Ssm: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/a' } },
      Conditions: { A: { Condition: 'B' }, B: { 'Fn::Not': [{ Condition: 'A' }] }, Odd: { 'Fn::Contains': [[], ''] } },
    };
    expect(() => resolve({ deep: value }, template)).toThrow(
      expect.objectContaining({
        code: 'template_unsupported',
        message: expect.stringMatching(/^Test: Res\.Prop\.deep: can't resolve /),
      }),
    );
    expect(() => resolve(value, template)).toThrow(what);
  });
});

test('references returns the logical ids in a value', () => {
  const value = {
    a: [{ Ref: 'One' }, { 'Fn::GetAtt': ['Two', 'Arn'] }, { 'Fn::GetAtt': 'Three.Arn' }],
    b: { 'Fn::Sub': ['${Four} ${Five.Arn} ${!Not} ${Own}', { Own: { Ref: 'Six' } }] },
  };
  expect(references(value)).toEqual(['One', 'Two', 'Three', 'Four', 'Five', 'Six']);
});

describe('stacks', () => {
  const clouds: Cloud[] = [];
  afterAll(() => Promise.all(clouds.map((one) => one.stop())));
  const run = async (stacks: Record<string, TestStack>): Promise<Cloud> => {
    const cloud = await startCloud({ assembly: assemblyOf(stacks) });
    clouds.push(cloud);
    return cloud;
  };
  const queue = (properties: object = {}): object => ({ Type: 'AWS::SQS::Queue', Properties: properties });

  test('given exports and stack outputs, then later stacks resolve them, also across regions', async () => {
    const cloud = await run({
      Low: {
        template: {
          Resources: { Q: queue({ QueueName: 'low' }) },
          Outputs: {
            Arn: { Value: { 'Fn::GetAtt': ['Q', 'Arn'] }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-arn' } } },
          },
        },
      },
      High: { template: { Outputs: { Got: { Value: { 'Fn::ImportValue': 'Low-arn' } } } }, dependencies: ['Low'] },
      Far: {
        region: 'us-west-2',
        dependencies: ['Low'],
        template: {
          Outputs: {
            Got: { Value: { 'Fn::GetStackOutput': { StackName: 'Low', OutputName: 'Arn', Region: 'eu-west-1' } } },
          },
        },
      },
    });
    const outputs = cloud.regions.flatMap(({ stacks }) => stacks.map(({ name, outputs: all }) => [name, all]));
    const arn = 'arn:aws:sqs:eu-west-1:111122223333:low';
    expect(Object.fromEntries(outputs)).toEqual({ Low: { Arn: arn }, High: { Got: arn }, Far: { Got: arn } });
    expect(cloud.regions.map(({ region }) => region)).toEqual(['eu-west-1', 'us-west-2']);
    expect(new Set(cloud.regions.map(({ endpoint }) => endpoint)).size).toBe(2);
  });

  test('given references and conditions, then resources are created in dependency order and excluded ones are not', async () => {
    const cloud = await run({
      Test: {
        template: {
          Conditions: { Never: { 'Fn::Equals': [1, 2] } },
          Resources: {
            A: queue({
              QueueName: { 'Fn::Sub': '${B.QueueName}-a' },
              RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['B', 'Arn'] }, maxReceiveCount: 1 },
            }),
            B: queue({ QueueName: 'b' }),
            C: { ...queue(), Condition: 'Never' },
          },
          Outputs: {
            A: { Value: { 'Fn::GetAtt': ['A', 'QueueName'] } },
            C: { Condition: 'Never', Value: { Ref: 'C' } },
          },
        },
      },
    });
    expect(cloud.regions[0]!.stacks[0]!.outputs).toEqual({ A: 'b-a' });
  });

  test('given a circular dependency between resources, then the stack fails', async () => {
    const circle = { A: queue({ QueueName: { Ref: 'B' } }), B: { ...queue(), DependsOn: 'A' } };
    await expect(run({ Test: { template: { Resources: circle } } })).rejects.toMatchObject({
      code: 'template_unsupported',
      message: expect.stringContaining('A -> B -> A'),
    });
  });

  test('given a dynamic reference to a secret, then its value is resolved', async () => {
    const secret = (value: object): object => ({ Type: 'AWS::SecretsManager::Secret', Properties: value });
    const stacks = (reference: unknown): Record<string, TestStack> => ({
      Test: {
        template: {
          Resources: {
            S: secret({ Name: 's', SecretString: '{"user":"ada","n":1}' }),
            T: secret({ Name: 't', SecretString: 'text' }),
          },
          Outputs: { Got: { Value: reference } },
        },
      },
    });
    const got = async (reference: unknown): Promise<unknown> =>
      (await run(stacks(reference))).regions[0]!.stacks[0]!.outputs.Got;
    expect(await got({ 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'S' }, ':SecretString:user::}}']] })).toBe(
      'ada',
    );
    expect(await got('is {{resolve:secretsmanager:t}}')).toBe('is text');
    const refused = { code: 'template_unsupported' };
    await expect(got('{{resolve:secretsmanager:s:SecretString:nope::}}')).rejects.toMatchObject(refused);
    await expect(got('{{resolve:secretsmanager:t:SecretString:user::}}')).rejects.toMatchObject(refused);
    await expect(got('{{resolve:secretsmanager:s:SecretString::AWSPREVIOUS:}}')).rejects.toMatchObject(refused);
    await expect(got('{{resolve:ssm:/a}}')).rejects.toThrow('only secretsmanager is emulated');
  });

  test('given addresses of APIs in outputs and environments, then they are rewritten to local ones', async () => {
    const cloud = await cloudOf(
      {
        Api: {
          Type: 'AWS::ApiGatewayV2::Api',
          Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.a' },
        },
        Fn: fn('where', 'exports.handler = async () => process.env.URL;', {
          Environment: {
            Variables: {
              URL: {
                'Fn::Join': [
                  '',
                  ['https://', { Ref: 'Api' }, '.execute-api.eu-west-1.', { Ref: 'AWS::URLSuffix' }, '/v1'],
                ],
              },
            },
          },
        }),
      },
      {
        template: {
          Outputs: {
            Ws: { Value: { 'Fn::Sub': '${Api.ApiEndpoint}/v1' } },
            Other: { Value: 'https://abc.execute-api.us-east-1.amazonaws.com' },
          },
        },
      },
    );
    clouds.push(cloud.cloud);
    const id = cloud.outputs.Ws!.split('/').at(-2);
    expect(cloud.outputs.Ws).toBe(`${cloud.region.endpoint.replace('http', 'ws')}/execute-api/${id}/v1`);
    expect((await cloud.invoke('where')).payload).toBe(`${cloud.region.endpoint}/execute-api/${id}/v1`);
    expect(cloud.outputs.Other).toBe('https://abc.execute-api.us-east-1.amazonaws.com');
  });
});
