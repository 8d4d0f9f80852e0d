// docs/reference/alarms.md has prices calculated from the catalog; these tests calculate them from templates.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { HEALTH_CACHE } from '../../../lambda/core/regions/health';
import { ChannelOrdering, Namespace, RealtimeAlarms, RealtimeDomain } from '../../../lib';
import { LOG_METRICS } from '../../../lib/monitoring/log-fields';
import { ALARM, COMPOSITE } from '../../support/templates/alarm-cases';
import { METRICS_OF_A_ROUTE, monthlyPrice } from '../../support/templates/alarm-price';
import { ASSUMED, healthCheckPrice, REGION_CHECKS } from '../../support/templates/health-check-price';
import { networkTemplates, realtimeNetwork, REGIONS } from '../../support/templates/network-templates';
import { realtimeTemplate, resources } from '../../support/templates/templates';

const PAGE = readFileSync(path.join(__dirname, '..', '..', '..', 'docs', 'reference', 'alarms.md'), 'utf8');
const GUIDE = readFileSync(path.join(__dirname, '..', '..', '..', 'docs', 'guide', 'cost.md'), 'utf8');
const PROFILES = [RealtimeAlarms.standard(), RealtimeAlarms.minimal()];
const domain = RealtimeDomain.newZone('realtime.example');
const fifo = [Namespace.durable('orders', { ordering: ChannelOrdering.FIFO })];

/** Alarms, their metrics, and dollars a month, as docs/reference/alarms.md prints them. */
function cells(template: Template): string {
  const count = (type: string): number => Object.keys(template.findResources(type)).length;
  const names = resources(template, ALARM).flatMap(([, { Properties }]) =>
    (Properties.Metrics ?? [{ MetricStat: { Metric: Properties } }]).flatMap(({ MetricStat }: any) =>
      MetricStat === undefined ? [] : [MetricStat.Metric.MetricName as string],
    ),
  );
  const filters = resources(template, 'AWS::Logs::MetricFilter').map(
    ([, { Properties }]) => Properties.MetricTransformations[0].MetricName as string,
  );
  const customMetrics = new Set(filters).size;
  expect(customMetrics).toBe(new Set(names.filter((name) => name in LOG_METRICS)).size);
  const counted = resources(template, 'AWS::ApiGatewayV2::Stage').flatMap(([, { Properties }]) =>
    Object.values<any>(Properties.RouteSettings ?? {}).filter(({ DetailedMetricsEnabled }) => DetailedMetricsEnabled),
  );
  const price = monthlyPrice({
    routeMetrics: METRICS_OF_A_ROUTE * counted.length,
    alarmMetrics: names.length,
    customMetrics,
    keys: count('AWS::KMS::Key'),
    compositeAlarms: count(COMPOSITE),
    dashboards: count('AWS::CloudWatch::Dashboard'),
  });
  return `${count(ALARM)} | ${names.length} | ${price.toFixed(2)}`;
}

function row(name: string, made: readonly Template[]): void {
  expect(PAGE).toContain(`| ${name} | ${made.map(cells).join(' | ')} |`);
}

test('given a RealtimeApi, then its alarms cost what docs/reference/alarms.md says', () => {
  row(
    'a backend, or a network of one',
    PROFILES.map((alarms) => realtimeTemplate({ alarms })),
  );
  row(
    'a backend, or a network of one',
    PROFILES.map(
      (alarms) =>
        networkTemplates(realtimeNetwork({ regions: ['eu-west-1'], defaults: { alarms } }).network)['eu-west-1']!,
    ),
  );
  row(
    'the same with a FIFO namespace',
    PROFILES.map((alarms) => realtimeTemplate({ alarms, namespaces: fifo })),
  );
});

test.each([2, 3, 5])(
  'given a network of %d regions, then its alarms cost what docs/reference/alarms.md says',
  (size) => {
    const made = PROFILES.map((alarms) =>
      networkTemplates(realtimeNetwork({ regions: REGIONS.slice(0, size), domain, defaults: { alarms } }).network),
    );
    for (const region of REGIONS.slice(0, size)) {
      row(
        `each region of ${size}`,
        made.map((templates) => templates[region]!),
      );
    }
    row(
      `routing to ${size} regions`,
      made.map(({ routing }) => routing!),
    );
  },
);

test.each([2, 3])(
  'given a network of %d regions, then its health checks cost what docs/reference/alarms.md says',
  (size) => {
    const { routing } = networkTemplates(realtimeNetwork({ regions: REGIONS.slice(0, size), domain }).network);
    const checks = resources(routing!, 'AWS::Route53::HealthCheck').map(
      ([, { Properties }]) => Properties.HealthCheckConfig,
    );
    const endpoints = checks.filter(({ Type }) => Type !== 'CALCULATED');
    expect(endpoints.every(({ Type, MeasureLatency }) => Type.startsWith('HTTPS') && MeasureLatency !== true)).toBe(
      true,
    );
    const billed = endpoints.map(({ Type, RequestInterval: interval }) => ({
      interval,
      matchesText: Type === 'HTTPS_STR_MATCH',
    }));
    expect(billed).toEqual(Array.from({ length: size }, () => REGION_CHECKS).flat());
    expect(checks.length - endpoints.length).toBe(size);
    const backend = realtimeTemplate();
    const [, { Properties: health }] = resources(backend, 'AWS::Lambda::Function').find(([id]) => /Health/.test(id))!;
    expect(health.MemorySize / 1_024).toBe(ASSUMED.memoryGigabytes);
    expect(HEALTH_CACHE / 1_000).toBe(ASSUMED.memorySeconds);
    const { total } = healthCheckPrice(REGION_CHECKS, 1);
    expect(PAGE).toContain(`| total |  | ${total.toFixed(2)} |`);
    expect(GUIDE).toContain(`about $${total.toFixed(0)} a region`);
  },
);
