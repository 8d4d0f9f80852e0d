// Model of APIs, created from CloudFormation resources.

export interface Integration {
  readonly id: string;
  readonly type: 'AWS_PROXY' | 'MOCK';
  /** ARN of the function of an AWS_PROXY integration. */
  readonly functionArn?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

export interface IntegrationResponse {
  readonly key: string;
  readonly templates: Readonly<Record<string, string>>;
  readonly templateSelection?: string;
}

export interface Authorizer {
  readonly id: string;
  readonly functionArn: string;
  /** `route.request.header.<name>` or `route.request.querystring.<name>`. A request without one of them is unauthorized. */
  readonly identitySources: readonly string[];
}

export interface Route {
  readonly id: string;
  readonly key: string;
  readonly integrationId?: string;
  readonly authorizerId?: string;
  /** Whether the route has a route response: only then the client receives the integration's response. */
  hasResponse: boolean;
}

export interface Stage {
  readonly name: string;
  readonly rateLimit?: number;
  readonly burstLimit?: number;
  /** Text with `$context` variables. */
  readonly accessLogFormat?: string;
}

export interface Cors {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAge?: number;
  readonly allowCredentials: boolean;
}

export interface ApiConfig {
  readonly id: string;
  readonly name: string;
  /** Name of the stack that the API belongs to. */
  readonly stack: string;
  readonly protocol: 'WEBSOCKET' | 'HTTP';
  /** Route selection expression, such as `$request.body.action`. */
  readonly routeSelection: string;
  readonly cors?: Cors;
}

/** An API with its routes, integrations, authorizers and stages. The resource types fill it. */
export class ApiModel {
  public readonly routes = new Map<string, Route>();
  public readonly integrations = new Map<string, Integration>();
  public readonly integrationResponses = new Map<string, IntegrationResponse[]>();
  public readonly authorizers = new Map<string, Authorizer>();
  public readonly stages = new Map<string, Stage>();

  public readonly id: string;
  public readonly name: string;
  public readonly stack: string;
  public readonly protocol: 'WEBSOCKET' | 'HTTP';
  public readonly routeSelection: string;
  public readonly cors: Cors | undefined;

  public constructor({ id, name, stack, protocol, routeSelection, cors }: ApiConfig) {
    this.id = id;
    this.name = name;
    this.stack = stack;
    this.protocol = protocol;
    this.routeSelection = routeSelection;
    this.cors = cors;
  }

  public routeByKey(key: string): Route | undefined {
    for (const route of this.routes.values()) if (route.key === key) return route;
    return undefined;
  }
}
