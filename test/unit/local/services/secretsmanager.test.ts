// Secrets Manager through the AWS SDK, and secrets of CloudFormation.
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { generateSecret } from '../../../../local/services/secretsmanager';
import { cloudOf, temporaryFolder, type TestCloud } from '../../../support/local/local-cloud';

const secret = (Name: string, properties: object): object => ({
  Type: 'AWS::SecretsManager::Secret',
  Properties: { Name, ...properties },
});

const RESOURCES = {
  Token: secret('token', { GenerateSecretString: {} }),
  Stated: secret('stated', { SecretString: 'known' }),
  Json: secret('json', {
    GenerateSecretString: {
      SecretStringTemplate: '{"user":"ada"}',
      GenerateStringKey: 'password',
      PasswordLength: 8,
      ExcludePunctuation: true,
    },
  }),
  Empty: secret('empty', {}),
};

let cloud: TestCloud;
let client: SecretsManagerClient;
const dataDir = temporaryFolder();

beforeAll(async () => {
  cloud = await cloudOf(RESOURCES, { dataDir });
  client = new SecretsManagerClient(cloud.sdk);
});
afterAll(async () => {
  client.destroy();
  await cloud.stop();
});

const value = async (SecretId: string): Promise<string | undefined> =>
  (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;

test('when a secret is requested by name, ARN or partial ARN, then it is found', async () => {
  const got = await client.send(new GetSecretValueCommand({ SecretId: 'token' }));
  expect(got).toMatchObject({
    Name: 'token',
    VersionStages: ['AWSCURRENT'],
    SecretString: expect.stringMatching(/^.{32}$/),
  });
  expect(got.ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:111122223333:secret:token-\w{6}$/);
  expect(await value(got.ARN!)).toBe(got.SecretString);
  expect(await value(got.ARN!.slice(0, -7))).toBe(got.SecretString);
  const described = await client.send(new DescribeSecretCommand({ SecretId: 'token' }));
  expect(described).toMatchObject({
    Name: 'token',
    ARN: got.ARN,
    VersionIdsToStages: { [got.VersionId!]: ['AWSCURRENT'] },
  });
  expect(described).not.toHaveProperty('SecretString');
});

test('given a stated, generated or templated value, then the secret has that value', async () => {
  expect(await value('stated')).toBe('known');
  const { user, password } = JSON.parse((await value('json'))!) as { user: string; password: string };
  expect([user, password]).toEqual(['ada', expect.stringMatching(/^[A-Za-z0-9]{8}$/)]);
});

test('when a secret or version does not exist, then the call fails with ResourceNotFoundException', async () => {
  const missing = { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 400 } };
  await expect(value('nope')).rejects.toMatchObject(missing);
  await expect(value('empty')).rejects.toMatchObject(missing);
  await expect(
    client.send(new GetSecretValueCommand({ SecretId: 'token', VersionStage: 'AWSPREVIOUS' })),
  ).rejects.toMatchObject(missing);
  await expect(
    client.send(new GetSecretValueCommand({ SecretId: 'token', VersionId: 'x'.repeat(32) })),
  ).rejects.toMatchObject(missing);
  await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({
    message: expect.stringContaining('does not emulate the Secrets Manager operation ListSecrets'),
  });
});

test('when the cloud restarts, then a generated value is kept and a stated value follows the template', async () => {
  const before = [await value('token'), await value('json')];
  const again = await cloudOf({ ...RESOURCES, Stated: secret('stated', { SecretString: 'new' }) }, { dataDir });
  const { secrets } = again.services;
  expect([secrets.value('token'), secrets.value('json')]).toEqual(before);
  expect(secrets.value('stated')).toBe('new');
  await again.stop();
  const elsewhere = await cloudOf(RESOURCES);
  expect(elsewhere.services.secrets.value('token')).not.toBe(before[0]);
  await elsewhere.stop();
});

test('given character rules, then a generated value follows them', () => {
  const options = {
    length: 5,
    excludeCharacters: '',
    excludeLowercase: false,
    excludeUppercase: false,
    excludeNumbers: false,
    excludePunctuation: false,
    includeSpace: true,
    requireEachKind: true,
  };
  for (let i = 0; i < 50; i++) {
    const each = generateSecret(options);
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, / /, /[^A-Za-z0-9 ]/]) expect(each).toMatch(kind);
    const digits = {
      ...options,
      length: 20,
      excludeLowercase: true,
      excludeUppercase: true,
      excludePunctuation: true,
      includeSpace: false,
    };
    expect(generateSecret({ ...digits, excludeCharacters: '0123' })).toMatch(/^[4-9]{20}$/);
  }
  expect(() =>
    generateSecret({
      ...options,
      excludeCharacters: 'x',
      includeSpace: false,
      excludeLowercase: true,
      excludeUppercase: true,
      excludeNumbers: true,
      excludePunctuation: true,
    }),
  ).toThrow('excludes every character');
});
