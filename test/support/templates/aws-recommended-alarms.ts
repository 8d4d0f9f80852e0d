// What AWS recommends to alarm on, for the services that a network uses, and what became of each here: docs/reference/alarms.md is
// generated from it, and test/unit/lib/alarms.test.ts holds it together with the catalog.
//
// From metric_metadata.json of https://github.com/awslabs/mcp (src/cloudwatch-mcp-server), at 100b55b of 21 August 2026, which is
// the machine-readable form of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
// Left out: REST APIs, Kinesis streams of tables, indexes, provisioned capacity of tables, and text messages (SMS), which no
// network has.

/** One recommended alarm. */
export interface Recommended {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: readonly string[];
  readonly statistic: string;
  /** As AWS puts it; without a number, it is left to whoever makes the alarm. */
  readonly condition: string;
  readonly datapoints: number;
  readonly periods: number;
  /** Alarms of the catalog that do it. */
  readonly alarms?: readonly string[];
  /** Why these differ in statistic, number, data points or periods. */
  readonly differs?: string;
  /** Why there is none. */
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

const PEOPLE_WAIT = 'users notice within seconds: three of five minutes, so that one quiet minute does not hide it';
const A_QUIET_NETWORK = 'a network may be silent at night, and its usual traffic is not known when it is deployed';
const OF_THE_ACCOUNT = 'it counts the whole account, not the network; `function-throttles` tells when it is used up';
const WHO_SUBSCRIBES = 'topics have the subscriptions that you make: how to tell that telling fails is yours to choose';

export const RECOMMENDED: readonly Recommended[] = [
  {
    ...{ namespace: API, metric: 'ClientError', dimensions: STAGE, statistic: 'Average', condition: '> 0.05' },
    ...{ datapoints: 5, periods: 5, alarms: ['client-errors'] },
  },
  {
    ...{ namespace: API, metric: 'ExecutionError', dimensions: STAGE, statistic: 'Average', condition: '> 0.05' },
    ...{ datapoints: 3, periods: 3, alarms: ['execution-errors'], differs: PEOPLE_WAIT },
  },
  {
    ...{ namespace: API, metric: 'MessageCount', dimensions: STAGE, statistic: 'SampleCount', condition: '< usual' },
    ...{ datapoints: 10, periods: 10, declined: A_QUIET_NETWORK },
  },
  {
    ...{ namespace: API, metric: 'IntegrationLatency', dimensions: STAGE, statistic: 'p90', condition: '>= 2000' },
    ...{ datapoints: 5, periods: 5, alarms: ['integration-latency'] },
  },
  {
    ...{ namespace: API, metric: '4xx', dimensions: STAGE, statistic: 'Average', condition: '> 0.05' },
    ...{ datapoints: 5, periods: 5, alarms: ['http-client-errors'] },
  },
  {
    ...{ namespace: API, metric: '5xx', dimensions: STAGE, statistic: 'Average', condition: '> 0.05' },
    ...{ datapoints: 3, periods: 3, alarms: ['http-server-errors'], differs: PEOPLE_WAIT },
  },
  {
    ...{ namespace: API, metric: 'Latency', dimensions: STAGE, statistic: 'p90', condition: '>= 2500' },
    ...{ datapoints: 5, periods: 5, alarms: ['http-latency'] },
  },
  {
    ...{ namespace: API, metric: 'Count', dimensions: STAGE, statistic: 'SampleCount', condition: '< usual' },
    ...{ datapoints: 10, periods: 10, declined: A_QUIET_NETWORK },
  },
  {
    ...{ namespace: DYNAMODB, metric: 'ReplicationLatency', dimensions: ['TableName', 'ReceivingRegion'] },
    ...{ statistic: 'Average', condition: '> your own; 3 minutes need a look', datapoints: 15, periods: 15 },
    alarms: ['replication-latency', 'replication-stalled'],
    differs: 'regions rely on less than five minutes (docs/decisions/0010), so fifteen would be too late',
  },
  {
    ...{
      namespace: DYNAMODB,
      metric: 'WriteThrottleEvents',
      dimensions: TABLE,
      statistic: 'Sum',
      condition: '> usual',
    },
    ...{ datapoints: 5, periods: 5, alarms: ['table-write-throttles'], differs: PEOPLE_WAIT },
  },
  {
    ...{ namespace: DYNAMODB, metric: 'ReadThrottleEvents', dimensions: TABLE, statistic: 'Sum', condition: '> usual' },
    ...{ datapoints: 5, periods: 5, alarms: ['table-read-throttles'] },
  },
  {
    ...{ namespace: DYNAMODB, metric: 'SystemErrors', dimensions: TABLE, statistic: 'Sum', condition: '> usual' },
    ...{ datapoints: 15, periods: 15, alarms: ['table-system-errors'] },
    differs: `${PEOPLE_WAIT}. Summed over operations: DynamoDB documents the metric for each of them only`,
  },
  {
    ...{ namespace: DYNAMODB, metric: 'SuccessfulRequestLatency', dimensions: ['TableName', 'Operation'] },
    ...{ statistic: 'Average', condition: '> usual', datapoints: 10, periods: 10 },
    declined:
      'pages of 1 MB take longer than single items, so no number fits; `integration-latency` tells what users notice',
  },
  {
    ...{ namespace: DYNAMODB, metric: 'UserErrors', dimensions: [], statistic: 'Sum', condition: '> 0' },
    ...{ datapoints: 10, periods: 10 },
    declined: 'it counts the whole account; a bad request of a function of ours fails there, and is counted there',
  },
  {
    ...{ namespace: DYNAMODB, metric: 'AccountProvisionedReadCapacityUtilization', dimensions: [] },
    ...{ statistic: 'Maximum', condition: '> 80', datapoints: 2, periods: 2 },
    declined: 'tables are on demand: they use no provisioned capacity',
  },
  {
    ...{ namespace: DYNAMODB, metric: 'AccountProvisionedWriteCapacityUtilization', dimensions: [] },
    ...{ statistic: 'Maximum', condition: '> 80', datapoints: 2, periods: 2 },
    declined: 'tables are on demand: they use no provisioned capacity',
  },
  {
    ...{ namespace: LAMBDA, metric: 'Errors', dimensions: FUNCTION, statistic: 'Sum', condition: '> your own' },
    ...{ datapoints: 3, periods: 3, alarms: ['authorizer-errors', 'function-errors', 'background-function-errors'] },
    differs: `a share of invocations, which means the same with any traffic; ${PEOPLE_WAIT}`,
  },
  {
    ...{ namespace: LAMBDA, metric: 'Throttles', dimensions: FUNCTION, statistic: 'Sum', condition: '>= your own' },
    ...{ datapoints: 5, periods: 5, alarms: ['function-throttles', 'background-function-throttles'] },
    differs: `where clients wait: ${PEOPLE_WAIT}`,
  },
  {
    ...{ namespace: LAMBDA, metric: 'Duration', dimensions: FUNCTION, statistic: 'p90', condition: '> your own' },
    ...{ datapoints: 15, periods: 15, alarms: ['function-duration'] },
    differs: 'p99 in three of five minutes: one in ten that times out, for a quarter of an hour, is an outage',
  },
  {
    ...{ namespace: LAMBDA, metric: 'ConcurrentExecutions', dimensions: FUNCTION, statistic: 'Maximum' },
    ...{ condition: '> 90 % of the quota', datapoints: 10, periods: 10 },
    declined:
      'the quota is the account’s, and not known when it is deployed; `function-throttles` tells when it is used up',
  },
  {
    ...{ namespace: LAMBDA, metric: 'ClaimedAccountConcurrency', dimensions: [], statistic: 'Maximum' },
    ...{ condition: '> 90 % of the quota', datapoints: 10, periods: 10, declined: OF_THE_ACCOUNT },
  },
  {
    ...{ namespace: SQS, metric: 'ApproximateAgeOfOldestMessage', dimensions: QUEUE, statistic: 'Maximum' },
    ...{ condition: '>= 1.5 times the longest processing', datapoints: 15, periods: 15 },
    ...{ alarms: ['publish-queue-age', 'inbox-queue-age'], differs: PEOPLE_WAIT },
  },
  {
    ...{ namespace: SQS, metric: 'ApproximateNumberOfMessagesNotVisible', dimensions: QUEUE, statistic: 'Average' },
    ...{ condition: '>= 1.5 times the usual', datapoints: 15, periods: 15 },
    declined: 'how many is a matter of traffic; that they are not worked off shows in their age',
  },
  {
    ...{ namespace: SQS, metric: 'ApproximateNumberOfMessagesVisible', dimensions: QUEUE, statistic: 'Average' },
    ...{ condition: '>= your own', datapoints: 15, periods: 15, alarms: ['dead-letters'] },
    differs: 'for dead letters only, where one is too many; for the others, their age tells',
  },
  {
    ...{ namespace: SQS, metric: 'NumberOfMessagesSent', dimensions: QUEUE, statistic: 'Sum', condition: '<= 0' },
    ...{ datapoints: 15, periods: 15, declined: A_QUIET_NETWORK },
  },
  {
    ...{
      namespace: SNS,
      metric: 'NumberOfNotificationsFailed',
      dimensions: TOPIC,
      statistic: 'Sum',
      condition: '> your own',
    },
    ...{ datapoints: 5, periods: 5, declined: WHO_SUBSCRIBES },
  },
  {
    ...{
      namespace: SNS,
      metric: 'NumberOfNotificationsRedrivenToDlq',
      dimensions: TOPIC,
      statistic: 'Sum',
      condition: '> 0',
    },
    ...{ datapoints: 5, periods: 5, declined: WHO_SUBSCRIBES },
  },
  {
    ...{ namespace: SNS, metric: 'NumberOfNotificationsFailedToRedriveToDlq', dimensions: TOPIC, statistic: 'Sum' },
    ...{ condition: '> 0', datapoints: 5, periods: 5, declined: WHO_SUBSCRIBES },
  },
  {
    ...{ namespace: 'AWS/Route53', metric: 'HealthCheckStatus', dimensions: ['HealthCheckId'], statistic: 'Average' },
    ...{ condition: '< 1', datapoints: 3, periods: 3, alarms: ['region-unhealthy'] },
  },
];
