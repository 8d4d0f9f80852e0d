// Every alarm of every template can fire, notifies a topic, and says what to do; every resource with metrics has an alarm.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CALLBACK_FIELDS, PEER_FIELDS } from '../../../lib/monitoring/log-fields';
import { CATALOG } from '../../../lib/monitoring/catalog';
import { POSTING_FUNCTIONS, PEER_SENDING_FUNCTIONS } from '../../../lib/monitoring/components';
import { root } from '../../support/root';
import { ALARM, alarmCases, alarmNames } from '../../support/templates/alarm-cases';
import { lintAlarms } from '../../support/templates/alarm-lint';
import { RECOMMENDED } from '../../support/templates/aws-recommended-alarms';
import { unmonitored } from '../../support/templates/emitted-metrics';
import { REGIONS } from '../../support/templates/network-templates';
import { readable, resources } from '../../support/templates/templates';

const cases = alarmCases();
const templateOf = (name: string) => cases.find((one) => one.name === name)!.template;

describe.each(cases)('$name', ({ template, ...options }) => {
  const json = template.toJSON();

  test('when alarms are created, then each passes the lint', () => {
    expect(lintAlarms(json, options)).toEqual([]);
  });

  test('when alarms are created, then every resource with metrics has one, except tables of the global stack', () => {
    const tables = Object.keys(template.findResources('AWS::DynamoDB::GlobalTable'));
    const isGlobal =
      options.others === undefined && Object.keys(template.findResources('AWS::Lambda::Function')).length === 0;
    expect(unmonitored(json)).toEqual(isGlobal ? tables : []);
  });
});

test('when resources are added, then there is an alarm for each', () => {
  const counts = cases.map(({ name, template }) => [name, alarmNames(template).length] as const);
  const counted = Object.fromEntries(counts.filter(([name]) => /^a |, (eu-west-1|routing)$/.test(name)));
  expect(counted).toEqual({
    'a backend': 44,
    'a backend without FIFO': 39,
    'network of 1, eu-west-1': 44,
    'network of 1, routing': 1,
    'network of 2, eu-west-1': 60,
    'network of 2, routing': 2,
    'network of 3, eu-west-1': 64,
    'network of 3, routing': 3,
    'network of 5, eu-west-1': 72,
    'network of 5, routing': 5,
    'network without a domain, eu-west-1': 60,
    'network with tables of its own, eu-west-1': 60,
    'network with tables of its own, routing': 2,
  });
});

test('given a network, then alarm names are unique in a region, and dashboard names in the account', () => {
  const five = cases.filter(({ name }) => name.startsWith('network of 5'));
  const names = five.filter(({ region }) => region === 'us-east-1').flatMap(({ template }) => alarmNames(template));
  expect(new Set(names).size).toBe(names.length);
  const dashboards = five.flatMap(({ template }) =>
    resources(template, 'AWS::CloudWatch::Dashboard').map(([, { Properties }]) => readable(Properties.DashboardName)),
  );
  expect(dashboards.sort()).toEqual([...REGIONS.map((region) => `Chat-${region}`), 'Chat-routing'].sort());
});

describe('alarms of the routing stack', () => {
  const template = templateOf('network of 3, routing');

  test('when an alarm fires, then its description has the failing region and its /health URL', () => {
    const texts = resources(template, ALARM).map(([, { Properties }]) => Properties.AlarmDescription as string);
    expect(texts).toHaveLength(3);
    for (const [index, region] of REGIONS.slice(0, 3).entries()) {
      expect(texts[index]).toMatch(new RegExp(`^\\[P1\\] Chat ${region} region-unhealthy-${region}: `));
      expect(texts[index]).toContain(` https://http-${region}.realtime.example/health https://`);
    }
  });

  test('given a routing stack, then its dashboard has a name of its own', () => {
    const titleOf = (name: string): string =>
      /# Chat, [^\\]+/.exec(JSON.stringify(templateOf(name).findResources('AWS::CloudWatch::Dashboard')))![0];
    expect(titleOf('network of 3, routing')).toBe('# Chat, routing');
    expect(titleOf('network of 3, eu-west-1')).toBe('# Chat, eu-west-1');
  });
});

