// HTTP APIs: routes, events of payload format 2.0, responses, CORS, limits.
import { cloudOf, type Resources, type TestCloud } from '../../../../support/local/local-cloud';
import { HTTP_API_OUTPUTS, httpApi, raw } from '../../../../support/local/local-http-api';

const clouds: TestCloud[] = [];
afterAll(() => Promise.all(clouds.map((one) => one.stop())));

async function start(resources: Resources, options: Parameters<typeof cloudOf>[1] = {}): Promise<TestCloud> {
  const one = await cloudOf(resources, { template: HTTP_API_OUTPUTS, ...options });
  clouds.push(one);
  return one;
}

let cloud: TestCloud;
let url: string;
beforeAll(async () => {
  cloud = await start(
    httpApi(
      [
        'GET /a/exact',
        'GET /a/{id}',
        'ANY /a/{id}',
        'GET /a/{id}/{more}',
        'GET /a/{proxy+}',
        'POST /a/exact',
        'ANY /b/{rest+}',
        '$default',
      ],
      {
        stage: {
          AccessLogSettings: {
            Format: '$context.httpMethod $context.path $context.status $context.identity.sourceIp $context.routeKey',
          },
        },
      },
    ),
  );
  url = cloud.outputs.url!;
});

describe('routes', () => {
  test.each([
    ['GET', '/a/exact', 'GET /a/exact', undefined],
    ['POST', '/a/exact', 'POST /a/exact', undefined],
    ['PUT', '/a/exact', 'ANY /a/{id}', { id: 'exact' }],
    ['GET', '/a/other', 'GET /a/{id}', { id: 'other' }],
    ['GET', '/a/one/two', 'GET /a/{id}/{more}', { id: 'one', more: 'two' }],
    ['GET', '/a/one/two/three', 'GET /a/{proxy+}', { proxy: 'one/two/three' }],
    ['DELETE', '/b/x/y', 'ANY /b/{rest+}', { rest: 'x/y' }],
    ['GET', '/b', '$default', undefined],
    ['GET', '/', '$default', undefined],
    ['GET', '/a/sp%20ace%C3%BC', 'GET /a/{id}', { id: 'sp aceü' }],
    ['GET', '/b/x%20y/z', 'ANY /b/{rest+}', { rest: 'x y/z' }],
  ])('%s %s: %s', async (method, path, routeKey, pathParameters) => {
    const event = await (await fetch(`${url}${path}`, { method })).json();
    expect(event).toMatchObject({ routeKey, rawPath: decodeURIComponent(path), requestContext: { http: { method } } });
    expect(event.pathParameters).toEqual(pathParameters);
  });

  test('when no route matches, then 404; when the path can not be decoded, then 400', async () => {
    const bare = await start(httpApi(['GET /only']));
    const missed = await fetch(`${bare.outputs.url}/other`);
    expect([missed.status, await missed.json()]).toEqual([404, { message: 'Not Found' }]);
    expect((await fetch(`${bare.outputs.url}/only`, { method: 'POST' })).status).toBe(404);
    expect((await raw(url, '/a/%FF')).status).toBe(400);
    expect((await fetch(`${cloud.region.endpoint}/execute-api/nothere/x`)).status).toBe(404);
  });

  test('given a named stage, then functions receive it in the path', async () => {
    const staged = await start(httpApi(['GET /x/{id}'], { stageName: 'prod' }));
    const event = await (await fetch(`${staged.outputs.url}/prod/x/1`)).json();
    expect(event).toMatchObject({
      routeKey: 'GET /x/{id}',
      rawPath: '/prod/x/1',
      pathParameters: { id: '1' },
      requestContext: { stage: 'prod', http: { path: '/prod/x/1' } },
    });
    expect((await fetch(`${staged.outputs.url}/x/1`)).status).toBe(403);
  });
});

