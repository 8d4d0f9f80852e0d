// Profiles, overrides and topics of alarms, and how a network passes them to its regions.
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import {
  AlarmSeverity,
  Namespace,
  RealtimeAlarms,
  type RealtimeAlarmsOptions,
  RealtimeApi,
  RealtimeDomain,
  type RealtimeNetworkProps,
} from '../../../lib';
import { ALARM, alarmNames, COMPOSITE } from '../../support/templates/alarm-cases';
import { lintAlarms } from '../../support/templates/alarm-lint';
import { networkTemplates, realtimeNetwork } from '../../support/templates/network-templates';
import { readable, realtimeStack, realtimeTemplate, resources } from '../../support/templates/templates';

const DASHBOARD = 'AWS::CloudWatch::Dashboard';
const TOPIC = 'AWS::SNS::Topic';
const domain = RealtimeDomain.newZone('realtime.example');
const PREFIX = 'Test-Realtime-Alarms-';

const made = (options?: RealtimeAlarmsOptions): Template =>
  realtimeTemplate({ alarms: RealtimeAlarms.standard(options) });
const count = (template: Template, type: string): number => Object.keys(template.findResources(type)).length;
function alarm(template: Template, id: string): Record<string, any> {
  const found = resources(template, ALARM).filter(([, { Properties }]) =>
    readable(Properties.AlarmName).endsWith(`-${id}`),
  );
  expect(found).toHaveLength(1);
  return found[0]![1].Properties;
}

describe('RealtimeAlarms profiles', () => {
  test('when no alarms are given, then they are the standard ones', () => {
    expect(realtimeTemplate().toJSON()).toEqual(made().toJSON());
    expect(count(made(), DASHBOARD)).toBe(1);
    expect(count(made(), COMPOSITE)).toBe(1);
    expect(count(made(), TOPIC)).toBe(3);
  });

  test('given minimal alarms, then there are P1 alarms, their composite alarm, and one topic', () => {
    const template = realtimeTemplate({ alarms: RealtimeAlarms.minimal() });
    const severities = resources(template, ALARM).map(([, { Properties }]) => Properties.AlarmDescription.slice(0, 4));
    expect(new Set(severities)).toEqual(new Set(['[P1]']));
    expect([COMPOSITE, DASHBOARD, TOPIC].map((type) => count(template, type))).toEqual([1, 0, 1]);
    expect(lintAlarms(template.toJSON())).toEqual([]);
  });

  test('given disabled alarms, then there are no alarms, topics or dashboards', () => {
    const { realtime, template } = realtimeStack({ alarms: RealtimeAlarms.disabled() });
    expect(realtime.alarms).toBeUndefined();
    const types = Object.values<any>(template().toJSON().Resources).map(({ Type }) => Type as string);
    expect(types.filter((type) => /CloudWatch|SNS|KMS|MetricFilter/.test(type))).toEqual([]);
  });
});

