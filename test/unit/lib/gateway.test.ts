import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { CfnApi, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Namespace, RealtimeAccessLogs, RealtimeAlarms, RealtimeApi, RealtimeAuth } from '../../../lib';
import {
  only,
  readable,
  realtimeStack,
  realtimeTemplate,
  resources,
  withoutHash,
} from '../../support/templates/templates';

const API = 'AWS::ApiGatewayV2::Api';
const ROUTE = 'AWS::ApiGatewayV2::Route';
const STAGE = 'AWS::ApiGatewayV2::Stage';
const PERMISSION = 'AWS::Lambda::Permission';

test('given several backends and stacks, then the names of their APIs are unique', () => {
  const app = new App();
  const stacks = ['One', 'Two'].map((id) => {
    const stack = new Stack(app, id, { env: { region: 'eu-west-1' } });
    for (const backend of ['A', 'B'.repeat(200)]) {
      new RealtimeApi(stack, backend, { namespaces: [Namespace.durable('chat')] });
    }
    return stack;
  });
  const names = stacks.flatMap((stack) =>
    resources(Template.fromStack(stack), API).map(([, { Properties }]) => Properties.Name as string),
  );
  expect(new Set(names).size).toBe(8);
  expect(names.filter((name) => /^One-A-(WebSocket|Http)/.test(name))).toHaveLength(2);
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html
  for (const name of names) expect(name.length).toBeLessThanOrEqual(128);
});

describe('WebSocketGateway', () => {
  const template = realtimeTemplate();
  const routes = (): Record<string, any> =>
    Object.fromEntries(
      resources(template, ROUTE).map(([id, { Properties }]) => [Properties.RouteKey, { id, ...Properties }]),
    );

  test('when a frame arrives, then its action selects the route', () => {
    template.hasResourceProperties(API, {
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });
  });

  test.each(['WEBSOCKET', 'HTTP'])('given the %s API, then its default endpoint is enabled', (protocol) => {
    template.hasResourceProperties(API, { ProtocolType: protocol, DisableExecuteApiEndpoint: Match.absent() });
  });

  test('given a browser, then the authorizer reads the offered subprotocols, which a browser can set', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'REQUEST',
      IdentitySource: ['route.request.header.Sec-WebSocket-Protocol'],
    });
  });

  test('given the routes, then only $connect has an authorizer', () => {
    const { $connect, ...others } = routes();
    expect($connect.AuthorizationType).toBe('CUSTOM');
    expect(readable($connect.AuthorizerId)).toBe('${RealtimeWebSocketApiAuthorizer}');
    const later = ['$disconnect', '$default', 'ping'];
    for (const key of later) expect(others[key]).toMatchObject({ AuthorizationType: 'NONE' });
    expect(
      Object.keys(others)
        .filter((key) => !key.includes(' '))
        .sort(),
    ).toEqual(later.sort());
  });

  test('given ping, then API Gateway answers it with a mock integration', () => {
    const [mock] = resources(template, 'AWS::ApiGatewayV2::Integration').filter(
      ([, { Properties }]) => Properties.IntegrationType === 'MOCK',
    );
    expect(mock?.[1].Properties.RequestTemplates).toEqual({ '200': '{"statusCode":200}' });
    expect(mock?.[1].Properties.TemplateSelectionExpression).toBe('200');
    expect(routes().ping.Target).toEqual({ 'Fn::Join': ['', ['integrations/', { Ref: mock?.[0] }]] });
    template.resourceCountIs('AWS::ApiGatewayV2::IntegrationResponse', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::IntegrationResponse', {
      IntegrationId: { Ref: mock?.[0] },
      IntegrationResponseKey: '$default',
      ResponseTemplates: { '200': '{"pong":true}' },
      TemplateSelectionExpression: '200',
    });
  });

  test('given the routes, then only $default and ping have a response', () => {
    const { $default, ping, $connect, $disconnect } = routes();
    const answered = resources(template, 'AWS::ApiGatewayV2::RouteResponse').map(([, { Properties }]) => Properties);
    expect(answered.map(({ RouteResponseKey }) => RouteResponseKey)).toEqual(['$default', '$default']);
    expect(answered.map(({ RouteId }) => RouteId.Ref).sort()).toEqual([$default.id, ping.id].sort());
    for (const route of [$default, ping]) expect(route.RouteResponseSelectionExpression).toBe('$default');
    for (const route of [$connect, $disconnect]) expect(route.RouteResponseSelectionExpression).toBeUndefined();
  });

  test('given the stage v1, then it is deployed automatically, with detailed metrics', () => {
    expect(only(template, STAGE, (id) => id.includes('WebSocket'))).toMatchObject({
      StageName: 'v1',
      AutoDeploy: true,
      DefaultRouteSettings: { DetailedMetricsEnabled: true },
    });
  });
});

