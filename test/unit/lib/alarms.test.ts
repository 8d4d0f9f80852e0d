// Every alarm of every template can fire, tells somebody, and says what to do; and nothing is without one.
import { CALLBACK_FIELDS, PEER_FIELDS } from '../../../lib/monitoring/log-fields';
import { CATALOG } from '../../../lib/monitoring/catalog';
import { POSTING, SENDING } from '../../../lib/monitoring/components';
import { ALARM, alarmCases, alarmNames } from '../../support/templates/alarm-cases';
import { lintAlarms } from '../../support/templates/alarm-lint';
import { RECOMMENDED } from '../../support/templates/aws-recommended-alarms';
import { unwatched } from '../../support/templates/emitted-metrics';
import { REGIONS } from '../../support/templates/network-templates';
import { readable, resources } from '../../support/templates/templates';

const cases = alarmCases();
const templateOf = (name: string) => cases.find((one) => one.name === name)!.template;

describe.each(cases)('$name', ({ template, ...options }) => {
  const json = template.toJSON();

  test('every alarm passes the lint', () => {
    expect(lintAlarms(json, options)).toEqual([]);
  });

  test('everything that has metrics has an alarm, but tables in the stack that only makes them', () => {
    const tables = Object.keys(template.findResources('AWS::DynamoDB::GlobalTable'));
    const isGlobal =
      options.others === undefined && Object.keys(template.findResources('AWS::Lambda::Function')).length === 0;
    expect(unwatched(json)).toEqual(isGlobal ? tables : []);
  });
});

test('as many as there is to look at', () => {
  const counts = cases.map(({ name, template }) => [name, alarmNames(template).length] as const);
  const counted = Object.fromEntries(counts.filter(([name]) => /^a |, (eu-west-1|routing)$/.test(name)));
  expect(counted).toEqual({
    ...{ 'a backend': 44, 'a backend without FIFO': 39 },
    ...{ 'network of 1, eu-west-1': 44, 'network of 1, routing': 1 },
    ...{ 'network of 2, eu-west-1': 60, 'network of 2, routing': 2 },
    ...{ 'network of 3, eu-west-1': 64, 'network of 3, routing': 3 },
    ...{ 'network of 5, eu-west-1': 72, 'network of 5, routing': 5 },
    ...{ 'network without a domain, eu-west-1': 60 },
    ...{ 'network with tables of its own, eu-west-1': 60, 'network with tables of its own, routing': 2 },
  });
});

test('in one region, and among all dashboards, no name stands twice', () => {
  const five = cases.filter(({ name }) => name.startsWith('network of 5'));
  const names = five.filter(({ region }) => region === 'us-east-1').flatMap(({ template }) => alarmNames(template));
  expect(new Set(names).size).toBe(names.length);
  const dashboards = five.flatMap(({ template }) =>
    resources(template, 'AWS::CloudWatch::Dashboard').map(([, { Properties }]) => readable(Properties.DashboardName)),
  );
  expect(dashboards.sort()).toEqual([...REGIONS.map((region) => `Chat-${region}`), 'Chat-routing'].sort());
});

describe('routing, whose alarms are all in us-east-1', () => {
  const template = templateOf('network of 3, routing');

  test('names the region that is in trouble, and where that one says why', () => {
    const texts = resources(template, ALARM).map(([, { Properties }]) => Properties.AlarmDescription as string);
    expect(texts).toHaveLength(3);
    for (const [index, region] of REGIONS.slice(0, 3).entries()) {
      expect(texts[index]).toMatch(new RegExp(`^\\[P1\\] Chat ${region} region-unhealthy-${region}: `));
      expect(texts[index]).toContain(` https://http-${region}.realtime.example/health https://`);
    }
  });

  test('has a dashboard that is not one of a region', () => {
    const titleOf = (name: string): string =>
      /# Chat, [^\\]+/.exec(JSON.stringify(templateOf(name).findResources('AWS::CloudWatch::Dashboard')))![0];
    expect(titleOf('network of 3, routing')).toBe('# Chat, routing');
    expect(titleOf('network of 3, eu-west-1')).toBe('# Chat, eu-west-1');
  });
});

