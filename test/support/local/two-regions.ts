// A cloud of two regions with a global table, a replicated secret, and a queue and functions in each. Its clock is advanced by hand.
import { startCloud, type Cloud, type CloudOptions, type LocalRegion } from '../../../local';
import { assemblyOf, fn, type TestStack } from './local-cloud';
import { ManualClock } from '../manual-clock';

export const [A, B] = ['eu-west-1', 'us-east-1'] as const;
export const TABLE = 'shared';

/** Sends to the inbox of the other region, as a publishing function does. */
const SENDER = `
const { SQSClient, SendMessageCommand } = require(${JSON.stringify(require.resolve('@aws-sdk/client-sqs'))});
exports.handler = async ({ body }) => {
  const QueueUrl = JSON.parse(process.env.PEERS).other;
  const requestHandler = { requestTimeout: 500, throwOnRequestTimeout: true };
  const client = new SQSClient({ region: QueueUrl.split('.')[1], maxAttempts: 1, requestHandler });
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  return 'sent';
};`;

function regional(region: string, other: string): TestStack {
  const inbox = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'inbox' } };
  const peers = JSON.stringify({ other: `https://sqs.${other}.amazonaws.com/111122223333/inbox` });
  const environment = { Environment: { Variables: { PEERS: peers } } };
  return {
    region,
    dependencies: ['Global'],
    template: {
      Resources: {
        Inbox: inbox,
        Sender: fn('sender', SENDER, environment),
        Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } },
        Worker: fn('worker', 'exports.handler = async () => undefined;'),
        Poller: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: { EventSourceArn: { 'Fn::GetAtt': ['Jobs', 'Arn'] }, FunctionName: { Ref: 'Worker' } },
        },
        Count: fn('count', 'let n = 0; exports.handler = async () => (n += 1);'),
      },
    },
  };
}

const GLOBAL: TestStack = {
  region: A,
  template: {
    Resources: {
      Table: {
        Type: 'AWS::DynamoDB::GlobalTable',
        Properties: {
          TableName: TABLE,
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          Replicas: [{ Region: A }, { Region: B }],
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
          TimeToLiveSpecification: { Enabled: true, AttributeName: 'x' },
        },
      },
      Secret: {
        Type: 'AWS::SecretsManager::Secret',
        Properties: { Name: 'tokens', GenerateSecretString: {}, ReplicaRegions: [{ Region: B }] },
      },
    },
  },
};

export interface TwoRegions {
  readonly cloud: Cloud;
  readonly clock: ManualClock;
  readonly regions: Readonly<Record<string, LocalRegion>>;
  readonly put: (region: string, pk: string, value: string, more?: object) => Promise<void>;
  readonly remove: (region: string, pk: string) => Promise<void>;
  /** Value in a region, if any. */
  readonly get: (region: string, pk: string) => Promise<string | undefined>;
  /** Lets time pass, and waits for everything that is due. */
  readonly pass: (ms: number) => Promise<void>;
}

export async function twoRegions(options: Partial<CloudOptions> = {}): Promise<TwoRegions> {
  const clock = new ManualClock();
  const stacks = { Global: GLOBAL, [`In-${A}`]: regional(A, B), [`In-${B}`]: regional(B, A) };
  const cloud = await startCloud({ assembly: assemblyOf(stacks), clock, ...options });
  const regions = Object.fromEntries(cloud.regions.map((one) => [one.region, one]));
  const call = async (region: string, operation: string, fields: object): Promise<Record<string, any>> => {
    const { status, body } = await regions[region]!.services.dynamodb.call(operation, { TableName: TABLE, ...fields });
    if (status !== 200) throw new Error(body);
    return JSON.parse(body);
  };
  const Key = (pk: string): object => ({ Key: { pk: { S: pk } } });
  return {
    cloud,
    clock,
    regions,
    put: async (region, pk, value, more = {}) => {
      await call(region, 'PutItem', { Item: { pk: { S: pk }, v: { S: value }, ...more } });
    },
    remove: async (region, pk) => {
      await call(region, 'DeleteItem', Key(pk));
    },
    get: async (region, pk) => (await call(region, 'GetItem', { ...Key(pk), ConsistentRead: true })).Item?.v.S,
    pass: async (ms) => {
      clock.advance(ms);
      // Writes into the engine are asynchronous, but independent of the clock.
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}
