// Lambda REQUEST authorizers, which run before the upgrade is answered.
import { allowsInvoke, policyProblem } from '../../../../../local/services/apigateway/policy';
import { cloudOf, fn, type TestCloud } from '../../../../support/local/local-cloud';
import { type Client, connect, WEBSOCKET_OUTPUTS, webSocketApi } from '../../../../support/local/local-websocket';

const AUTHORIZER = `
let last;
exports.handler = async (event) => {
  if (event.last) return last;
  last = event;
  const as = event.queryStringParameters.as;
  const policy = (Effect, more = {}) => ({ Version: '2012-10-17', Statement: [{ Effect, Action: 'execute-api:Invoke', Resource: event.methodArn, ...more }] });
  switch (as) {
    case 'allow': return { principalId: 'ada', policyDocument: policy('Allow'), context: { n: 1, yes: true, text: 'x' } };
    case 'deny': return { principalId: 'ada', policyDocument: policy('Deny') };
    case 'elsewhere': return { principalId: 'ada', policyDocument: policy('Allow', { Resource: 'arn:aws:execute-api:*:*:other/*' }) };
    case 'unauthorized': throw new Error('Unauthorized');
    case 'error': throw new Error('broken');
    case 'nobody': return { policyDocument: policy('Allow') };
    case 'nothing': return undefined;
    case 'no-policy': return { principalId: 'ada' };
    case 'malformed': return { principalId: 'ada', policyDocument: { Statement: [{ Effect: 'allow', Action: '*', Resource: '*' }] } };
    case 'condition': return { principalId: 'ada', policyDocument: policy('Allow', { Condition: { IpAddress: {} } }) };
    case 'object': return { principalId: 'ada', policyDocument: policy('Allow'), context: { deep: { a: 1 } } };
    case 'large': return { principalId: 'ada', policyDocument: policy('Allow'), context: { text: 'x'.repeat(8192) } };
  }
};`;

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await cloudOf(
    {
      Authorizer1: fn('authorizer', AUTHORIZER),
      Backend: fn(
        'backend',
        'exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event.requestContext.authorizer) });',
      ),
      ...webSocketApi({
        authorizer: {
          target: 'authorizer',
          identitySources: ['route.request.querystring.as', 'route.request.header.X-Key'],
        },
        routes: { $connect: { target: 'backend' }, $default: { target: 'backend', responds: true } },
        stage: { AccessLogSettings: { Format: '$context.routeKey $context.status $context.authorizer.principalId' } },
      }),
    },
    { template: WEBSOCKET_OUTPUTS },
  );
});
afterAll(() => cloud.stop());

const as = (who: string): Promise<Client> => connect(cloud, { query: `?as=${who}`, headers: { 'x-key': 'k' } });

test('when a client is allowed, then its events have the authorizer context as text', async () => {
  const { status, ask, socket } = await as('allow');
  expect(status).toBe(101);
  expect(JSON.parse(await ask('x'))).toEqual({
    principalId: 'ada',
    integrationLatency: 0,
    n: '1',
    yes: 'true',
    text: 'x',
  });
  socket.close();
});

test('when a client connects, then the authorizer receives the request', async () => {
  await as('allow');
  const { payload } = await cloud.invoke('authorizer', { last: true });
  expect(payload).toMatchObject({
    type: 'REQUEST',
    methodArn: expect.stringMatching(/^arn:aws:execute-api:eu-west-1:111122223333:\w+\/v1\/\$connect$/),
    headers: { 'X-Key': 'k', 'Sec-WebSocket-Version': '13' },
    queryStringParameters: { as: 'allow' },
    requestContext: { eventType: 'CONNECT', routeKey: '$connect', connectionId: expect.any(String) },
  });
});

test.each([
  ['deny', 403],
  ['elsewhere', 403],
  ['unauthorized', 401],
  ['error', 500],
  ['nobody', 500],
  ['nothing', 500],
  ['no-policy', 500],
  ['malformed', 500],
  ['condition', 500],
  ['object', 500],
  ['large', 500],
])('given %s, then the status is %d', async (who, status) => {
  const refused = await as(who);
  expect(refused.status).toBe(status);
  expect(JSON.parse(refused.refusal)).toHaveProperty('message');
});

test('when an identity source is missing, then 401 without an invocation', async () => {
  const before = cloud.logs.filter(({ source }) => source === 'authorizer').length;
  expect((await connect(cloud, { query: '?as=allow' })).status).toBe(401);
  expect((await connect(cloud, { headers: { 'x-key': 'k' } })).status).toBe(401);
  expect((await connect(cloud, { query: '?as=', headers: { 'x-key': 'k' } })).status).toBe(401);
  expect(cloud.logs.filter(({ source }) => source === 'authorizer')).toHaveLength(before);
});

test('when a client is rejected, then the access log has it, and the log has the reason of a misconfiguration', () => {
  const lines = cloud.logs.map(({ message }) => message);
  for (const line of ['$connect 200 ada', '$connect 403 -', '$connect 401 -', '$connect 500 -'])
    expect(lines).toContain(line);
  expect(lines).toContain(
    "the authorizer is misconfigured: the authorizer's policy has the element Condition, which the local cloud does not evaluate",
  );
});

describe('policies', () => {
  const arn = 'arn:aws:execute-api:eu-west-1:1:api/v1/$connect';
  const policy = (...statements: object[]): object => ({ Statement: statements });
  const allow = (Resource: unknown, Action: unknown = 'execute-api:Invoke'): object => ({
    Effect: 'Allow',
    Action,
    Resource,
  });

  test('given wildcards and lists, then they match, and a deny wins', () => {
    expect(allowsInvoke(policy(allow('*')), arn)).toBe(true);
    expect(allowsInvoke({ Statement: allow('arn:aws:execute-api:*:1:api/v?/$connect', 'EXECUTE-API:*') }, arn)).toBe(
      true,
    );
    expect(allowsInvoke(policy(allow(['x', arn], ['s3:Get*', 'execute-api:Invoke'])), arn)).toBe(true);
    expect(allowsInvoke(policy(allow('arn:aws:execute-api:eu-west-1:1:API/*')), arn)).toBe(false);
    expect(allowsInvoke(policy(allow('*', 'execute-api:ManageConnections')), arn)).toBe(false);
    expect(allowsInvoke(policy(allow('*'), { ...allow('*'), Effect: 'Deny' }), arn)).toBe(false);
    expect(allowsInvoke(policy(allow('*'), { ...allow('other'), Effect: 'Deny' }), arn)).toBe(true);
  });

  test('given a policy that can not be evaluated, then the reason is returned', () => {
    expect(policyProblem(policy({ Sid: 'a', ...allow('*') }))).toBeUndefined();
    for (const bad of [
      undefined,
      'x',
      {},
      policy(),
      policy('x' as never),
      policy({}),
      policy({ Effect: 'Allow', Action: '*' }),
      policy(allow(1)),
      policy({ Effect: 'Allow', NotAction: 'x', Resource: '*' }),
    ]) {
      expect(policyProblem(bad)).toEqual(expect.any(String));
    }
  });
});
