// Writes docs/reference/alarms.md from the catalog of alarms and AWS's recommended alarms.
import { CATALOG, REGION_IMPAIRED } from '../lib/monitoring/catalog';
import { FUNCTIONS, QUEUES, TABLES } from '../lib/monitoring/components';
import { type AlarmSpec, type MetricSpec, SECTIONS, type ResourceSelector } from '../lib/monitoring/alarm-spec';
import { RECOMMENDED } from '../test/support/templates/aws-recommended-alarms';
import { ASSUMED, healthCheckPrice, REGION_CHECKS, UNIT } from '../test/support/templates/health-check-price';
import { alarmPrices, type KindPrices } from './alarm-prices';

/** Descriptions of what an alarm monitors, with the dimensions of its metric. */
const NAMES: Readonly<Record<ResourceSelector['kind'], string>> = {
  webSocket: 'the WebSocket stage (`ApiId`, `Stage`)',
  http: 'the route of HTTP publishes, with detailed metrics (`ApiId`, `Method`, `Resource`, `Stage`)',
  callbacks: 'posts to connections, from the logs of the functions that post',
  peers: 'messages to other regions, from the logs of the functions that publish',
  table: 'each table (`TableName`)',
  replica: 'each table and receiving region (`TableName`, `ReceivingRegion`)',
  deadLetters: 'each dead-letter queue (`QueueName`)',
  healthCheck: 'the health check of each region (`HealthCheckId`), in us-east-1',
  function: 'each of these functions (`FunctionName`): ',
  queue: 'this queue (`QueueName`): ',
};
const MISSING = { notBreaching: 'is good', breaching: 'is bad' };

function resourcesOf(monitors: ResourceSelector): string {
  const components = 'components' in monitors ? monitors.components : [];
  return NAMES[monitors.kind] + components.map((name) => `\`${name}\``).join(', ');
}

function metricOf({ namespace, name, statistic, shareOf, isPerOperation }: MetricSpec): string {
  const metric = `\`${namespace} ${name}\``;
  if (isPerOperation === true) return `${metric}, ${statistic}, summed over operations`;
  const share = shareOf === undefined ? '' : `, as a share of ${shareOf.map((one) => `\`${one}\``).join(' + ')}`;
  return `${metric}, ${statistic}${share}`;
}

function entryOf(spec: AlarmSpec): string {
  const { id, title, monitors, metric, comparison, threshold, unit, datapoints, periods, missing, severity } = spec;
  return `<a id="${id}"></a>

### \`${id}\`: ${title}

**${severity}.** Impact: ${spec.impact ?? '[depends on the resource](#impact).'}

| monitors | metric | fires when | no data |
|---|---|---|---|
| ${resourcesOf(monitors)} | ${metricOf(metric)} | ${comparison} ${threshold.toLocaleString('en')} (${unit}) in ${datapoints} of ${periods} minutes | ${MISSING[missing]} |

${spec.steps.map((step, index) => `${index + 1}. ${step}`).join('\n')}

Source of the numbers: ${spec.source}.
`;
}

/** The price of health checks, as a section. They are not alarms, but users look for unexpected costs here. */
function healthCheckSection(): string {
  const { checks, requests, api, lambda, logs, looks, total } = healthCheckPrice(REGION_CHECKS, 1);
  const slow = healthCheckPrice(
    REGION_CHECKS.map((one) => ({ ...one, interval: 30 as const })),
    1,
  );
  const million = requests.toFixed(1);
  const row = (what: string, how: string, dollars: number): string => `| ${what} | ${how} | ${dollars.toFixed(2)} |`;
  const { checkers, milliseconds, memoryGigabytes, bytesLogged, warmFunctions, memorySeconds } = ASSUMED;
  return `<a id="health-checks"></a>

### Health checks

With a domain, each region of a network has three health checks: one of \`/health\`, every 10 s; one of a peer's answer about the region, every 30 s; and one calculated from both. About ${checkers} checkers send requests to each, and every
request is billed by the HTTP API. Dollars a month for each region, at the prices of us-east-1 ([Route 53](https://aws.amazon.com/route53/pricing/), [API Gateway](https://aws.amazon.com/api-gateway/pricing/),
[Lambda](https://aws.amazon.com/lambda/pricing/), [CloudWatch](https://aws.amazon.com/cloudwatch/pricing/), [DynamoDB](https://aws.amazon.com/dynamodb/pricing/on-demand/), [SQS](https://aws.amazon.com/sqs/pricing/)),
computed by the tests:

| | how | $ a month |
|---|---|---|
${[
  row(
    'checks',
    `3 of $${UNIT.check.toFixed(2)}, 4 features (HTTPS twice, 10 s, string matching) of $${UNIT.feature}`,
    checks,
  ),
  row('HTTP API', `${million} million requests of $${UNIT.httpRequests} a million`, api),
  row(
    'Lambda',
    `as many invocations of $${UNIT.invocations.toFixed(2)} a million, ${milliseconds} ms of ${memoryGigabytes * 1024} MB`,
    lambda,
  ),
  row('logs', `${bytesLogged} bytes each, of $${UNIT.logs.toFixed(2)} a GB`, logs),
  row('probes', `${warmFunctions} warm functions, every ${memorySeconds} s: two tables, drain marks, inbox`, looks),
  row('total', '', total),
].join('\n')}

The first fifty checks of an account are free, except for their features. The calculated check is assumed to be billed as a check. With \`healthCheckInterval: Duration.seconds(30)\` the total is
$${slow.total.toFixed(2)}, and an unhealthy region leaves DNS after about 90 s instead of 30.`;
}

