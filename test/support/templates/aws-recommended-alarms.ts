// Alarms that AWS recommends for the services that a network uses, and the catalog entry for each. docs/reference/alarms.md is generated from
// it, and test/unit/lib/alarms.test.ts compares it with the catalog. One table of data, so it exceeds 350 lines.
//
// From metric_metadata.json of https://github.com/awslabs/mcp (src/cloudwatch-mcp-server), at 100b55b of 21 August 2026, which is
// the machine-readable form of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
// Omitted, because no network uses them: REST APIs, Kinesis streams of tables, indexes, provisioned capacity of tables, and SMS.

/** One recommended alarm. */
export interface Recommended {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: readonly string[];
  readonly statistic: string;
  /** Threshold in the words of AWS. Without a number, AWS leaves it to the user. */
  readonly condition: string;
  readonly datapoints: number;
  readonly periods: number;
  /** Ids of the catalog entries for it. */
  readonly alarms?: readonly string[];
  /** Why these differ in statistic, threshold, data points or periods. */
  readonly differs?: string;
  /** Why there is no entry. */
  readonly declined?: string;
}

const API = 'AWS/ApiGateway';
const DYNAMODB = 'AWS/DynamoDB';
const LAMBDA = 'AWS/Lambda';
const SQS = 'AWS/SQS';
const SNS = 'AWS/SNS';
const STAGE = ['ApiId', 'Stage'];
const TABLE = ['TableName'];
const FUNCTION = ['FunctionName'];
const QUEUE = ['QueueName'];
const TOPIC = ['TopicName'];

const CLIENTS_WAIT =
  'users notice within seconds: three of five minutes, so that one minute without errors does not hide it';
const UNKNOWN_TRAFFIC = 'traffic may stop at night, and its usual level is not known at deployment';
const COUNTS_ACCOUNT = 'it counts the whole account, not the network; `function-throttles` fires when it is exhausted';
const USER_SUBSCRIPTIONS = 'users create the subscriptions of topics, and decide how to monitor them';

