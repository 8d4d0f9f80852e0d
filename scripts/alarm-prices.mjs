// Monthly prices of alarms, counted from the catalog: a row of docs/reference/alarms.md for each kind of stack.
const SIZES = [2, 3, 5];

/** The parts of a backend that its alarms depend on. */
function backend(functions, queues, tables, peers) {
  const stage = { apiId: '', stageName: '' };
  const queue = { queueName: '' };
  return {
    ...{ webSocket: stage, http: stage },
    functions: functions.map((component) => ({ component, function: { functionName: '' } })),
    queues: queues.map((component) => ({ component, queue, deadLetterQueue: queue })),
    tables: tables.map((component) => ({
      component,
      tableName: '',
      receivingRegions: component === 'connections' ? [] : peers,
    })),
  };
}

const FUNCTIONS = ['authorizer', 'connect', 'disconnect', 'message', 'publish', 'health', 'fanout'];
const QUEUES = ['fanout'];
const TABLES = ['connections', 'messages'];

function kinds() {
  const regions = (size) => Array.from({ length: size }, (_, index) => String(index));
  return [
    { name: 'a backend, or a network of one', monitored: backend(FUNCTIONS, QUEUES, TABLES, []) },
    {
      name: 'the same with a FIFO namespace',
      monitored: backend([...FUNCTIONS, 'writer'], [...QUEUES, 'publish'], TABLES, []),
    },
    ...SIZES.map((size) => ({
      name: `each region of ${size}`,
      monitored: backend(
        [...FUNCTIONS, 'inbox', 'drain'],
        [...QUEUES, 'inbox'],
        [...TABLES, 'channels'],
        regions(size - 1),
      ),
    })),
    ...SIZES.map((size) => ({
      name: `routing to ${size} regions`,
      monitored: { healthChecks: regions(size).map((region) => ({ region, url: '', healthCheckId: '' })) },
    })),
  ];
}

/** One row for each kind of stack, with both profiles. `load` imports TypeScript. */
export async function pricesOf(load) {
  const { CATALOG } = await load('lib/monitoring/catalog/index.ts');
  const { targetsOf, partsOf } = await load('lib/monitoring/targets.ts');
  const { LOG_METRICS } = await load('lib/monitoring/log-fields.ts');
  const { METRICS_OF_A_ROUTE, monthlyPrice } = await load('test/support/templates/alarm-price.ts');
  const priceOf = (monitored, isMinimal) => {
    const specs = CATALOG.filter(({ severity }) => !isMinimal || severity === 'P1');
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
  };
  return kinds().map(({ name, monitored }) => ({
    ...{ name, standard: priceOf(monitored, false), minimal: priceOf(monitored, true) },
  }));
}