/** What users notice when a component fails, as rows of a table. */
function impactRows(): readonly string[] {
  return [
    ...Object.entries(FUNCTIONS).map(([role, { impact }]) => `| function \`${role}\` | ${impact} |`),
    ...Object.entries(QUEUES).map(([role, { impact }]) => `| queue \`${role}\` | ${impact} |`),
    ...Object.entries(TABLES).map(([role, { impact }]) => `| table \`${role}\` | ${impact} |`),
    ...Object.entries(TABLES)
      .filter(([, { lagImpact }]) => lagImpact !== undefined)
      .map(([role, { lagImpact }]) => `| replication of \`${role}\` | ${lagImpact ?? ''} |`),
  ];
}

/** AWS's recommended alarms beside those of the catalog, as rows of a table. */
function recommendedRows(): readonly string[] {
  return RECOMMENDED.map((one) => {
    const { namespace, metric, statistic, condition, datapoints, periods, alarms = [], differs, declined } = one;
    const what = declined === undefined ? alarms.map((id) => `[\`${id}\`](#${id})`).join(', ') : 'declined';
    return `| \`${namespace} ${metric}\` | ${statistic} ${condition}, ${datapoints} of ${periods} | ${what} | ${declined ?? differs ?? ''} |`;
  });
}

function priceRows(prices: readonly KindPrices[]): readonly string[] {
  return prices.map(({ name, standard, minimal }) => {
    const cells = [standard, minimal].map(
      ({ alarms, alarmMetrics, price }) => `${alarms} | ${alarmMetrics} | ${price}`,
    );
    return `| ${name} | ${cells.join(' | ')} |`;
  });
}

/** The text of docs/reference/alarms.md. */
export function alarmsPage(): string {
  const prices = alarmPrices();
  const dollars = (name: string): number => Number(prices.find((one) => one.name === name)?.standard.price);
  const wholeNetwork = (3 * dollars('each region of 3') + dollars('routing to 3 regions')).toFixed(2);
  return [introduction(), costs(priceRows(prices), wholeNetwork), impacts(), alarmSections(), recommendations()].join(
    '',
  );
}

function introduction(): string {
  return `<a id="alarms"></a>

# Alarms

Generated from the catalog of alarms by \`npm run generate\`. A \`RealtimeApi\`, and each region of a \`RealtimeNetwork\`, creates them. The prop \`alarms\` changes that:

\`\`\`ts nofixture
RealtimeAlarms.standard(); // all alarms, a composite alarm and a dashboard (the default)
RealtimeAlarms.minimal(); // the alarms that page (P1), and the composite alarm
RealtimeAlarms.disabled(); // none
RealtimeAlarms.standard({ overrides: { 'client-errors': { disabled: true }, 'function-duration-publish': { threshold: 0.5 } } });
\`\`\`

Each alarm notifies the topic of its severity when it begins and when it ends. Topics have no subscribers until you add them to \`alarms.topic(AlarmSeverity.P1)\`.
CloudWatch notifies topics of its own region only, so each region has its own topics, and so has routing, in us-east-1: \`network.regional(region).alarms\`, \`network.routingAlarms\`.

| severity | respond |
|---|---|
| **P1** | now, at any hour |
| **P2** | within hours |
| **P3** | with a ticket |

A notification says \`[P1] <backend> <region> <alarm>: <what is wrong>. Impact: … Do: … <link to this page>\`. The region is the one in trouble, also when routing reports it from us-east-1.

An alarm is named \`<network>-<id>\`, or \`<stack>-…-<id>\` without a network. If there can be several, the name ends with the watched resource: \`function-errors-message\`. Overrides take the id or the name. Every period is one
minute. Each alarm states how it treats missing data: unused resources have no data, so missing data is good, except for metrics that are reported without use.

`;
}

function costs(rows: readonly string[], wholeNetwork: string): string {
  return `## What it costs

Dollars a month at the prices of us-east-1, without free tiers and notifications. The numbers are counted from the catalog; a test counts them in templates.

| item | price |
|---|---|
| each metric that an alarm reads (an expression reads several) | $0.10 |
| composite alarm | $0.50 |
| dashboard | $3 |
| a metric from logs, in months in which it counts something | $0.30 |
| [detailed metrics](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html) of the publish route, six, by the hours in which servers publish; none without alarms | $0.30 each |
| the key of the topics, and as much again after each of the first two years, for its rotation | $1 |

| | standard: alarms | metrics | $ a month | minimal: alarms | metrics | $ a month |
|---|---|---|---|---|---|---|
${rows.join('\n')}

A network of three regions with a domain: $${wholeNetwork} a month.

${healthCheckSection()}

`;
}

function impacts(): string {
  return `<a id="impact"></a>

## Impact on users

| if this fails | users notice |
|---|---|
${impactRows().join('\n')}

<a id="${REGION_IMPAIRED.id}"></a>

### \`${REGION_IMPAIRED.id}\`: ${REGION_IMPAIRED.title}

**${REGION_IMPAIRED.severity}.** Impact: ${REGION_IMPAIRED.impact} A composite alarm of all P1 alarms.

${REGION_IMPAIRED.steps.map((step, index) => `${index + 1}. ${step}`).join('\n')}

`;
}

function alarmSections(): string {
  return `${SECTIONS.map((section) => {
    const specs = CATALOG.filter((spec) => spec.section === section);
    return `## ${section}\n\n${specs.map(entryOf).join('\n')}`;
  }).join('\n')}
`;
}

function recommendations(): string {
  return `## What AWS recommends

Every alarm that [AWS recommends](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html) for the services of a
network, and the alarm that covers it, or the reason why there is none. Where AWS treats missing data as missing, these alarms treat it as good: otherwise an alarm that is on would stay on until there is traffic.

| metric | AWS | alarm | difference |
|---|---|---|---|
${recommendedRows().join('\n')}
`;
}