describe('events', () => {
  test('when a function is invoked, then the event has payload format 2.0', async () => {
    const response = await fetch(`${url}/a/exact?x=1&x=2&y=%C3%BC&z`, {
      method: 'POST',
      body: '{"a":"ü"}',
      headers: { 'content-type': 'application/json', 'X-My': 'v', cookie: 'one=1; two=2', 'user-agent': 'tester' },
    });
    const event = await response.json();
    const apiId = url.split('/').at(-1);
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'POST /a/exact',
      rawPath: '/a/exact',
      rawQueryString: 'x=1&x=2&y=%C3%BC&z',
      cookies: ['one=1', 'two=2'],
      headers: expect.objectContaining({
        'x-my': 'v',
        'content-type': 'application/json',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
      }),
      queryStringParameters: { x: '1,2', y: 'ü', z: '' },
      requestContext: {
        accountId: '111122223333',
        apiId,
        domainName: `${apiId}.execute-api.eu-west-1.amazonaws.com`,
        domainPrefix: apiId,
        http: { method: 'POST', path: '/a/exact', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'tester' },
        requestId: expect.any(String),
        routeKey: 'POST /a/exact',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"a":"ü"}',
      isBase64Encoded: false,
    });
    expect(event.headers.cookie).toBeUndefined();
    expect(response.headers.get('apigw-requestid')).toBeTruthy();
  });

  test('when the body is binary, then it is base64; when it is empty, then it is absent', async () => {
    const body = Buffer.from([0, 255, 1]);
    const event = await (
      await fetch(`${url}/b/x`, { method: 'POST', body, headers: { 'content-type': 'application/octet-stream' } })
    ).json();
    expect(event).toMatchObject({ body: body.toString('base64'), isBase64Encoded: true });
    const empty = await (await fetch(`${url}/b/x`)).json();
    expect([empty.body, empty.isBase64Encoded, empty.queryStringParameters, empty.cookies]).toEqual([
      undefined,
      false,
      undefined,
      undefined,
    ]);
  });
});

describe('responses', () => {
  const get = async (
    answer: unknown,
  ): Promise<{ status: number; type: string | null; text: string; headers: Headers }> => {
    const text = answer === undefined ? 'undefined' : encodeURIComponent(JSON.stringify(answer));
    const response = await fetch(`${url}/b/x?answer=${text}`);
    const { status, headers } = response;
    return { status, type: headers.get('content-type'), text: await response.text(), headers };
  };

  test('when the result has no statusCode, then it is the JSON body', async () => {
    const json = { status: 200, type: 'application/json' };
    expect(await get({ a: 1 })).toMatchObject({ ...json, text: '{"a":1}' });
    expect(await get('a text')).toMatchObject({ ...json, text: 'a text' });
    expect(await get(42)).toMatchObject({ ...json, text: '42' });
    expect(await get([1])).toMatchObject({ ...json, text: '[1]' });
    expect(await get(undefined)).toMatchObject({ ...json, text: 'null' });
  });

  test('when the result has a statusCode, then it is the response', async () => {
    const { headers, ...rest } = await get({
      statusCode: 201,
      headers: { 'X-One': 1, 'Content-Type': 'text/html' },
      cookies: ['a=1', 'b=2'],
      body: 'ü',
    });
    expect(rest).toEqual({ status: 201, type: 'text/html', text: 'ü' });
    expect([headers.get('x-one'), headers.getSetCookie()]).toEqual(['1', ['a=1', 'b=2']]);
    expect(await get({ statusCode: '204' })).toMatchObject({ status: 204, text: '' });
    expect(
      await get({ statusCode: 200, body: Buffer.from('bytes').toString('base64'), isBase64Encoded: true }),
    ).toMatchObject({ text: 'bytes' });
  });

  test('when the result is malformed or an error, then 500; when throttled or timed out, then 503', async () => {
    const failed = { status: 500, text: '{"message":"Internal Server Error"}' };
    expect(await get({ statusCode: 'many' })).toMatchObject(failed);
    expect(await get({ statusCode: 200, body: { a: 1 } })).toMatchObject(failed);
    expect((await fetch(`${url}/b/x?error=1`)).status).toBe(500);
    const slow = await start(httpApi(['$default'], { integration: { TimeoutInMillis: 100 } }));
    const late = await fetch(`${slow.outputs.url}/?wait=2000`);
    expect([late.status, await late.json()]).toEqual([503, { message: 'Service Unavailable' }]);
  });

  test('when a request is answered, then the access log has it', async () => {
    await fetch(`${url}/a/exact?x=1`);
    expect(cloud.logs.map(({ message }) => message)).toContain('GET /a/exact 200 127.0.0.1 GET /a/exact');
  });
});

