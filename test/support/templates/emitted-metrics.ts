// The metrics that resources emit, by CloudFormation type. An alarm on any other metric never leaves OK.

/** A resource of a template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, any>;
}

/** A template, as JSON. */
export interface TemplateJson {
  readonly Resources?: Record<string, TemplateResource>;
}

interface Emitter {
  readonly namespace: string;
  /** The dimension that names the resource. */
  readonly dimension: string;
  /** How a template refers to that name: `Ref`, or attributes. */
  readonly by: readonly string[];
  /** Property with the physical name, by which another template can refer to it. */
  readonly nameProperty?: string;
  /** Metrics by name, with their possible sets of further dimensions. */
  readonly metrics: Readonly<Record<string, readonly (readonly string[])[]>>;
}

const each = (names: readonly string[], ...sets: readonly string[][]): Emitter['metrics'] =>
  Object.fromEntries(names.map((name) => [name, sets]));
const none = (...names: string[]): Emitter['metrics'] => each(names, []);
const also = (dimension: string, ...names: string[]): Emitter['metrics'] => each(names, [dimension]);

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html */
const TABLE: Omit<Emitter, 'nameProperty'> = {
  namespace: 'AWS/DynamoDB',
  dimension: 'TableName',
  by: ['Ref'],
  metrics: {
    ...none('ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits', 'ConditionalCheckFailedRequests'),
    ...none('ReadThrottleEvents', 'WriteThrottleEvents', 'TimeToLiveDeletedItemCount'),
    ...also('Operation', 'SystemErrors', 'SuccessfulRequestLatency', 'ThrottledRequests', 'ReturnedItemCount'),
    ...also('ReceivingRegion', 'ReplicationLatency'),
  },
};

const EMITTERS: Readonly<Record<string, Emitter | ((resource: TemplateResource) => Emitter)>> = {
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
  'AWS::Lambda::Function': {
    namespace: 'AWS/Lambda',
    dimension: 'FunctionName',
    by: ['Ref'],
    nameProperty: 'FunctionName',
    metrics: none('Invocations', 'Errors', 'Throttles', 'Duration', 'ConcurrentExecutions'),
  },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  'AWS::SQS::Queue': {
    namespace: 'AWS/SQS',
    dimension: 'QueueName',
    by: ['QueueName'],
    nameProperty: 'QueueName',
    metrics: none(
      'ApproximateAgeOfOldestMessage',
      'ApproximateNumberOfMessagesVisible',
      'ApproximateNumberOfMessagesNotVisible',
      'NumberOfMessagesSent',
      'NumberOfMessagesDeleted',
    ),
  },
  'AWS::DynamoDB::Table': { ...TABLE, nameProperty: 'TableName' },
  'AWS::DynamoDB::GlobalTable': { ...TABLE, nameProperty: 'TableName' },
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html, http-api-metrics.html
  'AWS::ApiGatewayV2::Api': ({ Properties }) => ({
    namespace: 'AWS/ApiGateway',
    dimension: 'ApiId',
    by: ['Ref'],
    metrics:
      Properties?.ProtocolType === 'WEBSOCKET'
        ? also(
            'Stage',
            'ConnectCount',
            'MessageCount',
            'IntegrationError',
            'ClientError',
            'ExecutionError',
            'IntegrationLatency',
          )
        : // Metrics of a route exist only with detailed metrics of its stage.
          each(
            ['Count', '4xx', '5xx', 'DataProcessed', 'Latency', 'IntegrationLatency'],
            ['Stage'],
            ['Method', 'Resource', 'Stage'],
          ),
  }),
  // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html
  'AWS::Route53::HealthCheck': {
    namespace: 'AWS/Route53',
    dimension: 'HealthCheckId',
    by: ['Ref', 'HealthCheckId'],
    metrics: none('HealthCheckStatus', 'HealthCheckPercentageHealthy', 'ChildHealthCheckHealthyCount'),
  },
};

/** A metric of an alarm. */
export interface NamedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, any>>;
}

/** The resource that emits a metric. */
export interface Emission {
  readonly id: string;
  readonly resource: TemplateResource;
}

/**
 * Finds the resource that emits a metric.
 *
 * @param others templates of the same app, whose global tables alarms may name
 * @param region where the template is deployed
 * @returns the reason as text, when there is none
 */
export function emitterOf(
  metric: NamedMetric,
  template: TemplateJson,
  { others = [], region }: { readonly others?: readonly TemplateJson[]; readonly region?: string },
): Emission | string {
  const { namespace, name, dimensions } = metric;
  const filter = filterOf(metric, template);
  if (filter !== undefined) return filter;
  const problems = new Set<string>();
  for (const one of [template, ...others]) {
    for (const [id, resource] of Object.entries(one.Resources ?? {})) {
      const entry = EMITTERS[resource.Type];
      const emitter = typeof entry === 'function' ? entry(resource) : entry;
      if (emitter?.namespace !== namespace) continue;
      const isOwn = one === template;
      if (!isOwn && !hasReplica(resource, region)) continue;
      if (!isNamed(dimensions[emitter.dimension], id, resource, emitter, isOwn)) continue;
      const sets = emitter.metrics[name];
      if (sets === undefined) {
        problems.add(`${id} (${resource.Type}) emits no ${namespace} ${name}`);
        continue;
      }
      const got = Object.keys(dimensions).sort().join();
      const besides = sets.find((set) => [emitter.dimension, ...set].sort().join() === got);
      if (besides === undefined) {
        const known = sets.map((set) => [emitter.dimension, ...set].join(', ')).join(', or ');
        problems.add(`${name} of ${id} has the dimensions ${known}, not ${got}`);
        continue;
      }
      const wrong = besides.filter(
        (dimension) => dimensions[dimension] === region || !fits(dimension, dimensions, id, resource, one),
      );
      if (wrong.length === 0) return { id, resource };
      for (const dimension of wrong) problems.add(`${name} of ${id}: no such ${dimension}`);
    }
  }
  return [...problems][0] ?? `nothing emits ${namespace} ${name} with these dimensions`;
}

