import type { RemovalPolicy } from 'aws-cdk-lib';
import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Namespace } from './namespace';
import type { RealtimeAccessLogs } from './realtime-access-logs';
import type { RealtimeAlarms } from './realtime-alarms';
import type { RealtimeAuth } from './realtime-auth';
import type { RealtimeDomain } from './realtime-domain';

/** What can differ from one region of a network to another. */
export interface RealtimeRegionOptions {
  /**
   * Most requests a second, and most at once, for each of the two stages.
   *
   * @default - 1,000 a second, bursts of 500
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
   * Which alarms there are, and whom they tell. Topics have to be in the region, so they are of no use as a default for
   * several.
   *
   * @default RealtimeAlarms.standard()
   */
  readonly alarms?: RealtimeAlarms;
  /**
   * A certificate for `*.<domain>`, in this very region. Of no use as a default for all regions.
   *
   * @default - one is made, and validated in the domain's zone
   */
  readonly certificateArn?: string;
  /**
   * New connections a second that the account may open in the region: the quota L-9ED1E49A of API Gateway, which can be
   * raised. Clients that move from another region keep below it.
   *
   * @default 500
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  readonly connectQuota?: number;
  /**
   * Connections that the region has at its busiest. When it would take its clients more than three minutes to come back in
   * the other regions, synth warns, and tells the quota to ask for.
   *
   * @default - nothing is estimated
   */
  readonly expectedConnections?: number;
}

/** Global tables that exist, with a replica in each region of the network, and a `pk` and `sk` of strings. */
export interface RealtimeNetworkTables {
  /** Name of the table that holds the log of every channel. Its time-to-live attribute is `x`. */
  readonly messagesTableName: string;
  /** Name of the table that holds what regions tell each other. Its time-to-live attribute is `x`. */
  readonly channelsTableName: string;
}

/** Props of {@link RealtimeNetwork}. */
export interface RealtimeNetworkProps {
  /**
   * The regions, each once; one will do. The first is home to what there is only once (tables, secret, zone), and stays the
   * first. Add or remove one a deploy: `cdk-realtime plan` tells the steps.
   */
  readonly regions: string[];
  /** The namespaces of its channels; at least one, each name once. */
  readonly namespaces: Namespace[];
  /**
   * Whose tokens are trusted, in every region.
   *
   * @default RealtimeAuth.networkSecret()
   */
  readonly auth?: RealtimeAuth;
  /**
   * The domain by which clients find the nearest healthy region. Only in the partition `aws`, since health checks and zone need
   * us-east-1.
   *
   * @default - none: clients know the regions' own addresses, one as `url` and the others as `fallbackUrls`, and choose by
   * themselves; drained regions can't tell them where to go
   */
  readonly domain?: RealtimeDomain;
  /**
   * What the names of its stacks, tables, queues and functions begin with; unique in the account. Another name is another
   * network.
   *
   * @default - made of the construct path: `Chat`, or `Production-Chat` in a stage
   */
  readonly networkName?: string;
  /**
   * Id (`mrk-…`) of a multi-Region KMS key, with a replica in each region, that encrypts tables, queues and the token
   * secret. Its policy has to leave rights to IAM, as that of a key made by the CDK does.
   *
   * @default - keys that AWS owns or manages
   */
  readonly encryptionKeyId?: string;
  /**
   * What becomes of messages, channel state, secret, zone and logs when their stacks go. With DESTROY, deletion protection and
   * the zone's accelerated recovery are off. A region's own table of connections goes with it.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Regions that have left the network, and whose messages are still read. For as long as the longest retention, then
   * take them out.
   *
   * @default - none
   */
  readonly formerRegions?: string[];
  /**
   * Global tables that exist already. Adding their replicas is then up to you.
   *
   * @default - they are made
   */
  readonly tables?: RealtimeNetworkTables;
  /**
   * Options for every region.
   *
   * @default - see there
   */
  readonly defaults?: RealtimeRegionOptions;
  /**
   * Options for single regions, by region. What is not given is as in `defaults`.
   *
   * @default - all regions are alike
   */
  readonly overrides?: Record<string, RealtimeRegionOptions>;
  /**
   * Alarms on the health checks that lead clients to regions. They are in us-east-1, where their metrics are, and so are
   * the topics that they tell.
   *
   * @default - as in `defaults`, with topics of their own
   */
  readonly routingAlarms?: RealtimeAlarms;
}
