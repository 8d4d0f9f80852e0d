// Removes one property of every alarm at a time: the lint of alarms.test.ts must report it.
import type { Template } from 'aws-cdk-lib/assertions';
import { ALARM, alarmCases, type AlarmCase, COMPOSITE } from '../../support/templates/alarm-cases';
import { lintAlarms } from '../../support/templates/alarm-lint';
import { resources } from '../../support/templates/templates';

type Props = Record<string, any>;
/** Changes an alarm, or the templates around it. */
type Mutate = (alarm: Props, template: Props, others: readonly Props[]) => void;
type Mutant = readonly [what: string, problem: string, mutate: Mutate];

const WATCHED = ['a backend', 'network of 3, us-east-1', 'network of 3, routing'];
const cases = alarmCases(['a backend', 'network of 3']).filter(({ name }) => WATCHED.includes(name));

/** The metrics of an alarm: its own, or those in its expression. */
function metricsOf(alarm: Props): Props[] {
  if (alarm.Metrics === undefined) return [alarm];
  return alarm.Metrics.flatMap(({ MetricStat }: Props) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
}

function describeAs(alarm: Props, from: RegExp, to: string): void {
  expect(alarm.AlarmDescription).toMatch(from);
  alarm.AlarmDescription = alarm.AlarmDescription.replace(from, to);
}

/** Removes resources of a template. */
function drop(template: Props, isDropped: (resource: Props, id: string) => boolean): void {
  const kept = Object.entries<Props>(template.Resources).filter(([id, resource]) => !isDropped(resource, id));
  template.Resources = Object.fromEntries(kept);
}

/** Removes the resource that emits the first metric of an alarm. */
function dropEmitter(alarm: Props, template: Props, others: readonly Props[]): void {
  const { MetricName, Dimensions = [] } = metricsOf(alarm)[0]!;
  const values = Dimensions.map(({ Value }: Props) => Value);
  const ids = values.flatMap((value: Props) => value.Ref ?? value['Fn::GetAtt']?.[0] ?? []);
  for (const one of [template, ...others]) {
    drop(one, ({ Type, Properties }, id) => {
      const isFilter =
        Type === 'AWS::Logs::MetricFilter' && Properties.MetricTransformations[0].MetricName === MetricName;
      const isNamed = Type === 'AWS::DynamoDB::GlobalTable' && values.includes(Properties.TableName);
      return isFilter || isNamed || ids.includes(id);
    });
  }
}

function dropPolicy({ AlarmActions: [{ Ref }] }: Props, template: Props): void {
  drop(template, ({ Type, Properties }) => Type === 'AWS::SNS::TopicPolicy' && Properties.Topics[0].Ref === Ref);
}

const ANY: readonly Mutant[] = [
  ['severity', 'description', (alarm) => describeAs(alarm, /^\[P\d\] /, '')],
  ['what to do', 'description', (alarm) => describeAs(alarm, / Do: .* https/, ' https')],
  ['what it means', 'description', (alarm) => describeAs(alarm, / Impact: .* Do:/, ' Do:')],
  ['place in the docs', 'a link', (alarm) => describeAs(alarm, /#[a-z-]+$/, '#nowhere')],
  ['alarm action', '1 to 5 AlarmActions', (alarm) => delete alarm.AlarmActions],
  ['OK action', '1 to 5 OKActions', (alarm) => delete alarm.OKActions],
  ['topic', 'go to a topic', ({ AlarmActions: [{ Ref }] }, template) => drop(template, (_, id) => id === Ref)],
  ['right to publish', 'allows CloudWatch to publish', dropPolicy],
];
const METRIC: readonly Mutant[] = [
  ['treatment of missing data', 'TreatMissingData', (alarm) => delete alarm.TreatMissingData],
  ['data points', 'data points', (alarm) => delete alarm.DatapointsToAlarm],
  ['threshold', 'a threshold', (alarm) => delete alarm.Threshold],
  ['metric that there is', 'is emitted', (alarm) => (metricsOf(alarm)[0]!.MetricName = 'Nothing')],
  ['resource', 'is emitted', dropEmitter],
  [
    'state on the dashboard',
    'state on the dashboard',
    (_, { Resources }) => {
      for (const one of Object.values<Props>(Resources))
        if (one.Properties?.DashboardBody) one.Properties.DashboardBody = '{}';
    },
  ],
];

const texts = new WeakMap<object, string>();
/** Returns a deep copy. Parsing a cached text takes a fraction of the time of `structuredClone`. */
function copyOfJson<T extends object>(json: T): T {
  const text = texts.get(json) ?? JSON.stringify(json);
  texts.set(json, text);
  return JSON.parse(text) as T;
}
const jsons = new WeakMap<Template, Props>();
function copyOf(template: Template): Props {
  const json = jsons.get(template) ?? template.toJSON();
  jsons.set(template, json);
  return copyOfJson(json);
}
const copies = <T extends object>(list: readonly T[]): T[] => list.map(copyOfJson);

/** Number of alarms of a type: the lint must report each. */
function mutateAll({ template, ...options }: AlarmCase, type: string, [, problem, mutate]: Mutant): number {
  const ids = Object.keys(template.findResources(type));
  for (const id of ids) {
    const json = copyOf(template);
    const others = copies(options.others ?? []);
    mutate(json.Resources[id].Properties, json, others);
    const told = lintAlarms(json, { ...options, others });
    expect({ id, told }).toMatchObject({ told: expect.arrayContaining([expect.stringContaining(problem)]) });
  }
  return ids.length;
}

describe.each(cases)('the lint, given an alarm of $name without its', (one) => {
  test.each(ANY)('%s', (...mutant) => {
    expect(mutateAll(one, ALARM, mutant)).toBeGreaterThan(0);
    mutateAll(one, COMPOSITE, mutant);
  });

  test.each(METRIC)('%s', (...mutant) => {
    expect(mutateAll(one, ALARM, mutant)).toBeGreaterThan(0);
  });

  test.each<[string, (list: Props[], index: number) => void]>([
    ['any of its dimensions', (list, index) => list.splice(index, 1)],
    ['any value of its dimensions', (list, index) => (list[index] = { Name: list[index]?.Name, Value: 'another' })],
  ])('%s', (_, mutate) => {
    const dimensions = resources(one.template, ALARM).flatMap(([id, { Properties }]) =>
      metricsOf(Properties).flatMap(({ Dimensions = [] }, metric) =>
        Dimensions.map((__: unknown, index: number) => ({ id, metric, index })),
      ),
    );
    expect(dimensions.length).toBeGreaterThan(0);
    for (const { id, metric, index } of dimensions) {
      const json = copyOf(one.template);
      mutate(metricsOf(json.Resources[id].Properties)[metric]?.Dimensions, index);
      const told = lintAlarms(json, one).filter((problem) => problem.startsWith(`${id}: a metric that is emitted`));
      expect({ id, metric, index, told: told.length }).toEqual({ id, metric, index, told: 1 });
    }
  });
});

test.each(['a backend', 'network of 3, us-east-1'])(
  '%s: the composite alarm without any of those that page',
  (name) => {
    const { template, ...options } = cases.find((one) => one.name === name)!;
    const [[id, { Properties }] = ['', {}]] = resources(template, COMPOSITE) as [string, Props][];
    const parts = Properties.AlarmRule['Fn::Join'][1] as unknown[];
    const alarms = parts.flatMap((part, index) => (typeof part === 'object' ? [index] : []));
    expect(alarms.length).toBeGreaterThan(10);
    for (const index of alarms) {
      const json = copyOf(template);
      json.Resources[id].Properties.AlarmRule['Fn::Join'][1].splice(index, 1);
      expect(lintAlarms(json, options)).toEqual([expect.stringContaining('a rule of all that page, misses: ')]);
    }
  },
);

describe('the lint, given an alarm on the HTTP API', () => {
  const { template, ...options } = cases.find(({ name }) => name === 'network of 3, us-east-1')!;
  const ids = resources(template, ALARM).flatMap(([id, { Properties }]) =>
    metricsOf(Properties)[0]?.Dimensions?.some(({ Name }: Props) => Name === 'Resource') ? [id] : [],
  );
  /** Problems of these alarms with a dimension removed, or changed. */
  const told = (mutate: (json: Props, dimensions: Props) => void): string[] => {
    const json = copyOf(template);
    for (const id of ids) {
      const metric = metricsOf(json.Resources[id].Properties)[0]!;
      const dimensions = Object.fromEntries(metric.Dimensions.map(({ Name, Value }: Props) => [Name, Value]));
      mutate(json, dimensions);
      metric.Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    }
    return lintAlarms(json, options);
  };

  test('when its metric is that of the publish route, then it passes', () => {
    expect(ids).toHaveLength(3);
    expect(told(() => undefined)).toEqual([]);
  });

  test('when the route has no detailed metrics, then it fails', () => {
    const without = told((json) => {
      for (const { Type, Properties } of Object.values<Props>(json.Resources)) {
        if (Type === 'AWS::ApiGatewayV2::Stage') delete Properties.RouteSettings;
      }
    });
    expect(without).toEqual(ids.map((id) => expect.stringContaining(`${id}: a metric that is emitted`)));
  });

  test('when its metric counts health checks, by stage or by route, then it fails', () => {
    const whole = told((_, dimensions) => {
      delete dimensions.Method;
      delete dimensions.Resource;
    });
    const both = 'a metric without health checks, has: GET /health, GET /evacuated/{region}';
    expect(whole).toEqual(ids.map((id) => `${id}: ${both}`));
    const evacuated = told((_, dimensions) => {
      dimensions.Method = 'GET';
      dimensions.Resource = '/evacuated/{region}';
    });
    expect(evacuated).toEqual(
      expect.arrayContaining(ids.map((id) => `${id}: a metric without health checks, has: GET /evacuated/{region}`)),
    );
  });
});

test('given a receiving region that has no replica, or is the alarm’s own, then the lint fails', () => {
  const { template, others = [] } = cases.find(({ name }) => name === 'network of 3, us-east-1')!;
  for (const region of ['eu-west-1', 'sa-east-1', undefined]) {
    const problems = lintAlarms(template.toJSON(), { others, region });
    expect(problems).toContainEqual(expect.stringContaining('a metric that is emitted'));
  }
});