/** Metrics are in the region of the resource. Of other templates' resources, only replicas of global tables can be in this region. */
function hasReplica({ Type, Properties }: TemplateResource, region: string | undefined): boolean {
  return (
    Type === 'AWS::DynamoDB::GlobalTable' && (Properties?.Replicas ?? []).some(({ Region }: any) => Region === region)
  );
}

function filterOf({ namespace, name, dimensions }: NamedMetric, template: TemplateJson): Emission | undefined {
  if (Object.keys(dimensions).length > 0) return undefined;
  const [id, resource] =
    Object.entries(template.Resources ?? {}).find(
      ([, { Type, Properties }]) =>
        Type === 'AWS::Logs::MetricFilter' &&
        Properties?.MetricTransformations.some(
          (one: any) => one.MetricNamespace === namespace && one.MetricName === name && one.Dimensions === undefined,
        ),
    ) ?? [];
  return id === undefined || resource === undefined ? undefined : { id, resource };
}

function isNamed(value: any, id: string, { Properties }: TemplateResource, emitter: Emitter, isOwn: boolean): boolean {
  if (isOwn) {
    if (emitter.by.includes('Ref') && value?.Ref === id) return true;
    const [target, attribute] = value?.['Fn::GetAtt'] ?? [];
    if (target === id && emitter.by.includes(attribute)) return true;
  }
  const fixed = emitter.nameProperty === undefined ? undefined : Properties?.[emitter.nameProperty];
  return typeof value === 'string' && value === fixed;
}

/** Whether a further dimension of a metric has a possible value. */
function fits(
  dimension: string,
  dimensions: NamedMetric['dimensions'],
  id: string,
  { Properties }: TemplateResource,
  template: TemplateJson,
): boolean {
  const value = dimensions[dimension];
  switch (dimension) {
    case 'Stage':
      return stageOf(template, id, value) !== undefined;
    case 'Method':
    case 'Resource': {
      const key = `${dimensions.Method} ${dimensions.Resource}`;
      const stage = stageOf(template, id, dimensions.Stage);
      const settings = stage?.RouteSettings?.[key] ?? stage?.DefaultRouteSettings;
      return routesOf(template, id).includes(key) && settings?.DetailedMetricsEnabled === true;
    }
    case 'ReceivingRegion':
      return (Properties?.Replicas ?? []).some(({ Region }: any) => Region === value);
    default:
      return OPERATIONS.includes(value);
  }
}

function stageOf(template: TemplateJson, apiId: string, name: any): Record<string, any> | undefined {
  return Object.entries(template.Resources ?? {}).find(
    ([stageId, { Type, Properties: stage }]) =>
      Type === 'AWS::ApiGatewayV2::Stage' &&
      stage?.ApiId?.Ref === apiId &&
      (name?.Ref === stageId || name === stage.StageName),
  )?.[1].Properties;
}

function routesOf(template: TemplateJson, apiId: string): readonly string[] {
  return Object.values(template.Resources ?? {}).flatMap(({ Type, Properties: route }) =>
    Type === 'AWS::ApiGatewayV2::Route' && route?.ApiId?.Ref === apiId ? [String(route.RouteKey)] : [],
  );
}

/** Health check routes that a metric counts. Health checkers send requests all the time, and get errors by design. */
export function healthRoutesIn({ namespace, dimensions }: NamedMetric, template: TemplateJson): readonly string[] {
  const { ApiId, Method, Resource } = dimensions;
  if (namespace !== 'AWS/ApiGateway' || ApiId?.Ref === undefined) return [];
  const counted = (key: string): boolean => Resource === undefined || key === `${Method} ${Resource}`;
  return routesOf(template, String(ApiId.Ref)).filter((key) => /^GET \/(health|evacuated)\b/.test(key) && counted(key));
}

const OPERATIONS: readonly unknown[] = [
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'GetItem',
  'GetRecords',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
  'TransactGetItems',
  'TransactWriteItems',
  'ExecuteStatement',
  'BatchExecuteStatement',
  'ExecuteTransaction',
];

/** Resources with metrics, but without an alarm in their template. Of health checks, only those of records need one. */
export function unmonitored(template: TemplateJson): string[] {
  const all = Object.entries(template.Resources ?? {});
  const textOf = (type: string): string => JSON.stringify(all.filter(([, { Type }]) => Type === type));
  const alarms = textOf('AWS::CloudWatch::Alarm');
  const records = textOf('AWS::Route53::RecordSet');
  const names = (text: string, id: string, attributes: readonly string[]): boolean =>
    text.includes(`{"Ref":"${id}"}`) || attributes.some((one) => text.includes(`{"Fn::GetAtt":["${id}","${one}"]}`));
  return all
    .filter(([id, resource]) => {
      const entry = EMITTERS[resource.Type];
      const emitter = typeof entry === 'function' ? entry(resource) : entry;
      if (emitter === undefined) return false;
      const isFollowed = resource.Type !== 'AWS::Route53::HealthCheck' || names(records, id, emitter.by);
      return isFollowed && !names(alarms, id, emitter.by);
    })
    .map(([id]) => id);
}