test('given several regions, then each global table has an alarm for each receiving region; with one, none', () => {
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
  ['posts to connections', CALLBACK_FIELDS, POSTING_FUNCTIONS],
  ['failed sends to other regions', PEER_FIELDS, PEER_SENDING_FUNCTIONS],
])('given %s, then metric filters count the fields that handlers log', (_, fields, functions) => {
  const filters = resources(templateOf('network of 2, us-east-1'), 'AWS::Logs::MetricFilter');
  const logs = functions.map((name) => `\${RealtimeFunctions${name.charAt(0).toUpperCase()}${name.slice(1)}Logs}`);
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

test('given one region, then there are no metrics of sends to other regions', () => {
  expect(alarmNames(templateOf('network of 2, us-east-1'))).toContain('Chat-peer-sends');
  for (const name of ['a backend', 'network of 1, eu-west-1']) {
    expect(JSON.stringify(templateOf(name).toJSON())).not.toContain('peerFailed');
  }
});

test('given the steps of dead-letters, then they name the retention of the dead-letter queues', () => {
  const { steps } = CATALOG.find(({ id }) => id === 'dead-letters')!;
  const queues = resources(templateOf('network of 2, us-east-1'), 'AWS::SQS::Queue');
  for (const [queue, part] of [
    ['Publish queue', 'PublishQueueDeadLetters'],
    ['Inbox and fan-out queue', 'InboxDeadLetters'],
    ['Inbox and fan-out queue', 'FanoutQueueDeadLetters'],
  ] as const) {
    const [, { Properties }] = queues.find(([id]) => id.includes(part))!;
    const step = steps.find((one) => one.startsWith(`${queue}: `));
    expect(step).toContain(` ${Properties.MessageRetentionPeriod / 86_400} days`);
  }
});

describe('the alarm catalog', () => {
  test('given an entry, then some template has an alarm of it', () => {
    const names = cases.flatMap(({ template }) => alarmNames(template));
    const unused = CATALOG.filter(({ id }) => !names.some((name) => name.includes(`-${id}`)));
    expect(unused.map(({ id }) => id)).toEqual([]);
  });

  test('given two entries, then neither id is the other followed by a hyphen, so that an override means one entry', () => {
    const ids = CATALOG.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(ids.filter((other) => other.startsWith(`${id}-`))).toEqual([]);
  });

  test.each(RECOMMENDED)(
    'given AWS’s recommendation for $namespace $metric, then an alarm follows it, or says why not',
    (one) => {
      const { namespace, metric, statistic, datapoints, periods, alarms = [], differs, declined } = one;
      expect(alarms.length > 0).toBe(declined === undefined);
      for (const id of alarms) {
        const spec = CATALOG.find((entry) => entry.id === id);
        expect(spec?.metric).toMatchObject({ namespace, name: metric });
        if (differs !== undefined) continue;
        expect(spec).toMatchObject({ datapoints, periods, metric: { statistic } });
        const [, comparison, number] = /^(<|>=?) (.+)$/.exec(one.condition) ?? [];
        expect(spec?.comparison).toBe(comparison);
        // Without a threshold from AWS, there is nothing to compare.
        expect(spec?.threshold).toBe(Number.isNaN(Number(number)) ? 0 : Number(number));
      }
    },
  );
});

test('given the log messages that runbooks quote, then a function logs each of them', () => {
  const quoted = CATALOG.flatMap(({ todo, steps }) =>
    [todo, ...steps].flatMap((text) =>
      [...text.matchAll(/[`"]([a-z]+(?: [a-z]+)+)[`"]/g)].map(([, message]) => message!),
    ),
  );
  const sources = readdirSync(path.join(root, 'lambda'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(root, 'lambda', file), 'utf8'))
    .join('\n');
  expect(new Set(quoted).size).toBeGreaterThanOrEqual(5);
  expect(quoted.filter((message) => !sources.includes(`'${message}`))).toEqual([]);
});
