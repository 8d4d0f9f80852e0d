import { type IResource, RemovalPolicy, Resource } from 'aws-cdk-lib';
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
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { AccountLogRole } from './gateway/account-log-role';
import { HttpGateway } from './gateway/http-gateway';
import { STAGE_NAME, WebSocketGateway } from './gateway/websocket-gateway';
import { ChannelOrdering, type Namespace } from './namespace';
import { addAlarms } from './monitoring/backend-alarms';
import { checkBackend } from './realtime-api-checks';
import { importRealtimeApi } from './imported-realtime-api';
import { type NetworkMembership, peersOf } from './network/region-context';
import { partName } from './contract/names';
import { addOutputs } from './outputs';
import { defaultRequestQuota } from './functions/request-quota';
import { FANOUT_TIMEOUT, INBOX_TIMEOUT, RealtimeFunctions, WRITER_TIMEOUT } from './functions/realtime-functions';
import { TokenVerification } from './auth/token-verification';
import { PropCheck } from './util/prop-check';
import { RealtimeAccessLogs } from './realtime-access-logs';
import { type IRealtimeAlarms, RealtimeAlarms } from './realtime-alarms';
import { RealtimeAuth } from './realtime-auth';
import { RealtimeApiGrants } from './realtime-grants';
import { FanoutQueue } from './queues/fanout-queue';
import { Inbox } from './queues/inbox-queue';
import { PublishQueue } from './queues/publish-queue';
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
   * Most requests a second, and most at once, for each of the two stages. Both above 0, bursts whole. The account's own
   * limit of 10,000 a second (2,500 in some regions) is shared by all its APIs and by every delivery to a connection.
   *
   * @default - 1,000 a second, bursts of 500
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  readonly throttle?: ThrottleSettings;
  /**
   * Requests a second that the account may make of API Gateway in the region: the quota L-8A5B8E43, which can be raised.
   * Deliveries share it with what clients send, and keep to four fifths of it.
   *
   * @default - what an account has at first: 10,000, or 2,500 in some regions
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  readonly requestQuota?: number;
  /**
   * Encrypts the tables and the token secret.
   *
   * @default - keys that AWS owns or manages
   */
  readonly encryptionKey?: IKey;
  /**
   * What becomes of tables, secret and logs when the stack goes. With DESTROY, deletion protection is off. SNAPSHOT is
   * refused, since tables can't do it.
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
  /**
   * Which alarms there are, and whom they tell. docs/reference/alarms.md has each, and what they cost: $11 to $14 a month.
   *
   * @default RealtimeAlarms.standard()
   */
  readonly alarms?: RealtimeAlarms;
  /**
   * The network that it is one region of; set by RealtimeNetwork.
   *
   * @default - none
   * @internal
   */
  readonly _network?: NetworkMembership;
}

/** The functions of a {@link RealtimeApi}, by what they do. */
export interface RealtimeApiFunctions {
  /** Verifies the token of a connection. */
  readonly authorizer: IFunction;
  /** Behind `$connect`. */
  readonly connect: IFunction;
  /** Behind `$disconnect`. */
  readonly disconnect: IFunction;
  /** Behind `$default`: every action of a client. */
  readonly message: IFunction;
  /** Publishes by HTTP, or for those who were granted it. */
  readonly publish: IFunction;
  /** Tells Route 53 whether this region can serve. */
  readonly health: IFunction;
  /** Sends to the subscribers of large channels. */
  readonly fanout: IFunction;
  /**
   * Appends what waits in the publish queue.
   *
   * @default - there is no FIFO namespace
   */
  readonly writer?: IFunction;
  /**
   * Passes on what was published in other regions.
   *
   * @default - there are no other regions
   */
  readonly inbox?: IFunction;
  /**
   * Tells the connections of this region to move to others.
   *
   * @default - there are no other regions
   */
  readonly drain?: IFunction;
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
   * The function that publishes: the backend's `publishFunction.functionArn`, or its PublishFunction output.
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
  /**
   * Refers to a backend that another stack made.
   *
   * @throws Error 61000 prop_invalid, when something is used that was not given
   */
  public static fromRealtimeApiAttributes(scope: Construct, id: string, attrs: RealtimeApiAttributes): IRealtimeApi {
    return importRealtimeApi(scope, id, attrs);
  }

  /** Where clients connect. */
  public readonly webSocketUrl: string;
  /** Where servers publish. */
  public readonly httpUrl: string;
  /** The secret that signs tokens; undefined when an issuer does. */
  public readonly tokenSecret?: ISecret;
  /** Rights for your own functions and roles. */
  public readonly grants: RealtimeApiGrants;
  /** The function that `grants.publish` lets others invoke. Its ARN is what an import of this backend asks for. */
  public readonly publishFunction: IFunction;
  /** All functions, for alarms and dashboards. */
  public readonly functions: RealtimeApiFunctions;
  /** Connections and subscriptions of this region. */
  public readonly connectionsTable: ITableV2;
  /** The log of every channel; in a network, this region's replica. */
  public readonly messagesTable: ITableV2;
  /** What regions tell each other of channels: this region's replica; undefined outside a network. */
  public readonly channelsTable?: ITableV2;
  /** Where messages wait for the workers that send them to large channels. */
  public readonly fanoutQueue: IQueue;
  /** Messages that could not be sent to a large channel. Clients find them in the log. */
  public readonly fanoutDeadLetterQueue: IQueue;
  /** Where publishes of FIFO namespaces wait for their writer; undefined without such a namespace. */
  public readonly publishQueue?: IQueue;
  /** Acknowledged publishes that could not be written to the log: to be looked at, mended and redriven. */
  public readonly publishDeadLetterQueue?: IQueue;
  /** Where other regions send what was published there; undefined without other regions. */
  public readonly inboxQueue?: IQueue;
  /** Messages of other regions that could not be passed on. Clients find them in the log. */
  public readonly inboxDeadLetterQueue?: IQueue;
  /** The WebSocket API; its default endpoint has to stay enabled, because deliveries go through it. */
  public readonly webSocketApi: IWebSocketApi;
  /** Its stage. */
  public readonly webSocketStage: IWebSocketStage;
  /** The HTTP API. */
  public readonly httpApi: IHttpApi;
  /** Its stage. */
  public readonly httpStage: IHttpStage;
  /** Where the alarms of this region go; undefined when they are disabled. */
  public readonly alarms?: IRealtimeAlarms;

