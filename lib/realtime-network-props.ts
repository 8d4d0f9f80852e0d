import type { RemovalPolicy } from 'aws-cdk-lib';
import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Namespace } from './namespace';
import type { RealtimeAccessLogs } from './realtime-access-logs';
import type { RealtimeAlarms } from './realtime-alarms';
import type { RealtimeAuth } from './realtime-auth';
import type { RealtimeDomain } from './realtime-domain';

/** Options that can differ between the regions of a network. */
export interface RealtimeRegionOptions {
  /**
   * Requests a second and burst size of each of the two stages.
   *
   * @default - 1,000 a second, bursts of 500
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
   * Whether API Gateway writes access logs.
   *
   * @default RealtimeAccessLogs.withAccountRole()
   */
  readonly accessLogs?: RealtimeAccessLogs;
  /**
   * How long logs are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * Alarms to create, and the topics they notify. Topics must be in the region, so don't pass them in `defaults` of a network with
   * several regions.
   *
   * @default RealtimeAlarms.standard()
   */
  readonly alarms?: RealtimeAlarms;
  /**
   * ARN of a certificate for `*.<domain>` in the region. Allowed only in `overrides`, since each region needs its own.
   *
   * @default - a new certificate, validated in the domain's hosted zone
   */
  readonly certificateArn?: string;
  /**
   * New connections a second that API Gateway accepts from the account in the region: the adjustable quota L-9ED1E49A. Clients that
   * move from another region use at most 70 percent of it.
   *
   * @default 500
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  readonly connectQuota?: number;
  /**
   * Connections of the region at peak. If its clients would take more than three minutes to reconnect to the other regions,
   * synthesis warns, with the quota that suffices.
   *
   * @default - failover time is not estimated
   */
  readonly expectedConnections?: number;
}

/** Existing global tables, with a replica in each region of the network, and keys `pk` and `sk` of type string. */
export interface RealtimeNetworkTables {
  /** Name of the table with the log of every channel. Its time-to-live attribute is `x`. */
  readonly messagesTableName: string;
  /** Name of the table with the channel state that regions share. Its time-to-live attribute is `x`. */
  readonly channelsTableName: string;
}

/** Props of {@link RealtimeNetwork}. */
export interface RealtimeNetworkProps {
  /**
   * Regions of the network: at least one, all different. The first is the home region of the resources that exist once (tables,
   * secret, hosted zone), and must stay the first. Add or remove one region a deployment: `cdk-realtime plan` prints the steps.
   */
  readonly regions: string[];
  /** Namespaces of the channels: at least one, with different names. */
  readonly namespaces: Namespace[];
  /**
   * How clients and servers are authenticated, in every region.
   *
   * @default RealtimeAuth.networkSecret()
   */
  readonly auth?: RealtimeAuth;
  /**
   * Domain that resolves to the nearest healthy region. Only in the partition `aws`, since health checks and hosted zone need
   * us-east-1.
   *
   * @default - none: clients are configured with the URL of one region as `url` and those of the others as `fallbackUrls`, and choose
   * among them; drained regions can't tell them where to move
   */
  readonly domain?: RealtimeDomain;
  /**
   * Prefix of the names of stacks, tables, queues and functions, unique in the account. Changing it creates another network.
   *
   * @default - derived from the construct path: `Chat`, or `Production-Chat` in a stage
   */
  readonly networkName?: string;
  /**
   * Id (`mrk-…`) of a multi-Region KMS key with a replica in each region. It encrypts the tables, the queues and the token secret. Its
   * key policy must delegate to IAM, as that of a key created by the CDK does.
   *
   * @default - keys that AWS owns or manages
   */
  readonly encryptionKeyId?: string;
  /**
   * Removal policy of the global tables, the secret, the hosted zone and the log groups. With DESTROY, deletion protection of the
   * tables and accelerated recovery of the zone are off. The region's own table of connections is always deleted with its stack.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Regions that were removed from the network, and whose messages are still read. Remove them from the list after the longest
   * retention.
   *
   * @default - none
   */
  readonly formerRegions?: string[];
  /**
   * Existing global tables. You add and remove their replicas yourself.
   *
   * @default - new tables
   */
  readonly tables?: RealtimeNetworkTables;
  /**
   * Options of every region.
   *
   * @default - the defaults of the options
   */
  readonly defaults?: RealtimeRegionOptions;
  /**
   * Options of single regions, by region. They take precedence over `defaults`.
   *
   * @default - all regions have the options in `defaults`
   */
  readonly overrides?: Record<string, RealtimeRegionOptions>;
  /**
   * Alarms on the health checks of the domain, and the topics they notify. Alarms and topics are in us-east-1, as the metrics of
   * health checks are.
   *
   * @default - as in `defaults`, with new topics
   */
  readonly routingAlarms?: RealtimeAlarms;
}