describe('alarm overrides', () => {
  const template = made({
    overrides: {
      'client-errors': { disabled: true },
      'function-errors': { threshold: 0.1, severity: AlarmSeverity.P2 },
      'function-errors-connect': { threshold: 0.2, evaluationPeriods: 10, datapointsToAlarm: 4 },
      'function-duration-publish': { threshold: 0.5 },
      'dead-letters': { datapointsToAlarm: 1 },
      'http-latency': { evaluationPeriods: 2 },
      'region-impaired': { severity: AlarmSeverity.P2 },
    },
  });

  test('given overrides of an entry and of one of its alarms, then that of the alarm takes precedence', () => {
    expect(alarm(template, 'function-errors-message')).toMatchObject({ Threshold: 0.1, EvaluationPeriods: 5 });
    expect(alarm(template, 'function-errors-connect')).toMatchObject({
      Threshold: 0.2,
      EvaluationPeriods: 10,
      DatapointsToAlarm: 4,
      AlarmDescription: expect.stringMatching(/^\[P2\] /),
    });
  });

  test('given a threshold of function-duration, then it is a share of the timeout of 25 seconds', () => {
    expect(alarm(template, 'function-duration-publish').Threshold).toBe(12_500);
    expect(alarm(template, 'function-duration-message').Threshold).toBe(20_000);
  });

  test('given fewer evaluation periods than datapoints, then all of them must breach', () => {
    expect(alarm(template, 'http-latency')).toMatchObject({ EvaluationPeriods: 2, DatapointsToAlarm: 2 });
  });

  test('given a disabled alarm, then it is omitted, and the lint passes', () => {
    expect(alarmNames(template)).not.toContain(`${PREFIX}client-errors`);
    expect(lintAlarms(template.toJSON())).toEqual([]);
  });

  test('given overridden severities, then the composite alarm has those that are P1, and can be disabled', () => {
    const [[, { Properties }]] = resources(template, COMPOSITE) as [[string, any]];
    expect(Properties.AlarmDescription).toMatch(/^\[P2\] /);
    expect(JSON.stringify(Properties.AlarmRule)).not.toContain('FunctionErrorsMessage');
    expect(count(made({ overrides: { 'region-impaired': { disabled: true } } }), COMPOSITE)).toBe(0);
  });

  test.each<[string, RealtimeAlarmsOptions['overrides'], string]>([
    ['an unknown id', { 'function-error': {} }, '`alarms.overrides["function-error"]` must be the id of an alarm'],
    ['an unknown part', { 'function-errors-nobody': {} }, 'must be the id of an alarm'],
    [
      'a threshold',
      { 'http-latency': { threshold: -1 } },
      '`alarms.overrides["http-latency"].threshold` must be a number',
    ],
    ['periods', { 'http-latency': { evaluationPeriods: 1_441 } }, 'must be a whole number from 1 to 1440, got: 1441'],
    ['one minute', { 'http-latency': { datapointsToAlarm: 1 } }, 'from 2 to the evaluation periods, got: 1'],
    ['too many', { 'http-latency': { datapointsToAlarm: 6 } }, 'from 2 to the evaluation periods, got: 6'],
    [
      'severity',
      { 'http-latency': { severity: 'P9' as unknown as AlarmSeverity } },
      'must be an AlarmSeverity, got: "P9"',
    ],
    ['a threshold of the whole', { 'region-impaired': { threshold: 2 } }, 'has no threshold and no periods, got: 2'],
  ])('given %s, then it throws', (_, overrides, problem) => {
    expect(() => made({ overrides })).toThrow(problem);
  });
});

describe('alarm topics', () => {
  const ARN = 'arn:aws:sns:eu-west-1:111122223333:pager';
  const withTopic = (region: string, topicRegion: string): Template => {
    const stack = new Stack(new App(), 'Test', { env: { region } });
    const p1 = Topic.fromTopicArn(stack, 'Pager', ARN.replace('eu-west-1', topicRegion));
    const alarms = RealtimeAlarms.standard({ topics: { p1 } });
    new RealtimeApi(stack, 'Realtime', { namespaces: [Namespace.durable('chat')], alarms });
    return Template.fromStack(stack);
  };

  test('given an existing topic, then alarms of its severity notify it', () => {
    const template = withTopic('eu-west-1', 'eu-west-1');
    expect(count(template, TOPIC)).toBe(2);
    expect(alarm(template, 'function-errors-message')).toMatchObject({ AlarmActions: [ARN], OKActions: [ARN] });
    expect(lintAlarms(template.toJSON(), { topics: [ARN] })).toEqual([]);
  });

  test('given a topic of another region, then it throws', () => {
    const rule = '`alarms.topics.p1` must be in the region of the alarms, eu-west-1, got: "us-east-1"';
    expect(() => withTopic('eu-west-1', 'us-east-1')).toThrow(rule);
  });

  test('given a new topic, then subscriptions can be added', () => {
    const { realtime, template } = realtimeStack();
    realtime.alarms?.topic(AlarmSeverity.P1).addSubscription(new EmailSubscription('on-call@example.com'));
    const [[, { Properties }]] = resources(template(), 'AWS::SNS::Subscription') as [[string, any]];
    expect(Properties).toMatchObject({ Protocol: 'email', Endpoint: 'on-call@example.com' });
    expect(readable(Properties.TopicArn)).toBe(readable(alarm(template(), 'function-errors-message').AlarmActions[0]));
  });
});