  /** @throws Error 61000 prop_invalid, which names every prop that breaks a rule, the namespaces' and the auth's included */
  public constructor(scope: Construct, id: string, props: RealtimeApiProps) {
    super(scope, id);
    const check = new PropCheck();
    checkBackend(check, props);
    props.alarms?._check(check, 'alarms', [this.stack.region]);
    check.throwIfAny(this);
    const { namespaces, encryptionKey, _network: membership } = props;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
    const throttle = {
      rateLimit: props.throttle?.rateLimit ?? 1_000,
      burstLimit: props.throttle?.burstLimit ?? 500,
    };
    const logs = props.accessLogs ?? RealtimeAccessLogs.withAccountRole();
    const accessLogs = { enabled: logs.enabled, retention: logRetention, removalPolicy };
    const encryption = encryptionKey === undefined ? {} : { encryptionKey };
    const network = membership === undefined ? {} : { membership };
    const apiName = membership === undefined ? {} : { apiName: membership.network };
    const hasPeers = membership !== undefined && peersOf(membership).length > 0;

    const tables = new RealtimeTables(this, 'Tables', {
      removalPolicy,
      ...encryption,
      ...(membership === undefined ? {} : { network: membership.tables }),
    });
    const tokens = new TokenVerification(this, 'Tokens', {
      auth: props.auth ?? RealtimeAuth.networkSecret(),
      removalPolicy,
      ...encryption,
      ...network,
    });
    const webSocket = new WebSocketGateway(this, 'WebSocket', {
      throttle,
      accessLogs,
      ...apiName,
      ...(logs.setsAccountRole ? { stageDependency: AccountLogRole.of(this) } : {}),
    });
    const { callbackUrl, callbackArn } = webSocket;
    const fanoutQueue = new FanoutQueue(this, 'FanoutQueue', { workerTimeout: FANOUT_TIMEOUT, ...encryption });
    const publishQueue = namespaces.some(({ ordering }) => ordering === ChannelOrdering.FIFO)
      ? new PublishQueue(this, 'PublishQueue', { writerTimeout: WRITER_TIMEOUT, removalPolicy, ...encryption })
      : undefined;
    const inbox = hasPeers
      ? new Inbox(this, 'Inbox', {
          queueName: partName(membership.network, 'inbox'),
          inboxTimeout: INBOX_TIMEOUT,
          ...encryption,
        })
      : undefined;
    const functions = new RealtimeFunctions(this, 'Functions', {
      ...{ tables, namespaces, tokens, callbackUrl, callbackArn, fanoutQueue, removalPolicy, logRetention, ...network },
      requestQuota: props.requestQuota ?? defaultRequestQuota(this.stack.region),
      ...(publishQueue === undefined ? {} : { publishQueue }),
      ...(inbox === undefined ? {} : { inbox }),
    });
    webSocket.addRoutes(functions);
    const { publish, health } = functions;
    const alarms = props.alarms ?? RealtimeAlarms.standard();
    const http = new HttpGateway(this, 'Http', {
      ...{ publish, health, hasPeers, throttle, accessLogs, ...apiName },
      countsPublishes: alarms.enabled,
    });

    this.functions = functions;
    this.connectionsTable = tables.connections;
    this.messagesTable = tables.messages;
    this.webSocketApi = webSocket.api;
    this.webSocketStage = webSocket.stage;
    this.httpApi = http.api;
    this.httpStage = http.stage;
    this.webSocketUrl = webSocket.stage.url;
    this.httpUrl = http.api.apiEndpoint;
    this.publishFunction = publish;
    this.grants = new RealtimeApiGrants(publish);
    if (tables.channels !== undefined) this.channelsTable = tables.channels;
    this.fanoutQueue = fanoutQueue.queue;
    this.fanoutDeadLetterQueue = fanoutQueue.deadLetterQueue;
    if (publishQueue !== undefined) {
      this.publishQueue = publishQueue.queue;
      this.publishDeadLetterQueue = publishQueue.deadLetterQueue;
    }
    if (inbox !== undefined) {
      this.inboxQueue = inbox.queue;
      this.inboxDeadLetterQueue = inbox.deadLetterQueue;
    }
    if (tokens.secret !== undefined) this.tokenSecret = tokens.secret;
    const made = addAlarms(this, alarms, { functions: functions.watched, ...network });
    if (made !== undefined) this.alarms = made;
    const { webSocketUrl, httpUrl, publishFunction } = this;
    const tokenSecret = tokens.secret === undefined ? {} : { tokenSecret: tokens.secret };
    addOutputs(this, { webSocketUrl, httpUrl, publishFunction, namespaces, ...tokenSecret, ...network });
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
}
