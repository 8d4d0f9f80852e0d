// Monthly prices of alarms, counted from the catalog: the rows of a table in docs/reference/alarms.md.
import { AlarmSeverity } from '../lib/alarm-severity';
import type { FunctionName } from '../lib/contract/functions';
import { CATALOG } from '../lib/monitoring/catalog';
import type { QueueComponent, TableComponent } from '../lib/monitoring/components';
import { LOG_METRICS } from '../lib/monitoring/log-fields';
import type { MonitoredResources } from '../lib/monitoring/monitored-resources';
import { partsOf, targetsOf } from '../lib/monitoring/targets';
import { METRICS_OF_A_ROUTE, monthlyPrice } from '../test/support/templates/alarm-price';

const SIZES = [2, 3, 5];

const FUNCTIONS: readonly FunctionName[] = [
  'authorizer',
  'connect',
  'disconnect',
  'message',
  'publish',
  'health',
  'fanout',
];
const QUEUES: readonly QueueComponent[] = ['fanout'];
const TABLES: readonly TableComponent[] = ['connections', 'messages'];

interface Backend {
  readonly functions: readonly FunctionName[];
  readonly queues: readonly QueueComponent[];
  readonly tables: readonly TableComponent[];
  /** The other regions of the network. */
  readonly peers: readonly string[];
}

/** A kind of stack. */
interface Kind {
  readonly name: string;
  readonly monitored: MonitoredResources;
}

/** The price of one profile of alarms. */
export interface AlarmPrice {
  readonly alarms: number;
  readonly alarmMetrics: number;
  /** Dollars a month, with two decimals. */
  readonly price: string;
}

/** The prices of one kind of stack. */
export interface KindPrices {
  readonly name: string;
  readonly standard: AlarmPrice;
  readonly minimal: AlarmPrice;
}

/** The monitored resources of a backend, as far as the number of alarms depends on them: names are empty, and CDK objects are not there. */
function resourcesOf({ functions, queues, tables, peers }: Backend): MonitoredResources {
  const stage = { apiId: '', stageName: '' };
  const queue = { queueName: '' };
  const resources = {
    webSocket: stage,
    http: { ...stage, method: '', path: '' },
    functions: functions.map((component) => ({ component, function: { functionName: '' }, timeoutSeconds: 0 })),
    queues: queues.map((component) => ({ component, queue, deadLetterQueue: queue })),
    tables: tables.map((component) => ({
      component,
      tableName: '',
      receivingRegions: component === 'connections' ? [] : peers,
    })),
  };
  return resources as unknown as MonitoredResources;
}

function kinds(): readonly Kind[] {
  const regions = (size: number): string[] => Array.from({ length: size }, (_, index) => String(index));
  return [
    {
      name: 'a backend, or a network of one',
      monitored: resourcesOf({ functions: FUNCTIONS, queues: QUEUES, tables: TABLES, peers: [] }),
    },
    {
      name: 'the same with a FIFO namespace',
      monitored: resourcesOf({
        functions: [...FUNCTIONS, 'writer'],
        queues: [...QUEUES, 'publish'],
        tables: TABLES,
        peers: [],
      }),
    },
    ...SIZES.map((size) => ({
      name: `each region of ${size}`,
      monitored: resourcesOf({
        functions: [...FUNCTIONS, 'inbox', 'drain'],
        queues: [...QUEUES, 'inbox'],
        tables: [...TABLES, 'channels'],
        peers: regions(size - 1),
      }),
    })),
    ...SIZES.map((size) => ({
      name: `routing to ${size} regions`,
      monitored: { healthChecks: regions(size).map((region) => ({ region, url: '', healthCheckId: '' })) },
    })),
  ];
}

function priceOf(monitored: MonitoredResources, isMinimal: boolean): AlarmPrice {
  const specs = CATALOG.filter(({ severity }) => !isMinimal || severity === AlarmSeverity.P1);
  const alarms = specs.flatMap((spec) => targetsOf(spec, monitored).map((target) => partsOf(spec, target)));
  const names = alarms.flat().map(({ metricName }) => metricName);
  const price = monthlyPrice({
    alarmMetrics: names.length,
    compositeAlarms: monitored.webSocket === undefined ? 0 : 1,
    dashboards: isMinimal ? 0 : 1,
    customMetrics: new Set(names.filter((name) => name in LOG_METRICS)).size,
    routeMetrics: monitored.http === undefined ? 0 : METRICS_OF_A_ROUTE,
    keys: 1,
  });
  return { alarms: alarms.length, alarmMetrics: names.length, price: price.toFixed(2) };
}

/** One row for each kind of stack, with both profiles. */
export function alarmPrices(): readonly KindPrices[] {
  return kinds().map(({ name, monitored }) => ({
    name,
    standard: priceOf(monitored, false),
    minimal: priceOf(monitored, true),
  }));
}
