// A WebSocket API for tests of the local cloud, and a minimal client.
import WebSocket from 'ws';
import { arnOfFunction, type Resources, type TestCloud } from './local-cloud';
import { until } from '../until';

export interface TestRoute {
  /** Function of the integration; undefined for MOCK. */
  readonly target?: string;
  readonly responds?: boolean;
  readonly timeout?: number;
  /** Response of a MOCK integration. */
  readonly mock?: string;
}

export interface TestApi {
  readonly routes: Readonly<Record<string, TestRoute>>;
  readonly selection?: string;
  readonly authorizer?: { readonly target: string; readonly identitySources?: readonly string[] };
  readonly stage?: object;
}

const ApiId = { Ref: 'Api' };

/** The resources of a WebSocket API `Api` with a stage `v1`. */
export function webSocketApi({ routes, selection, authorizer, stage = {} }: TestApi): Resources {
  const resources: Resources = {
    Api: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: selection ?? '$request.body.action' },
    },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId, StageName: 'v1', ...stage } },
  };
  if (authorizer !== undefined) {
    resources.Authorizer = {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId,
        AuthorizerType: 'REQUEST',
        AuthorizerUri: uriOf(authorizer.target),
        IdentitySource: authorizer.identitySources ?? [],
      },
    };
  }
  for (const [i, [key, route]] of Object.entries(routes).entries()) {
    Object.assign(resources, integrationOf(i, route), routeOf(i, key, authorizer !== undefined));
    if (route.responds === true) {
      resources[`Response${i}`] = {
        Type: 'AWS::ApiGatewayV2::RouteResponse',
        Properties: { ApiId, RouteId: { Ref: `Route${i}` }, RouteResponseKey: '$default' },
      };
    }
  }
  return resources;
}

/** The integration of a route, and the response of a MOCK integration. */
function integrationOf(i: number, { target, timeout, mock }: TestRoute): Resources {
  const integration = {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId,
      TimeoutInMillis: timeout,
      ...(target === undefined
        ? { IntegrationType: 'MOCK', RequestTemplates: { '200': '{"statusCode":200}' } }
        : { IntegrationType: 'AWS_PROXY', IntegrationUri: uriOf(target) }),
    },
  };
  if (mock === undefined) return { [`Integration${i}`]: integration };
  return {
    [`Integration${i}`]: integration,
    [`Answer${i}`]: {
      Type: 'AWS::ApiGatewayV2::IntegrationResponse',
      Properties: {
        ApiId,
        IntegrationId: { Ref: `Integration${i}` },
        IntegrationResponseKey: '$default',
        TemplateSelectionExpression: '200',
        ResponseTemplates: { '200': mock },
      },
    },
  };
}

function routeOf(i: number, key: string, hasAuthorizer: boolean): Resources {
  const authorization =
    key === '$connect' && hasAuthorizer ? { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Authorizer' } } : {};
  return {
    [`Route${i}`]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId,
        RouteKey: key,
        Target: { 'Fn::Join': ['/', ['integrations', { Ref: `Integration${i}` }]] },
        ...authorization,
      },
    },
  };
}

/** An output with the URL of the stage: `ws`. */
export const WEBSOCKET_OUTPUTS = {
  Outputs: {
    ws: { Value: { 'Fn::Sub': 'wss://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/v1' } },
    http: { Value: { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/v1' } },
  },
};

export interface Client {
  readonly socket: WebSocket;
  /** 101, or the status of the rejection. */
  readonly status: number;
  /** Body of the rejection. */
  readonly refusal: string;
  readonly texts: string[];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Sends a message, and returns the next received one. */
  readonly ask: (text: string) => Promise<string>;
}

export async function connect(
  cloud: Pick<TestCloud, 'outputs'>,
  options: { query?: string; headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<Client> {
  const socket = new WebSocket(`${cloud.outputs.ws}${options.query ?? ''}`, options.protocols ?? [], {
    headers: options.headers ?? {},
    perMessageDeflate: false,
  });
  const texts: string[] = [];
  let refusal = '';
  socket.on('message', (data: Buffer) => texts.push(data.toString()));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  const status = await new Promise<number>((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('error', () => resolve(-1));
    socket.on('unexpected-response', (_, response) => {
      response.on('data', (chunk: Buffer) => (refusal += chunk.toString()));
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
  });
  const ask = async (text: string): Promise<string> => {
    const seen = texts.length;
    socket.send(text);
    const isClosed = (): boolean => socket.readyState !== socket.OPEN;
    await until(() => texts.length > seen || isClosed(), `an answer to ${text.slice(0, 40)} comes`);
    if (texts.length === seen) throw new Error('the connection closed without an answer');
    return texts[seen]!;
  };
  return { socket, status, refusal, texts, closed, ask };
}

function uriOf(target: string): string {
  return `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${arnOfFunction(target)}/invocations`;
}