test('replication is watched to each peer, for each global table; with one region there is none', () => {
  const latencies = (size: number): string[] =>
    alarmNames(templateOf(`network of ${size}, eu-west-1`)).filter((name) => name.includes('replication-latency'));
  expect(latencies(1)).toEqual([]);
  expect(latencies(3)).toEqual(
    ['channels', 'messages'].flatMap((table) =>
      ['ap-southeast-2', 'us-east-1'].map((peer) => `Chat-replication-latency-${table}-${peer}`),
    ),
  );
});

test.each([
  ['posts are counted in the log of every function that posts', CALLBACK_FIELDS, POSTING],
  ['what can’t be sent to peers is counted in the log of every function that publishes', PEER_FIELDS, SENDING],
])('%s, by the fields of its line', (_, fields, roles) => {
  const filters = resources(templateOf('network of 2, us-east-1'), 'AWS::Logs::MetricFilter');
  const logs = roles.map((role) => `\${RealtimeFunctions${role.charAt(0).toUpperCase()}${role.slice(1)}Logs}`);
  for (const [metric, field] of Object.entries(fields)) {
    const those = filters
      .map(([, { Properties }]) => Properties)
      .filter(({ MetricTransformations: [one] }) => one.MetricName === metric);
    expect(those.map(({ LogGroupName }) => readable(LogGroupName)).sort()).toEqual([...logs].sort());
    for (const { FilterPattern, MetricTransformations } of those) {
      expect(FilterPattern).toBe(`{ $.${field} > 0 }`);
      expect(MetricTransformations).toMatchObject([{ MetricValue: `$.${field}` }]);
    }
  }
});

test('where there are no peers, nothing is counted for them', () => {
  expect(alarmNames(templateOf('network of 2, us-east-1'))).toContain('Chat-peer-sends');
  for (const name of ['a backend', 'network of 1, eu-west-1']) {
    expect(JSON.stringify(templateOf(name).toJSON())).not.toContain('peerFailed');
  }
});

test('dead letters are kept for as long as the runbook says', () => {
  const { steps } = CATALOG.find(({ id }) => id === 'dead-letters')!;
  const queues = resources(templateOf('network of 2, us-east-1'), 'AWS::SQS::Queue');
  for (const [queue, part] of [
    ['The publish queue', 'PublishQueueDeadLetters'],
    ['The inbox and the fan-out queue', 'InboxDeadLetters'],
    ['The inbox and the fan-out queue', 'FanoutQueueDeadLetters'],
  ] as const) {
    const [, { Properties }] = queues.find(([id]) => id.includes(part))!;
    const said = steps.find((step) => step.startsWith(`${queue}: `));
    expect(said).toContain(` ${Properties.MessageRetentionPeriod / 86_400} days`);
  }
});

describe('the catalog', () => {
  test('each entry has an alarm in some template', () => {
    const names = cases.flatMap(({ template }) => alarmNames(template));
    const unused = CATALOG.filter(({ id }) => !names.some((name) => name.includes(`-${id}`)));
    expect(unused.map(({ id }) => id)).toEqual([]);
  });

  test('no id is another’s beginning as far as a hyphen, so that overrides mean one entry', () => {
    const ids = CATALOG.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(ids.filter((other) => other.startsWith(`${id}-`))).toEqual([]);
  });

  test.each(RECOMMENDED)('$namespace $metric: has alarms that do what AWS recommends, or say why not', (one) => {
    const { namespace, metric, statistic, datapoints, periods, alarms = [], differs, declined } = one;
    expect(alarms.length > 0).toBe(declined === undefined);
    for (const id of alarms) {
      const spec = CATALOG.find((entry) => entry.id === id);
      expect(spec?.metric).toMatchObject({ namespace, name: metric });
      if (differs !== undefined) continue;
      expect(spec).toMatchObject({ datapoints, periods, metric: { statistic } });
      const [, comparison, number] = /^(<|>=?) (.+)$/.exec(one.condition) ?? [];
      expect(spec?.comparison).toBe(comparison);
      // Where AWS has no number, nothing is usual yet.
      expect(spec?.threshold).toBe(Number.isNaN(Number(number)) ? 0 : Number(number));
    }
  });
});