export const RECOMMENDED: readonly Recommended[] = [
  {
    namespace: API,
    metric: 'ClientError',
    dimensions: STAGE,
    statistic: 'Average',
    condition: '> 0.05',
    datapoints: 5,
    periods: 5,
    alarms: ['client-errors'],
  },
  {
    namespace: API,
    metric: 'ExecutionError',
    dimensions: STAGE,
    statistic: 'Average',
    condition: '> 0.05',
    datapoints: 3,
    periods: 3,
    alarms: ['execution-errors'],
    differs: CLIENTS_WAIT,
  },
  {
    namespace: API,
    metric: 'MessageCount',
    dimensions: STAGE,
    statistic: 'SampleCount',
    condition: '< usual',
    datapoints: 10,
    periods: 10,
    declined: UNKNOWN_TRAFFIC,
  },
  {
    namespace: API,
    metric: 'IntegrationLatency',
    dimensions: STAGE,
    statistic: 'p90',
    condition: '>= 2000',
    datapoints: 5,
    periods: 5,
    alarms: ['integration-latency'],
  },
  {
    namespace: API,
    metric: '4xx',
    dimensions: STAGE,
    statistic: 'Average',
    condition: '> 0.05',
    datapoints: 5,
    periods: 5,
    alarms: ['http-client-errors'],
  },
  {
    namespace: API,
    metric: '5xx',
    dimensions: STAGE,
    statistic: 'Average',
    condition: '> 0.05',
    datapoints: 3,
    periods: 3,
    alarms: ['http-server-errors'],
    differs: CLIENTS_WAIT,
  },
  {
    namespace: API,
    metric: 'Latency',
    dimensions: STAGE,
    statistic: 'p90',
    condition: '>= 2500',
    datapoints: 5,
    periods: 5,
    alarms: ['http-latency'],
  },
  {
    namespace: API,
    metric: 'Count',
    dimensions: STAGE,
    statistic: 'SampleCount',
    condition: '< usual',
    datapoints: 10,
    periods: 10,
    declined: UNKNOWN_TRAFFIC,
  },
  {
    namespace: DYNAMODB,
    metric: 'ReplicationLatency',
    dimensions: ['TableName', 'ReceivingRegion'],
    statistic: 'Average',
    condition: '> your own; 3 minutes need a look',
    datapoints: 15,
    periods: 15,
    alarms: ['replication-latency', 'replication-stalled'],
    differs: 'regions rely on less than five minutes (docs/decisions/0010), so fifteen would be too late',
  },
  {
    namespace: DYNAMODB,
    metric: 'WriteThrottleEvents',
    dimensions: TABLE,
    statistic: 'Sum',
    condition: '> usual',
    datapoints: 5,
    periods: 5,
    alarms: ['table-write-throttles'],
    differs: CLIENTS_WAIT,
  },
  {
    namespace: DYNAMODB,
    metric: 'ReadThrottleEvents',
    dimensions: TABLE,
    statistic: 'Sum',
    condition: '> usual',
    datapoints: 5,
    periods: 5,
    alarms: ['table-read-throttles'],
  },
  {
    namespace: DYNAMODB,
    metric: 'SystemErrors',
    dimensions: TABLE,
    statistic: 'Sum',
    condition: '> usual',
    datapoints: 15,
    periods: 15,
    alarms: ['table-system-errors'],
    differs: `${CLIENTS_WAIT}. Summed over operations: DynamoDB documents the metric for each of them only`,
  },
  {
    namespace: DYNAMODB,
    metric: 'SuccessfulRequestLatency',
    dimensions: ['TableName', 'Operation'],
    statistic: 'Average',
    condition: '> usual',
    datapoints: 10,
    periods: 10,
    declined:
      'pages of 1 MB take longer than single items, so no threshold fits; `integration-latency` measures what users notice',
  },
  {
    namespace: DYNAMODB,
    metric: 'UserErrors',
    dimensions: [],
    statistic: 'Sum',
    condition: '> 0',
    datapoints: 10,
    periods: 10,
    declined:
      'it counts the whole account; a bad request by a function of the network is counted as an error of the function',
  },
  {
    namespace: DYNAMODB,
    metric: 'AccountProvisionedReadCapacityUtilization',
    dimensions: [],
    statistic: 'Maximum',
    condition: '> 80',
    datapoints: 2,
    periods: 2,
    declined: 'tables are on demand: they use no provisioned capacity',
  },
  {
    namespace: DYNAMODB,
    metric: 'AccountProvisionedWriteCapacityUtilization',
    dimensions: [],
    statistic: 'Maximum',
    condition: '> 80',
    datapoints: 2,
    periods: 2,
    declined: 'tables are on demand: they use no provisioned capacity',
  },
  {
    namespace: LAMBDA,
    metric: 'Errors',
    dimensions: FUNCTION,
    statistic: 'Sum',
    condition: '> your own',
    datapoints: 3,
    periods: 3,
    alarms: ['authorizer-errors', 'function-errors', 'background-function-errors'],
    differs: `a share of invocations, which means the same with any traffic; ${CLIENTS_WAIT}`,
  },
  {
    namespace: LAMBDA,
    metric: 'Throttles',
    dimensions: FUNCTION,
    statistic: 'Sum',
    condition: '>= your own',
    datapoints: 5,
    periods: 5,
    alarms: ['function-throttles', 'background-function-throttles'],
    differs: `where clients wait: ${CLIENTS_WAIT}`,
  },
  {
    namespace: LAMBDA,
    metric: 'Duration',
    dimensions: FUNCTION,
    statistic: 'p90',
    condition: '> your own',
    datapoints: 15,
    periods: 15,
    alarms: ['function-duration'],
    differs: 'p99 in three of five minutes: if one in ten invocations times out for 15 minutes, it is an outage',
  },
  {
    namespace: LAMBDA,
    metric: 'ConcurrentExecutions',
    dimensions: FUNCTION,
    statistic: 'Maximum',
    condition: '> 90 % of the quota',
    datapoints: 10,
    periods: 10,
    declined:
      'the quota is that of the account, and not known at deployment; `function-throttles` fires when it is exhausted',
  },
  {
    namespace: LAMBDA,
    metric: 'ClaimedAccountConcurrency',
    dimensions: [],
    statistic: 'Maximum',
    condition: '> 90 % of the quota',
    datapoints: 10,
    periods: 10,
    declined: COUNTS_ACCOUNT,
  },
  {
    namespace: SQS,
    metric: 'ApproximateAgeOfOldestMessage',
    dimensions: QUEUE,
    statistic: 'Maximum',
    condition: '>= 1.5 times the longest processing',
    datapoints: 15,
    periods: 15,
    alarms: ['publish-queue-age', 'inbox-queue-age'],
    differs: CLIENTS_WAIT,
  },
  {
    namespace: SQS,
    metric: 'ApproximateNumberOfMessagesNotVisible',
    dimensions: QUEUE,
    statistic: 'Average',
    condition: '>= 1.5 times the usual',
    datapoints: 15,
    periods: 15,
    declined: 'the number depends on traffic; the age shows whether they are processed',
  },
  {
    namespace: SQS,
    metric: 'ApproximateNumberOfMessagesVisible',
    dimensions: QUEUE,
    statistic: 'Average',
    condition: '>= your own',
    datapoints: 15,
    periods: 15,
    alarms: ['dead-letters'],
    differs: 'for dead letters only, where one is too many; the other queues have alarms on the age',
  },
  {
    namespace: SQS,
    metric: 'NumberOfMessagesSent',
    dimensions: QUEUE,
    statistic: 'Sum',
    condition: '<= 0',
    datapoints: 15,
    periods: 15,
    declined: UNKNOWN_TRAFFIC,
  },
  {
    namespace: SNS,
    metric: 'NumberOfNotificationsFailed',
    dimensions: TOPIC,
    statistic: 'Sum',
    condition: '> your own',
    datapoints: 5,
    periods: 5,
    declined: USER_SUBSCRIPTIONS,
  },
  {
    namespace: SNS,
    metric: 'NumberOfNotificationsRedrivenToDlq',
    dimensions: TOPIC,
    statistic: 'Sum',
    condition: '> 0',
    datapoints: 5,
    periods: 5,
    declined: USER_SUBSCRIPTIONS,
  },
  {
    namespace: SNS,
    metric: 'NumberOfNotificationsFailedToRedriveToDlq',
    dimensions: TOPIC,
    statistic: 'Sum',
    condition: '> 0',
    datapoints: 5,
    periods: 5,
    declined: USER_SUBSCRIPTIONS,
  },
  {
    namespace: 'AWS/Route53',
    metric: 'HealthCheckStatus',
    dimensions: ['HealthCheckId'],
    statistic: 'Average',
    condition: '< 1',
    datapoints: 3,
    periods: 3,
    alarms: ['region-unhealthy'],
  },
];
