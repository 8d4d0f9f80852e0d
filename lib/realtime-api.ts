import { CfnOutput, type IResource, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import type {
  IHttpApi,
  IHttpStage,
  IWebSocketApi,
  IWebSocketStage,
  ThrottleSettings,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { AccountLogRole } from './gateway/account-log-role';
import { HttpGateway } from './gateway/http-gateway';
import { STAGE_NAME, WebSocketGateway } from './gateway/websocket-gateway';
import { NAMESPACE_RULE, Namespace } from './namespace';
import { namespacesJson, RealtimeFunctions } from './private/realtime-functions';
import { TokenVerification } from './private/token-verification';
import { isKnown, PropCheck } from './private/validation';
import { RealtimeAccessLogs } from './realtime-access-logs';
import { RealtimeAuth } from './realtime-auth';
import { RealtimeApiGrants } from './realtime-grants';
import { RealtimeTables } from './storage/realtime-tables';

/** A realtime backend in one region. */
export interface IRealtimeApi extends IResource {
  /** Where clients connect: `wss://…/v1`. */
  readonly webSocketUrl: string;
  /** Where servers publish: `https://…`. */
  readonly httpUrl: string;
  /** Rights for your own functions and roles. */
  readonly grants: RealtimeApiGrants;
}

/** Props of {@link RealtimeApi}. */
export interface RealtimeApiProps {
  /** The namespaces of its channels; at least one, each name once. */
  readonly namespaces: Namespace[];
  /**
   * Whose tokens are trusted.
   *
   * @default RealtimeAuth.networkSecret()
   */
  readonly auth?: RealtimeAuth;
  /**
   * Whether API Gateway writes access logs.
   *
   * @default RealtimeAccessLogs.withAccountRole()
   */
  readonly accessLogs?: RealtimeAccessLogs;
  /**
   * Most requests a second, and most at once, for each of the two stages. The account's own limit of 10,000 a second
   * (2,500 in some regions) is shared by all its APIs and by every delivery to a connection.
   *
   * @default - 1,000 a second, bursts of 500
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  readonly throttle?: ThrottleSettings;
  /**
   * Encrypts the tables and the token secret.
   *
   * @default - keys that AWS owns or manages
   */
  readonly encryptionKey?: IKey;
  /**
   * What becomes of tables, secret and logs when the stack goes. With DESTROY, deletion protection is off.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * How long logs are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

/** What is known of a backend that another stack made. What is not given can't be used. */
export interface RealtimeApiAttributes {
  /** Where clients connect: the `wss://` address. */
  readonly webSocketUrl: string;
  /**
   * Where servers publish.
   *
   * @default - `httpUrl` can't be read
   */
  readonly httpUrl?: string;
  /**
   * The function that publishes.
   *
   * @default - `grants` can't be used
   */
  readonly publishFunctionArn?: string;
}

/**
 * A realtime backend in one region, in any stack: WebSocket and HTTP API, functions, tables, and the secret that signs
 * tokens. Escape hatches: the tables, APIs and stages are readonly fields, and `node.defaultChild` of each is its
 * CloudFormation resource.
 */
export class RealtimeApi extends Resource implements IRealtimeApi {
  /** Refers to a backend that another stack made. */
  public static fromRealtimeApiAttributes(scope: Construct, id: string, attrs: RealtimeApiAttributes): IRealtimeApi {
    class Import extends Resource implements IRealtimeApi {
      /** As given. */
      public readonly webSocketUrl = attrs.webSocketUrl;

      public get httpUrl(): string {
        return given(this, 'httpUrl', attrs.httpUrl);
      }

      public get grants(): RealtimeApiGrants {
        const arn = given(this, 'publishFunctionArn', attrs.publishFunctionArn);
        const existing = this.node.tryFindChild('Publish') as IFunction | undefined;
        const attributes = { functionArn: arn, sameEnvironment: true };
        return new RealtimeApiGrants(existing ?? LambdaFunction.fromFunctionAttributes(this, 'Publish', attributes));
      }
    }
    return new Import(scope, id);
  }

  /** Where clients connect. */
  public readonly webSocketUrl: string;
  /** Where servers publish. */
  public readonly httpUrl: string;
  /** The secret that signs tokens; undefined when an issuer does. */
  public readonly tokenSecret?: ISecret;
  /** Rights for your own functions and roles. */
  public readonly grants: RealtimeApiGrants;
  /** Connections and subscriptions of this region. */
  public readonly connectionsTable: ITableV2;
  /** The log of every channel. */
  public readonly messagesTable: ITableV2;
  /** The WebSocket API; its default endpoint has to stay enabled, because deliveries go through it. */
  public readonly webSocketApi: IWebSocketApi;
  /** Its stage. */
  public readonly webSocketStage: IWebSocketStage;
  /** The HTTP API. */
  public readonly httpApi: IHttpApi;
  /** Its stage. */
  public readonly httpStage: IHttpStage;

  public constructor(scope: Construct, id: string, props: RealtimeApiProps) {
    super(scope, id);
    this.validate(props);
    const { namespaces, encryptionKey } = props;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
    const throttle = { rateLimit: 1_000, burstLimit: 500, ...props.throttle };
    const logs = props.accessLogs ?? RealtimeAccessLogs.withAccountRole();
    const accessLogs = { enabled: logs.enabled, retention: logRetention, removalPolicy };
    const encryption = encryptionKey === undefined ? {} : { encryptionKey };

    const tables = new RealtimeTables(this, 'Tables', { removalPolicy, ...encryption });
    const tokens = new TokenVerification(this, 'Tokens', {
      auth: props.auth ?? RealtimeAuth.networkSecret(),
      removalPolicy,
      ...encryption,
    });
    const webSocket = new WebSocketGateway(this, 'WebSocket', {
      throttle,
      accessLogs,
      ...(logs.setsAccountRole ? { stageDependency: new AccountLogRole(this, 'AccountLogRole') } : {}),
    });
    const { callbackUrl, callbackArn } = webSocket;
    const functions = new RealtimeFunctions(this, 'Functions', {
      ...{ tables, namespaces, tokens, callbackUrl, callbackArn, removalPolicy, logRetention },
    });
    webSocket.addRoutes(functions);
    const { publish, health } = functions;
    const http = new HttpGateway(this, 'Http', { publish, health, throttle, accessLogs });

    this.connectionsTable = tables.connections;
    this.messagesTable = tables.messages;
    this.webSocketApi = webSocket.api;
    this.webSocketStage = webSocket.stage;
    this.httpApi = http.api;
    this.httpStage = http.stage;
    this.webSocketUrl = webSocket.stage.url;
    this.httpUrl = http.api.apiEndpoint;
    this.grants = new RealtimeApiGrants(functions.publish);
    if (tokens.secret !== undefined) this.tokenSecret = tokens.secret;
    this.addOutputs(namespaces);
  }

  /** Connections opened. */
  public metricConnections(options?: MetricOptions): Metric {
    return this.metric('ConnectCount', Stats.SUM, options);
  }

  /** Messages to and from clients. */
  public metricMessages(options?: MetricOptions): Metric {
    return this.metric('MessageCount', Stats.SUM, options);
  }

  /** Requests that API Gateway answered with 4xx before a function ran. */
  public metricClientErrors(options?: MetricOptions): Metric {
    return this.metric('ClientError', Stats.SUM, options);
  }

  /** Requests for which a function failed. */
  public metricIntegrationErrors(options?: MetricOptions): Metric {
    return this.metric('IntegrationError', Stats.SUM, options);
  }

  /** Requests for which calling a function failed. */
  public metricExecutionErrors(options?: MetricOptions): Metric {
    return this.metric('ExecutionError', Stats.SUM, options);
  }

  /** Milliseconds from calling a function to its answer. */
  public metricIntegrationLatency(options?: MetricOptions): Metric {
    return this.metric('IntegrationLatency', Stats.p(99), options);
  }

  /** A metric of the WebSocket stage. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html */
  private metric(metricName: string, statistic: string, options?: MetricOptions): Metric {
    const dimensionsMap = { ApiId: this.webSocketApi.apiId, Stage: STAGE_NAME };
    return new Metric({ namespace: 'AWS/ApiGateway', metricName, statistic, dimensionsMap, ...options }).attachTo(this);
  }

  private validate({ namespaces, throttle }: RealtimeApiProps): void {
    const check = new PropCheck();
    const names = namespaces.map(({ name }) => name);
    const fix = "For example `[Namespace.durable('chat')]`.";
    check.check(names.length > 0, 'namespaces', 'must name at least one namespace', names, fix);
    check.check(new Set(names).size === names.length, 'namespaces', 'must name each namespace once', names, fix);
    const bytes = Buffer.byteLength(namespacesJson(namespaces));
    check.check(
      bytes <= MAX_NAMESPACES_BYTES,
      'namespaces',
      `must fit ${MAX_NAMESPACES_BYTES} bytes of a function's environment`,
      `${bytes} bytes for ${names.length} namespaces that match ${NAMESPACE_RULE.source}`,
      'Give channels segments instead of namespaces of their own.',
    );
    for (const [prop, value] of Object.entries(throttle ?? {})) {
      const ok = typeof value === 'number' && (!isKnown(value) || value > 0);
      check.check(ok, `throttle.${prop}`, 'must be greater than 0', value, 'Leave it out for the default.');
    }
    check.throwIfAny(this);
  }

  /** Outputs for people and pipelines, and metadata by which the command line finds them in a template. */
  private addOutputs(namespaces: readonly Namespace[]): void {
    const stack = Stack.of(this);
    const add = (name: string, value: string, description: string): string => {
      return stack.getLogicalId(new CfnOutput(this, name, { value, description }));
    };
    const entry = {
      webSocketUrl: add('WebSocketUrl', this.webSocketUrl, 'Where clients connect'),
      httpUrl: add('HttpUrl', this.httpUrl, 'Where servers publish'),
      ...(this.tokenSecret === undefined
        ? {}
        : { tokenSecret: add('TokenSecret', this.tokenSecret.secretArn, 'The secret that signs tokens') }),
      namespaces: namespaces.map(({ name }) => name),
    };
    const { metadata } = stack.templateOptions;
    const others = (metadata?.[METADATA_KEY] ?? {}) as Record<string, unknown>;
    stack.templateOptions.metadata = { ...metadata, [METADATA_KEY]: { ...others, [this.node.path]: entry } };
  }
}

/** Under this key of a template's metadata stands every backend of the stack. */
const METADATA_KEY = 'cdk-realtime';
/** Lambda allows 4 KB for all variables; the others need less than 1 KB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_NAMESPACES_BYTES = 3_000;

function given(scope: Construct, name: string, value: string | undefined): string {
  if (value === undefined)
    throw new Error(`\`${name}\` was not given to fromRealtimeApiAttributes at ${scope.node.path}`);
  return value;
}
