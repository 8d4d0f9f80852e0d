// Functions with roles, for tests of rights: each sends one command of the AWS SDK.
import { ACCOUNT, fn, REGION, type Resources } from './local-cloud';

/** Sends one command of the SDK, and returns name, status and message of its error. */
export const CALLER = `
const packages = ${JSON.stringify(
  Object.fromEntries(
    ['dynamodb', 'sqs', 'secrets-manager', 'lambda', 'apigatewaymanagementapi', 'cloudformation'].map((one) => [
      one,
      require.resolve(`@aws-sdk/client-${one}`),
    ]),
  ),
)};
exports.handler = async ({ service, command, input, options = {} }) => {
  const sdk = require(packages[service]);
  const [, Client] = Object.entries(sdk).find(([name]) => /^(?!__).*Client$/.test(name));
  const client = new Client({ maxAttempts: 1, ...options });
  try {
    await client.send(new sdk[command + 'Command'](input));
    return 'done';
  } catch (error) {
    return [error.name, error.$metadata.httpStatusCode, error.message];
  } finally {
    client.destroy();
  }
};`;

export const arn = (service: string, resource: string, region = REGION): string =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;

export const document = (...statements: object[]): object => ({ Version: '2012-10-17', Statement: statements });
export const allow = (Action: string | string[], Resource: unknown): object => ({ Effect: 'Allow', Action, Resource });

/** A function `name` and its role `<name>-role`, with the given policies. */
export function caller(name: string, role: object = {}): Resources {
  return {
    [`${name}Role`]: { Type: 'AWS::IAM::Role', Properties: { RoleName: `${name}-role`, ...role } },
    [name]: fn(name, CALLER, { Role: { 'Fn::GetAtt': [`${name}Role`, 'Arn'] } }),
  };
}

export const inline = (...statements: object[]): object => ({
  Policies: [{ PolicyName: 'inline', PolicyDocument: document(...statements) }],
});