describe('CORS', () => {
  const cors = async (config: object) => {
    const one = await start(httpApi(['GET /', 'OPTIONS /'], { api: { CorsConfiguration: config } }));
    return (method: string, headers: Record<string, string>, query = '') =>
      fetch(`${one.outputs.url}/${query}`, { method, headers }).then(({ status, headers: got }) => ({
        status,
        ...Object.fromEntries(
          [...got]
            .filter(([name]) => name.startsWith('access-control-'))
            .map(([name, value]) => [name.slice(15), value]),
        ),
      }));
  };

  test('when a preflight request arrives, then API Gateway answers it', async () => {
    const ask = await cors({
      AllowOrigins: ['https://a.example', 'https://*'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: ['authorization'],
      ExposeHeaders: ['x-one'],
      MaxAge: 300,
      AllowCredentials: true,
    });
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    expect(await ask('OPTIONS', preflight)).toEqual({
      status: 204,
      'allow-origin': 'https://a.example',
      'allow-methods': 'GET,POST',
      'allow-headers': 'authorization',
      'expose-headers': 'x-one',
      'max-age': '300',
      'allow-credentials': 'true',
    });
    expect(await ask('OPTIONS', { ...preflight, origin: 'https://b.example' })).toMatchObject({
      'allow-origin': 'https://b.example',
    });
    expect(await ask('OPTIONS', { ...preflight, origin: 'http://b.example' })).toEqual({ status: 204 });
    expect(await ask('OPTIONS', { origin: 'https://a.example' })).toEqual({ status: 204 });
  });

  test('when a response has CORS headers, then those of the API replace them', async () => {
    const ask = await cors({ AllowOrigins: ['*'], AllowMethods: ['GET'] });
    const answer = `?answer=${encodeURIComponent(JSON.stringify({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': 'https://own', 'Access-Control-Max-Age': 1 } }))}`;
    expect(await ask('GET', { origin: 'https://a.example' }, answer)).toEqual({
      status: 200,
      'allow-origin': '*',
      'allow-methods': 'GET',
    });
    expect(await ask('GET', {}, answer)).toEqual({ status: 200 });
  });

  test('given an API without CORS, then headers of the function pass', async () => {
    const answer = encodeURIComponent(
      JSON.stringify({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': 'https://own' } }),
    );
    const response = await fetch(`${url}/b/x?answer=${answer}`, { headers: { origin: 'https://a.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://own');
  });
});

describe('limits', () => {
  test('when the quota of stage or account is exhausted, then 429', async () => {
    const stage = await start(
      httpApi(['$default'], {
        stage: { DefaultRouteSettings: { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 1 } },
      }),
    );
    const account = await start(httpApi(['$default']), { limits: { requestRate: 0.001, requestBurst: 1 } });
    for (const one of [stage, account]) {
      expect((await fetch(one.outputs.url!)).status).toBe(200);
      const second = await fetch(one.outputs.url!);
      expect([second.status, await second.json()]).toEqual([429, { message: 'Too Many Requests' }]);
    }
  });

  test('when a body exceeds 10 MB or the limit of Lambda, then 413', async () => {
    const post = async (bytes: number): Promise<number> =>
      (
        await fetch(`${url}/b/x?answer=1`, {
          method: 'POST',
          body: 'x'.repeat(bytes),
          headers: { 'content-type': 'text/plain' },
        })
      ).status;
    expect(await post(1024 * 1024)).toBe(200);
    expect(await post(7 * 1024 * 1024)).toBe(413);
    expect(await post(10 * 1024 * 1024 + 1)).toBe(413);
  });
});

test('when a template uses features that are not emulated, then the start fails or reports them', async () => {
  await expect(start(httpApi(['$default'], { integration: { PayloadFormatVersion: '1.0' } }))).rejects.toThrow(
    'only proxy integrations with PayloadFormatVersion 2.0',
  );
  await expect(start(httpApi([], { api: { Body: {} } }))).rejects.toThrow('APIs from Body are not emulated');
  const jwt = {
    R: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ApiId: { Ref: 'Api' }, RouteKey: 'GET /', AuthorizationType: 'JWT' },
    },
  };
  await expect(start({ ...httpApi([]), ...jwt })).rejects.toThrow('authorization JWT of route GET / is not emulated');
  const noted = await start(
    httpApi(['$default'], {
      stage: { StageVariables: { a: 'b' }, RouteSettings: { $default: { ThrottlingRateLimit: 1 } } },
      integration: { RequestParameters: {} },
      api: { DisableExecuteApiEndpoint: true },
    }),
  );
  expect(noted.cloud.unsupported.map(({ logicalId }) => logicalId).sort()).toEqual([
    'Api',
    'Integration',
    'Stage',
    'Stage',
  ]);
});