describe('permissions of API Gateway to invoke functions', () => {
  const EXECUTE_API = 'arn:${AWS::Partition}:execute-api:eu-west-1:${AWS::AccountId}:';
  const WEBSOCKET = `${EXECUTE_API}\${RealtimeWebSocketApi}`;
  const HTTP = `${EXECUTE_API}\${RealtimeHttpApi}`;

  test('given functions and routes, then each pair has one permission', () => {
    const permissions = resources(realtimeTemplate(), PERMISSION).map(([, { Properties }]) => Properties);

    expect(Object.fromEntries(permissions.map((one) => [readable(one.FunctionName), readable(one.SourceArn)]))).toEqual(
      {
        '${RealtimeFunctionsAuthorizer.Arn}': `${WEBSOCKET}/authorizers/\${RealtimeWebSocketApiAuthorizer}`,
        '${RealtimeFunctionsConnect.Arn}': `${WEBSOCKET}/*$connect`,
        '${RealtimeFunctionsDisconnect.Arn}': `${WEBSOCKET}/*$disconnect`,
        '${RealtimeFunctionsMessage.Arn}': `${WEBSOCKET}/*$default`,
        '${RealtimeFunctionsPublish.Arn}': `${HTTP}/*/*/v1/channels/{channel}/messages`,
        '${RealtimeFunctionsHealth.Arn}': `${HTTP}/*/*/health`,
      },
    );
    expect(permissions).toHaveLength(6);
    for (const one of permissions) {
      expect(one).toMatchObject({ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' });
    }
  });
});

describe('HttpGateway', () => {
  const template = realtimeTemplate();

  test('given the routes, then they are the publish and the health route', () => {
    const keys = resources(template, ROUTE).map(([, { Properties }]) => Properties.RouteKey as string);
    expect(keys.filter((key) => key.includes(' ')).sort()).toEqual([
      'GET /health',
      'POST /v1/channels/{channel}/messages',
    ]);
  });

  describe('detailed metrics of the publish route', () => {
    const KEY = 'POST /v1/channels/{channel}/messages';
    const stageOf = (of: typeof template) => resources(of, STAGE).find(([id]) => id.includes('Http'))![1];

    test('given alarms, then the route has detailed metrics, and the throttle of the stage', () => {
      const { Properties, DependsOn } = stageOf(realtimeTemplate({ throttle: { rateLimit: 7, burstLimit: 9 } }));
      expect(Properties.RouteSettings).toEqual({
        [KEY]: { DetailedMetricsEnabled: true, ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 },
      });
      expect(Properties.DefaultRouteSettings).not.toHaveProperty('DetailedMetricsEnabled', true);
      const [route] = resources(template, ROUTE).find(([, { Properties: one }]) => one.RouteKey === KEY)!;
      expect(DependsOn).toEqual([route]);
    });

    test('given no alarms, then the route has no detailed metrics, which are billed', () => {
      expect(stageOf(realtimeTemplate({ alarms: RealtimeAlarms.disabled() })).Properties).not.toHaveProperty(
        'RouteSettings',
      );
    });
  });

  test('given an HTTP API for servers, then it has no CORS configuration', () => {
    template.hasResourceProperties(API, { ProtocolType: 'HTTP', CorsConfiguration: Match.absent() });
  });
});

describe('throttle of the stages', () => {
  const rates = (template: ReturnType<typeof realtimeTemplate>): unknown[] =>
    resources(template, STAGE).map(([, { Properties }]) => [
      Properties.DefaultRouteSettings.ThrottlingRateLimit,
      Properties.DefaultRouteSettings.ThrottlingBurstLimit,
    ]);

  test.each([
    ['by default', undefined, [1_000, 500]],
    ['as given', { rateLimit: 20, burstLimit: 40 }, [20, 40]],
    ['one given, the other by default', { rateLimit: 20 }, [20, 500]],
    ['undefined is not given', { rateLimit: undefined, burstLimit: 7 }, [1_000, 7]],
    ['rates need not be whole', { rateLimit: 0.5 }, [0.5, 500]],
  ])('given %s, then both stages have it', (_, throttle, expected) => {
    expect(rates(realtimeTemplate({ throttle }))).toEqual([expected, expected]);
  });
});

describe('access logs of the stages', () => {
  test('given no option, then both stages write access logs, and depend on the account role', () => {
    const template = realtimeTemplate();

    template.resourceCountIs('AWS::ApiGateway::Account', 1);
    for (const [id, { Properties, DependsOn }] of resources(template, STAGE)) {
      expect(readable(Properties.AccessLogSettings.DestinationArn)).toMatch(/^\$\{Realtime\w+AccessLog\.Arn\}$/);
      if (!id.includes('WebSocket')) continue;
      expect(DependsOn.map(withoutHash)).toEqual(expect.arrayContaining(['RealtimeAccountLogRole']));
      expect(DependsOn).toEqual(
        expect.arrayContaining(resources(template, 'AWS::ApiGateway::Account').map(([account]) => account)),
      );
    }
  });

  test('given the log format, then it is JSON without tokens', () => {
    for (const [, { Properties }] of resources(realtimeTemplate(), STAGE)) {
      const fields = JSON.parse(Properties.AccessLogSettings.Format) as Record<string, string>;
      expect(fields).toMatchObject({ requestId: '$context.requestId', status: '$context.status' });
      expect(Object.values(fields).join()).not.toMatch(/authorizer|header|querystring|protocol/i);
    }
  });

  test('given the account role, then it can write logs of this account and region only, and is retained', () => {
    const template = realtimeTemplate();
    template.hasResource('AWS::ApiGateway::Account', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    template.hasResource('AWS::IAM::Role', {
      DeletionPolicy: 'Retain',
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [Match.objectLike({ Principal: { Service: 'apigateway.amazonaws.com' } })],
        },
      },
    });
  });

  test('given existingAccountRole, then stages write access logs, and there is no account role', () => {
    const template = realtimeTemplate({ accessLogs: RealtimeAccessLogs.existingAccountRole() });

    template.resourceCountIs('AWS::ApiGateway::Account', 0);
    for (const [id, { Properties, DependsOn }] of resources(template, STAGE)) {
      expect(Properties.AccessLogSettings).toBeDefined();
      if (id.includes('WebSocket')) expect(DependsOn).toBeUndefined();
    }
  });

  test('given disabled, then there are no access logs, log groups and account role', () => {
    const template = realtimeTemplate({ accessLogs: RealtimeAccessLogs.disabled() });

    template.resourceCountIs('AWS::ApiGateway::Account', 0);
    template.allResourcesProperties(STAGE, { AccessLogSettings: Match.absent() });
    expect(resources(template, 'AWS::Logs::LogGroup').filter(([id]) => id.includes('AccessLog'))).toEqual([]);
  });

  test('given two backends in a stack, then there is one account setting', () => {
    // GIVEN
    const stack = new Stack(new App(), 'Test');
    const namespaces = [Namespace.durable('chat')];

    // WHEN
    const apis = ['One', 'Two'].map((id) => new RealtimeApi(stack, id, { namespaces }));

    // THEN
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGateway::Account', 1);
    expect(apis).toHaveLength(2);
    const waits = resources(template, STAGE).filter(
      ([id, { DependsOn }]) => id.includes('WebSocket') && DependsOn !== undefined,
    );
    expect(waits).toHaveLength(2);
  });
});

describe('escape hatches', () => {
  test('given an API or a stage, then its default child is the CloudFormation resource', () => {
    const { realtime, template } = realtimeStack();

    (realtime.webSocketApi.node.defaultChild as CfnApi).name = 'mine';
    (realtime.webSocketStage.node.defaultChild as CfnStage).description = 'mine';
    (realtime.httpApi.node.defaultChild as CfnApi).name = 'also mine';
    (realtime.httpStage.node.defaultChild as CfnStage).description = 'mine';

    template().hasResourceProperties(API, { Name: 'mine' });
    template().hasResourceProperties(API, { Name: 'also mine' });
    expect(resources(template(), STAGE).map(([, { Properties }]) => Properties.Description)).toEqual(['mine', 'mine']);
  });
});

describe('token verification', () => {
  const variables = (template: ReturnType<typeof realtimeTemplate>, name: string): any =>
    only(template, 'AWS::Lambda::Function', (id) => withoutHash(id) === `RealtimeFunctions${name}`).Environment
      .Variables;

  test('given no auth, then tokens are verified with a new secret', () => {
    const template = realtimeTemplate();
    template.resourceCountIs('AWS::SecretsManager::Secret', 1);
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
    });
    for (const name of ['Authorizer', 'Publish']) {
      expect(readable(variables(template, name).TOKEN_SECRET_ARN)).toBe('${RealtimeTokensSecret}');
      expect(variables(template, name).TOKEN_ISSUER).toBeUndefined();
    }
  });

  test.each([
    ['made from the issuer', undefined, 'https://id.example.com/.well-known/jwks.json'],
    ['as given', 'https://keys.example.com/jwks', 'https://keys.example.com/jwks'],
  ])(
    'given an issuer %s, then there is no secret, and functions have the URL of the key set',
    (_, jwksUri, expected) => {
      const options = { issuer: 'https://id.example.com/', audience: 'chat', ...(jwksUri && { jwksUri }) };
      const { realtime, template } = realtimeStack({ auth: RealtimeAuth.issuer(options) });

      expect(realtime.tokenSecret).toBeUndefined();
      template().resourceCountIs('AWS::SecretsManager::Secret', 0);
      for (const name of ['Authorizer', 'Publish']) {
        expect(variables(template(), name)).toMatchObject({
          TOKEN_ISSUER: 'https://id.example.com/',
          TOKEN_AUDIENCE: 'chat',
          TOKEN_JWKS_URI: expected,
        });
        expect(variables(template(), name).TOKEN_SECRET_ARN).toBeUndefined();
      }
    },
  );

  test('given the functions, then only those that verify tokens have the variables for it', () => {
    for (const name of ['Connect', 'Disconnect', 'Message', 'Health']) {
      expect(Object.keys(variables(realtimeTemplate(), name)).filter((key) => key.startsWith('TOKEN_'))).toEqual([]);
    }
  });
});
