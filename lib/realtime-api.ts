import { RemovalPolicy, Resource } from 'aws-cdk-lib';
import type { IHttpApi, IHttpStage, IWebSocketApi, IWebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { TokenVerification } from './auth/token-verification';
import { partName } from './contract/names';
import { FANOUT_TIMEOUT, INBOX_TIMEOUT, RealtimeFunctions, WRITER_TIMEOUT } from './functions/realtime-functions';
import { defaultRequestQuota } from './functions/request-quota';
import { AccountLogRole } from './gateway/account-log-role';
import { HttpGateway } from './gateway/http-gateway';
import { STAGE_NAME, WebSocketGateway } from './gateway/websocket-gateway';
import { importRealtimeApi } from './imported-realtime-api';
import { addAlarms } from './monitoring/backend-alarms';
import { ChannelOrdering } from './namespace';
import { peersOf } from './network/region-context';
import { addOutputs } from './outputs';
import { FanoutQueue } from './queues/fanout-queue';
import { InboxQueue } from './queues/inbox-queue';
import { PublishQueue } from './queues/publish-queue';
import { RealtimeAccessLogs } from './realtime-access-logs';
import type { IRealtimeAlarms } from './realtime-alarm-options';
import { RealtimeAlarms } from './realtime-alarms';
import { checkApi } from './realtime-api-checks';
import type { IRealtimeApi, RealtimeApiAttributes, RealtimeApiFunctions, RealtimeApiProps } from './realtime-api-props';
import { RealtimeAuth } from './realtime-auth';
import { RealtimeApiGrants } from './realtime-grants';
import { RealtimeTables } from './storage/realtime-tables';
import { PropCheck } from './util/prop-check';

/** Default limit of a stage. Requests a second. */
const DEFAULT_RATE_LIMIT = 1_000;
/** Default burst size of a stage. Requests. */
const DEFAULT_BURST_LIMIT = 500;

/**
 * A realtime backend in one region, for any stack: a WebSocket and an HTTP API, functions, tables, and the secret that signs tokens.
 * For escape hatches, the tables, APIs and stages are readonly fields; `node.defaultChild` of each is its CloudFormation resource.
 */
export class RealtimeApi extends Resource implements IRealtimeApi {
  /**
   * Imports a backend of another stack.
   *
   * @throws Error 61000 prop_invalid, when an attribute is read that was not given
   */
  public static fromRealtimeApiAttributes(scope: Construct, id: string, attrs: RealtimeApiAttributes): IRealtimeApi {
    return importRealtimeApi(scope, id, attrs);
  }

  /** URL that clients connect to. */
  public readonly webSocketUrl: string;
  /** URL that servers publish to. */
  public readonly httpUrl: string;
  /** The secret that signs tokens; undefined with an issuer. */
  public readonly tokenSecret?: ISecret;
  /** Grants permissions to your own functions and roles. */
  public readonly grants: RealtimeApiGrants;
  /** The function that `grants.publish` lets others invoke. Importing this backend in another stack takes its ARN. */
  public readonly publishFunction: IFunction;
  /** All functions, for alarms and dashboards. */
  public readonly functions: RealtimeApiFunctions;
  /** Connections and subscriptions of this region. */
  public readonly connectionsTable: ITableV2;
  /** The log of every channel; in a network, this region's replica. */
  public readonly messagesTable: ITableV2;
  /** This region's replica of the channel state that regions share; undefined outside a network. */
  public readonly channelsTable?: ITableV2;
  /** Queue of fan-out jobs for large channels. */
  public readonly fanoutQueue: IQueue;
  /** Fan-out jobs that failed too often. Clients read their messages from the log. */
  public readonly fanoutDeadLetterQueue: IQueue;
  /** Queue of publishes to FIFO namespaces; undefined without such a namespace. */
  public readonly publishQueue?: IQueue;
  /** Acknowledged publishes that could not be appended to the log. Repair the cause, and redrive them. */
  public readonly publishDeadLetterQueue?: IQueue;
  /** Queue of messages that were published in other regions; undefined without other regions. */
  public readonly inboxQueue?: IQueue;
  /** Messages of other regions that could not be delivered. Clients read them from the log. */
  public readonly inboxDeadLetterQueue?: IQueue;
  /** The WebSocket API. Its default endpoint must stay enabled, because deliveries use it. */
  public readonly webSocketApi: IWebSocketApi;
  /** Stage of the WebSocket API. */
  public readonly webSocketStage: IWebSocketStage;
  /** The HTTP API. */
  public readonly httpApi: IHttpApi;
  /** Stage of the HTTP API. */
  public readonly httpStage: IHttpStage;
  /** Alarms of this region, with the topics that they notify; undefined when they are disabled. */
  public readonly alarms?: IRealtimeAlarms;
  private readonly props: RealtimeApiProps;
  private readonly removalPolicy: RemovalPolicy;
  private readonly logRetention: RetentionDays;
  private readonly accessLogs: RealtimeAccessLogs;
  private readonly hasPeers: boolean;

  /** @throws Error 61000 prop_invalid, with every prop that breaks a rule, those of namespaces and auth included */
  public constructor(scope: Construct, id: string, props: RealtimeApiProps) {
    super(scope, id);
    this.checkProps(props);
    this.props = props;
    this.removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
    this.accessLogs = props.accessLogs ?? RealtimeAccessLogs.withAccountRole();
    this.hasPeers = props._regionContext !== undefined && peersOf(props._regionContext).length > 0;
    const alarms = props.alarms ?? RealtimeAlarms.standard();

    const tables = this.createTables();
    const tokens = this.createTokenVerification();
    const webSocket = this.createWebSocketGateway();
    const queues = this.createQueues();
    const functions = this.createFunctions({ tables, tokens, webSocket, ...queues });
    webSocket.addRoutes(functions);
    const http = this.createHttpGateway(functions, alarms.enabled);

    this.functions = functions;
    this.connectionsTable = tables.connections;
    this.messagesTable = tables.messages;
    this.channelsTable = tables.channels;
    this.webSocketApi = webSocket.api;
    this.webSocketStage = webSocket.stage;
    this.httpApi = http.api;
    this.httpStage = http.stage;
    this.webSocketUrl = webSocket.stage.url;
    this.httpUrl = http.api.apiEndpoint;
    this.publishFunction = functions.publish;
    this.grants = new RealtimeApiGrants(functions.publish);
    this.fanoutQueue = queues.fanoutQueue.queue;
    this.fanoutDeadLetterQueue = queues.fanoutQueue.deadLetterQueue;
    this.publishQueue = queues.publishQueue?.queue;
    this.publishDeadLetterQueue = queues.publishQueue?.deadLetterQueue;
    this.inboxQueue = queues.inboxQueue?.queue;
    this.inboxDeadLetterQueue = queues.inboxQueue?.deadLetterQueue;
    this.tokenSecret = tokens.secret;
    const regionContext = props._regionContext;
    const parts = { webSocket, http, tables, functions: functions.monitored, ...queues };
    this.alarms = addAlarms(this, { alarms, ...parts, regionContext });
    const { webSocketUrl, httpUrl, publishFunction, tokenSecret } = this;
    const { namespaces } = props;
    addOutputs(this, { webSocketUrl, httpUrl, publishFunction, tokenSecret, namespaces, regionContext });
  }

  /** Connections opened. */
  public metricConnections(options?: MetricOptions): Metric {
    return this.metric('ConnectCount', Stats.SUM, options);
  }

  /** Messages to and from clients. */
  public metricMessages(options?: MetricOptions): Metric {
    return this.metric('MessageCount', Stats.SUM, options);
  }

  /** Requests that API Gateway rejected with 4xx before a function ran. */
  public metricClientErrors(options?: MetricOptions): Metric {
    return this.metric('ClientError', Stats.SUM, options);
  }

  /** Requests for which a function failed. */
  public metricIntegrationErrors(options?: MetricOptions): Metric {
    return this.metric('IntegrationError', Stats.SUM, options);
  }

  /** Requests for which API Gateway could not call a function. */
  public metricExecutionErrors(options?: MetricOptions): Metric {
    return this.metric('ExecutionError', Stats.SUM, options);
  }

  /** Time from calling a function to its answer. Milliseconds. */
  public metricIntegrationLatency(options?: MetricOptions): Metric {
    return this.metric('IntegrationLatency', Stats.p(99), options);
  }

  /** A metric of the WebSocket stage. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html */
  private metric(metricName: string, statistic: string, options?: MetricOptions): Metric {
    const dimensionsMap = { ApiId: this.webSocketApi.apiId, Stage: STAGE_NAME };
    return new Metric({ namespace: 'AWS/ApiGateway', metricName, statistic, dimensionsMap, ...options }).attachTo(this);
  }

  private checkProps(props: RealtimeApiProps): void {
    const check = new PropCheck();
    checkApi(check, props);
    props.alarms?._check(check, 'alarms', [this.stack.region]);
    check.throwIfAny(this);
  }

  private createTables(): RealtimeTables {
    const { encryptionKey, messagesTableName, _regionContext: regionContext } = this.props;
    const { removalPolicy } = this;
    const networkTables = regionContext?.tables;
    return new RealtimeTables(this, 'Tables', { removalPolicy, encryptionKey, messagesTableName, networkTables });
  }

  private createTokenVerification(): TokenVerification {
    const { auth = RealtimeAuth.networkSecret(), encryptionKey, _regionContext: regionContext } = this.props;
    const { removalPolicy } = this;
    return new TokenVerification(this, 'Tokens', { auth, removalPolicy, encryptionKey, regionContext });
  }

  /** Options that both gateways share. */
  private gatewayOptions() {
    const { throttle, _regionContext: regionContext } = this.props;
    const { logRetention: retention, removalPolicy } = this;
    return {
      throttle: {
        rateLimit: throttle?.rateLimit ?? DEFAULT_RATE_LIMIT,
        burstLimit: throttle?.burstLimit ?? DEFAULT_BURST_LIMIT,
      },
      accessLogs: { enabled: this.accessLogs.enabled, retention, removalPolicy },
      apiName: regionContext?.networkName,
    };
  }

  private createWebSocketGateway(): WebSocketGateway {
    const stageDependency = this.accessLogs.setsAccountRole ? AccountLogRole.of(this) : undefined;
    return new WebSocketGateway(this, 'WebSocket', { ...this.gatewayOptions(), stageDependency });
  }

  private createHttpGateway({ publish, health }: RealtimeFunctions, hasPublishMetrics: boolean): HttpGateway {
    const { hasPeers } = this;
    return new HttpGateway(this, 'Http', { ...this.gatewayOptions(), publish, health, hasPeers, hasPublishMetrics });
  }

  private createQueues(): BackendQueues {
    const { namespaces, encryptionKey, _regionContext: regionContext } = this.props;
    const { removalPolicy } = this;
    const hasFifoNamespace = namespaces.some(({ ordering }) => ordering === ChannelOrdering.FIFO);
    const fanoutQueue = new FanoutQueue(this, 'FanoutQueue', { workerTimeout: FANOUT_TIMEOUT, encryptionKey });
    const publishQueue = hasFifoNamespace
      ? new PublishQueue(this, 'PublishQueue', { writerTimeout: WRITER_TIMEOUT, removalPolicy, encryptionKey })
      : undefined;
    if (regionContext === undefined || !this.hasPeers) return { fanoutQueue, publishQueue };
    const queueName = partName(regionContext.networkName, 'inbox');
    const inboxQueue = new InboxQueue(this, 'Inbox', { queueName, inboxTimeout: INBOX_TIMEOUT, encryptionKey });
    return { fanoutQueue, publishQueue, inboxQueue };
  }

  private createFunctions({ tables, tokens, webSocket, ...queues }: FunctionParts): RealtimeFunctions {
    const { namespaces, requestQuota, _regionContext: regionContext } = this.props;
    return new RealtimeFunctions(this, 'Functions', {
      ...queues,
      tables,
      tokens,
      namespaces,
      regionContext,
      callbackUrl: webSocket.callbackUrl,
      callbackArn: webSocket.callbackArn,
      removalPolicy: this.removalPolicy,
      logRetention: this.logRetention,
      requestQuota: requestQuota ?? defaultRequestQuota(this.stack.region),
    });
  }
}

/** Queues of a backend. */
interface BackendQueues {
  readonly fanoutQueue: FanoutQueue;
  readonly publishQueue?: PublishQueue;
  readonly inboxQueue?: InboxQueue;
}

/** Parts of a backend that its functions use. */
interface FunctionParts extends BackendQueues {
  readonly tables: RealtimeTables;
  readonly tokens: TokenVerification;
  readonly webSocket: WebSocketGateway;
}
