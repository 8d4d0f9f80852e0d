import type { IResource, RemovalPolicy } from 'aws-cdk-lib';
import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Namespace } from './namespace';
import type { RegionContext } from './network/region-context';
import type { RealtimeAccessLogs } from './realtime-access-logs';
import type { RealtimeAlarms } from './realtime-alarms';
import type { RealtimeAuth } from './realtime-auth';
import type { RealtimeApiGrants } from './realtime-grants';

/** A realtime backend in one region. */
export interface IRealtimeApi extends IResource {
  /** URL that clients connect to: `wss://…/v1`. */
  readonly webSocketUrl: string;
  /** URL that servers publish to: `https://…`. */
  readonly httpUrl: string;
  /** Grants permissions to your own functions and roles. */
  readonly grants: RealtimeApiGrants;
}

/** Props of {@link RealtimeApi}. */
export interface RealtimeApiProps {
  /** Namespaces of the channels: at least one, with different names. */
  readonly namespaces: Namespace[];
  /**
   * How clients and servers are authenticated.
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
   * Requests a second and burst size of each of the two stages. Both above 0, the burst a whole number. All APIs of the account and
   * all deliveries to connections share the account's limit of 10,000 requests a second (2,500 in some regions).
   *
   * @default - 1,000 a second, bursts of 500
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  readonly throttle?: ThrottleSettings;
  /**
   * Requests a second that API Gateway accepts from the account in the region: the adjustable quota L-8A5B8E43. Deliveries share it
   * with requests of clients, and use at most four fifths of it.
   *
   * @default - the default quota: 10,000, or 2,500 in some regions
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  readonly requestQuota?: number;
  /**
   * Name of an existing table in the region for the log of every channel, such as one that was restored from a backup. Its keys are
   * `pk` and `sk` of type string, and its time-to-live attribute is `x`. A network has `tables` instead.
   *
   * @default - a new table
   */
  readonly messagesTableName?: string;
  /**
   * Encrypts the tables, the queues and the token secret.
   *
   * @default - keys that AWS owns or manages
   */
  readonly encryptionKey?: IKey;
  /**
   * Removal policy of the tables, the secret and the log groups. With DESTROY, deletion protection of the tables is off. SNAPSHOT is
   * rejected, since DynamoDB does not support it.
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
   * Alarms to create, and the topics they notify. docs/reference/alarms.md describes them, and their price: $11 to $14 a month.
   *
   * @default RealtimeAlarms.standard()
   */
  readonly alarms?: RealtimeAlarms;
  /**
   * The network that the backend is one region of. RealtimeNetwork sets it.
   *
   * @default - none
   * @internal
   */
  readonly _regionContext?: RegionContext;
}

/** The functions of a {@link RealtimeApi}. */
export interface RealtimeApiFunctions {
  /** Verifies the token of a connection. */
  readonly authorizer: IFunction;
  /** Handles `$connect`. */
  readonly connect: IFunction;
  /** Handles `$disconnect`. */
  readonly disconnect: IFunction;
  /** Handles `$default`: every frame of a client. */
  readonly message: IFunction;
  /** Publishes, by HTTP or when a grantee invokes it. */
  readonly publish: IFunction;
  /** Reports to Route 53 whether this region can serve. */
  readonly health: IFunction;
  /** Posts to the subscribers of large channels. */
  readonly fanout: IFunction;
  /**
   * Appends queued publishes to the logs of FIFO namespaces.
   *
   * @default - there is no FIFO namespace
   */
  readonly writer?: IFunction;
  /**
   * Delivers messages that were published in other regions.
   *
   * @default - there are no other regions
   */
  readonly inbox?: IFunction;
  /**
   * Tells the connections of this region to move to other regions.
   *
   * @default - there are no other regions
   */
  readonly drain?: IFunction;
}

/** Attributes of a backend of another stack. */
export interface RealtimeApiAttributes {
  /** URL that clients connect to: `wss://…`. */
  readonly webSocketUrl: string;
  /**
   * URL that servers publish to.
   *
   * @default - reading `httpUrl` throws
   */
  readonly httpUrl?: string;
  /**
   * ARN of the publish function: the backend's `publishFunction.functionArn`, or its PublishFunction output.
   *
   * @default - reading `grants` throws
   */
  readonly publishFunctionArn?: string;
}