describe('alarms of a RealtimeNetwork', () => {
  const templatesOf = (props: Partial<RealtimeNetworkProps>): Record<string, Template> =>
    networkTemplates(realtimeNetwork({ domain, ...props }).network);
  const alarmCounts = (props: Partial<RealtimeNetworkProps>): Record<string, number> =>
    Object.fromEntries(Object.entries(templatesOf(props)).map(([name, template]) => [name, count(template, ALARM)]));

  test('given defaults and overrides, then overrides take precedence, and routing follows the defaults', () => {
    const disabled = RealtimeAlarms.disabled();
    const all = { global: 0, 'eu-west-1': 55, 'us-east-1': 55, routing: 2 };
    expect(alarmCounts({})).toEqual(all);
    expect(alarmCounts({ overrides: { 'us-east-1': { alarms: RealtimeAlarms.minimal() } } })).toEqual({
      ...all,
      'us-east-1': 22,
    });
    expect(alarmCounts({ routingAlarms: disabled })).toEqual({ ...all, routing: 0 });
    expect(alarmCounts({ defaults: { alarms: disabled } })).toEqual({
      global: 0,
      'eu-west-1': 0,
      'us-east-1': 0,
      routing: 0,
    });
    const overrides = { 'us-east-1': { alarms: RealtimeAlarms.standard() } };
    expect(alarmCounts({ defaults: { alarms: disabled }, overrides })).toEqual({ ...all, 'eu-west-1': 0, routing: 0 });
  });

  test('given topics in the defaults, then routing has topics of its own', () => {
    const topics = { p1: Topic.fromTopicArn(new Stack(), 'Pager', 'arn:aws:sns:eu-west-1:111122223333:pager') };
    const overrides = { 'region-unhealthy': { evaluationPeriods: 6 } };
    const { routing } = templatesOf({
      regions: ['eu-west-1'],
      defaults: { alarms: RealtimeAlarms.standard({ topics, overrides }) },
    });
    expect(alarm(routing!, 'region-unhealthy-eu-west-1')).toMatchObject({ EvaluationPeriods: 6, DatapointsToAlarm: 3 });
    expect(count(routing!, TOPIC)).toBe(1);
  });

  test('when alarms are created, then the fields of the constructs have their topics', () => {
    const { network } = realtimeNetwork({ domain });
    const { alarms } = network.regional('us-east-1');
    expect(alarms?.dashboardName).toBeDefined();
    expect(alarms?.regionImpaired).toBeDefined();
    expect(network.routingAlarms?.regionImpaired).toBeUndefined();
    expect(Stack.of(network.routingAlarms!.topic(AlarmSeverity.P1))).toBe(network.routingStack);
    expect(realtimeNetwork().network.routingAlarms).toBeUndefined();
  });

  test.each<[string, Partial<RealtimeNetworkProps>, string]>([
    [
      'defaults',
      { defaults: { alarms: RealtimeAlarms.standard({ overrides: { nothing: {} } }) } },
      '`defaults.alarms.overrides["nothing"]` must be the id of an alarm',
    ],
    [
      'a region',
      { overrides: { 'us-east-1': { alarms: RealtimeAlarms.standard({ overrides: { nothing: {} } }) } } },
      '`overrides.us-east-1.alarms.overrides["nothing"]` must be the id of an alarm',
    ],
    [
      'a topic for all regions',
      {
        defaults: {
          alarms: RealtimeAlarms.standard({
            topics: { p1: Topic.fromTopicArn(new Stack(), 'T', 'arn:aws:sns:eu-west-1:111122223333:pager') },
          }),
        },
      },
      '`defaults.alarms.topics.p1` must be in the region of the alarms, us-east-1, got: "eu-west-1"',
    ],
    [
      'a topic of routing',
      {
        routingAlarms: RealtimeAlarms.standard({
          topics: { p1: Topic.fromTopicArn(new Stack(), 'T', 'arn:aws:sns:eu-west-1:111122223333:pager') },
        }),
      },
      '`routingAlarms.topics.p1` must be in the region of the alarms, us-east-1, got: "eu-west-1"',
    ],
    [
      'routing without a domain',
      { domain: undefined, routingAlarms: RealtimeAlarms.minimal() },
      'must be used with a `domain`',
    ],
  ])('refuses: %s', (_, props, problem) => {
    expect(() => templatesOf(props)).toThrow(problem);
  });
});
