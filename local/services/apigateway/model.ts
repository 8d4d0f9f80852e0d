// APIs as their CloudFormation resources describe them.

export interface Integration {
  readonly id: string;
  readonly type: 'AWS_PROXY' | 'MOCK';
  /** The function, for AWS_PROXY. */
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
  /** `route.request.header.<name>` or `route.request.querystring.<name>`; all of them must be there. */
  readonly identitySources: readonly string[];
}

export interface Route {
  readonly id: string;
  readonly key: string;
  readonly integrationId?: string;
  readonly authorizerId?: string;
  /** A route answers its caller only if it has a route response. */
  hasResponse: boolean;
}

export interface Stage {
  readonly name: string;
  readonly rateLimit?: number;
  readonly burstLimit?: number;
  /** `$context` variables in any text. */
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
  /** `$request.body.action` and the like. */
  readonly routeSelection: string;
  readonly cors?: Cors;
}

/** An API with everything that hangs on it; filled by the resource types. */
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
