// docs/alarms.md, from the catalog of alarms and from what AWS recommends.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { pricesOf } from './alarm-prices.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Both are TypeScript, since constructs and tests use them. */
async function load(file) {
  const { outputFiles } = await esbuild.build({
    ...{ absWorkingDir: root, entryPoints: [file], bundle: true, write: false, format: 'esm', platform: 'node' },
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

const NAMES = {
  webSocket: 'the WebSocket stage (`ApiId`, `Stage`)',
  http: 'publishes by HTTP: their route, in detail (`ApiId`, `Method`, `Resource`, `Stage`)',
  callbacks: 'posts to connections, counted in the logs of the functions that post',
  peers: 'messages to other regions, counted in the logs of the functions that publish',
  table: 'each table (`TableName`)',
  replica: 'each table and receiving region (`TableName`, `ReceivingRegion`)',
  deadLetters: 'each dead-letter queue (`QueueName`)',
  healthCheck: 'the health check of each region (`HealthCheckId`), in us-east-1',
  function: 'each of these functions (`FunctionName`): ',
  queue: 'this queue (`QueueName`): ',
};
const MISSING = { notBreaching: 'is good', breaching: 'is bad' };

const resourcesOf = ({ kind, components }) => NAMES[kind] + (components ?? []).map((name) => `\`${name}\``).join(', ');

function metricOf({ namespace, name, statistic, shareOf, isPerOperation }) {
  const metric = `\`${namespace} ${name}\``;
  if (isPerOperation) return `${metric}, ${statistic}, summed over operations`;
  return `${metric}, ${statistic}${shareOf ? `, as a share of ${shareOf.map((one) => `\`${one}\``).join(' + ')}` : ''}`;
}

function entry(spec) {
  const { id, title, monitors, metric, comparison, threshold, unit, datapoints, periods, missing, severity } = spec;
  return `<a id="${id}"></a>

### \`${id}\`: ${title}

**${severity}.** Impact: ${spec.impact ?? '[by what it is for](#impact).'}

| monitors | metric | fires when | no data |
|---|---|---|---|
| ${resourcesOf(monitors)} | ${metricOf(metric)} | ${comparison} ${threshold.toLocaleString('en')} (${unit}) in ${datapoints} of ${periods} minutes | ${MISSING[missing]} |

${spec.steps.map((step, index) => `${index + 1}. ${step}`).join('\n')}

Numbers: ${spec.source}.
`;
}

/** What they cost, as a section: they are no alarms, but nowhere else is it as surprising. */
function healthChecksOf({ ASSUMED, REGION_CHECKS, UNIT, healthCheckPrice }) {
  const { checks, requests, api, lambda, logs, looks, total } = healthCheckPrice(REGION_CHECKS, 1);
  const slow = healthCheckPrice(
    REGION_CHECKS.map((one) => ({ ...one, interval: 30 })),
    1,
  );
  const million = requests.toFixed(1);
  const row = (what, how, dollars) => `| ${what} | ${how} | ${dollars.toFixed(2)} |`;
  const { checkers, milliseconds, memoryGigabytes, bytesLogged, warmFunctions, memorySeconds } = ASSUMED;
  return `<a id="health-checks"></a>

### Health checks

With a domain, each region of several has three health checks: of \`/health\`, every 10 s; of what a peer says of it, every 30 s; and one calculated of both. Some ${checkers} checkers ask each, and every
request is one of the HTTP API. Dollars a month and region, at the prices of us-east-1 ([Route 53](https://aws.amazon.com/route53/pricing/), [API Gateway](https://aws.amazon.com/api-gateway/pricing/),
[Lambda](https://aws.amazon.com/lambda/pricing/), [CloudWatch](https://aws.amazon.com/cloudwatch/pricing/), [DynamoDB](https://aws.amazon.com/dynamodb/pricing/on-demand/), [SQS](https://aws.amazon.com/sqs/pricing/)),
computed by \`test/support/templates/health-check-price.ts\`:

| | how | $ a month |
|---|---|---|
${[
  row('checks', `3 of $${UNIT.check.toFixed(2)}, 4 features (HTTPS twice, 10 s, a text) of $${UNIT.feature}`, checks),
  row('HTTP API', `${million} million requests of $${UNIT.httpRequests} a million`, api),
  row(
    'Lambda',
    `as many of $${UNIT.invocations.toFixed(2)} a million, ${milliseconds} ms of ${memoryGigabytes * 1024} MB`,
    lambda,
  ),
  row('logs', `${bytesLogged} bytes each, of $${UNIT.logs.toFixed(2)} a GB`, logs),
  row('looks', `${warmFunctions} warm functions, every ${memorySeconds} s: two tables, marks, inbox`, looks),
  row('together', '', total),
].join('\n')}

The first fifty checks of an account are free, but for their features; that the calculated one is billed as a check is assumed. With \`healthCheckInterval: Duration.seconds(30)\` it is
$${slow.total.toFixed(2)}, and a region is out of DNS after some 90 s instead of 30.`;
}

export async function alarmsPage() {
  const { CATALOG, REGION_IMPAIRED } = await load('lib/monitoring/catalog/index.ts');
  const { FUNCTIONS, QUEUES, TABLES } = await load('lib/monitoring/components.ts');
  const { SECTIONS } = await load('lib/monitoring/alarm-spec.ts');
  const { RECOMMENDED } = await load('test/support/templates/aws-recommended-alarms.ts');
  const prices = await pricesOf(load);
  const dollars = (name) => Number(prices.find((one) => one.name === name).standard.price);
  const wholeNetwork = (3 * dollars('each region of 3') + dollars('routing to 3 regions')).toFixed(2);
  const healthChecks = healthChecksOf(await load('test/support/templates/health-check-price.ts'));
  const impacts = [
    ...Object.entries(FUNCTIONS).map(([role, { impact }]) => `| function \`${role}\` | ${impact} |`),
    ...Object.entries(QUEUES).map(([role, { impact }]) => `| queue \`${role}\` | ${impact} |`),
    ...Object.entries(TABLES).map(([role, { impact }]) => `| table \`${role}\` | ${impact} |`),
    ...Object.entries(TABLES)
      .filter(([, { lagImpact }]) => lagImpact !== undefined)
      .map(([role, { lagImpact }]) => `| replication of \`${role}\` | ${lagImpact} |`),
  ];
  const recommended = RECOMMENDED.map((one) => {
    const { namespace, metric, statistic, condition, datapoints, periods, alarms = [], differs, declined } = one;
    const what = declined === undefined ? alarms.map((id) => `[\`${id}\`](#${id})`).join(', ') : 'declined';
    return `| \`${namespace} ${metric}\` | ${statistic} ${condition}, ${datapoints} of ${periods} | ${what} | ${declined ?? differs ?? ''} |`;
  });
  return `<a id="alarms"></a>

# Alarms

Generated from \`lib/monitoring/catalog/index.ts\` by \`npm run generate\`. A \`RealtimeApi\` makes them, and each region of a \`RealtimeNetwork\`, unless its \`alarms\` tells otherwise:

\`\`\`ts nofixture
RealtimeAlarms.standard(); // all of them, a composite alarm, and a dashboard: the default
RealtimeAlarms.minimal(); // what pages (P1), and the composite alarm
RealtimeAlarms.disabled();
RealtimeAlarms.standard({ overrides: { 'client-errors': { disabled: true }, 'function-duration-publish': { threshold: 0.5 } } });
\`\`\`

Each tells a topic of its severity, when it begins and when it ends. A topic tells nobody by itself: subscribe to \`alarms.topic(AlarmSeverity.P1)\`.
CloudWatch reaches topics of its own region only, so each region has its own, and so has routing, in us-east-1: \`network.regional(region).alarms\`, \`network.routingAlarms\`.
**P1** is for now, at any hour; **P2** for within hours; **P3** is a ticket.
What a notification says: \`[P1] <backend> <region> <alarm>: <what is wrong>. Impact: … Do: … <link to here>\`. The region is the one in
trouble, also where routing tells of it from us-east-1.

An alarm is called \`<network>-<id>\`, or \`<stack>-…-<id>\` without a network, with what it watches at the end where there can be several: \`function-errors-message\`. Overrides take either. Every period is a
minute. Whether no data is good or bad is always said: what nobody uses has no data, so it is good, except of what reports by itself.

## What it costs

Dollars a month at the prices of us-east-1, counted from the catalog, and in the templates by \`test/unit/lib/alarm-price.test.ts\`. CloudWatch bills each metric that an alarm looks at
($0.10; an expression has several), a composite alarm ($0.50), a dashboard ($3), metrics out of logs ($0.30, in months in which they count something), and those of a
single route ([detailed metrics](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html): six of $0.30, by the hours in which servers publish; without alarms there are none); KMS the
key of the topics ($1, and as much again after each of the first two years, for its rotation). Not counted is what AWS's free tier takes off, and notifications.

| | standard: alarms | metrics | $ a month | minimal: alarms | metrics | $ a month |
|---|---|---|---|---|---|---|
${prices
  .map(({ name, standard, minimal }) => {
    const cells = [standard, minimal].map(
      ({ alarms, alarmMetrics, price }) => `${alarms} | ${alarmMetrics} | ${price}`,
    );
    return `| ${name} | ${cells.join(' | ')} |`;
  })
  .join('\n')}

A network of three regions with a domain: $${wholeNetwork} a month.

${healthChecks}

<a id="impact"></a>

## What it means for users

| when this fails | users notice |
|---|---|
${impacts.join('\n')}

<a id="${REGION_IMPAIRED.id}"></a>

### \`${REGION_IMPAIRED.id}\`: ${REGION_IMPAIRED.title}

**${REGION_IMPAIRED.severity}.** Impact: ${REGION_IMPAIRED.impact} A composite alarm of all alarms of severity P1.

${REGION_IMPAIRED.steps.map((step, index) => `${index + 1}. ${step}`).join('\n')}

${SECTIONS.map((section) => {
  const specs = CATALOG.filter((spec) => spec.section === section);
  return `## ${section}\n\n${specs.map(entry).join('\n')}`;
}).join('\n')}
## What AWS recommends

Every alarm that [AWS recommends](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html) for the services of a
network, and what became of it. Where AWS treats missing data as missing, it is good here: otherwise an alarm that is on stays on for as long as nobody comes.

| metric | AWS | here | because |
|---|---|---|---|
${recommended.join('\n')}
`;
}
