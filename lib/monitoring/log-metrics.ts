import { Names } from 'aws-cdk-lib';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { OWN_NAMESPACE } from './catalog/shared';
import { LOG_METRICS } from './log-fields';
import type { MonitoredFunction } from './monitored-resources';

/** Props of {@link LogMetrics}. */
export interface LogMetricsProps {
  /** Functions of the region. */
  readonly functions: readonly MonitoredFunction[];
}

/** Metrics that no AWS service has: metric filters count them in the logs of functions. A filter is created when its metric is used. */
export class LogMetrics extends Construct {
  /** Each backend has a namespace of its own: metric filters can't add a dimension with a constant value. */
  private readonly namespace = `${OWN_NAMESPACE}/${Names.uniqueResourceName(this, { maxLength: 128, separator: '-' })}`;

  private readonly functions: readonly MonitoredFunction[];

  public constructor(scope: Construct, id: string, props: LogMetricsProps) {
    super(scope, id);
    this.functions = props.functions;
  }

  /** Namespace and name of a metric from logs; undefined for metrics of AWS services. */
  public metric(namespace: string, metricName: string): { namespace: string; metricName: string } | undefined {
    const source = namespace === OWN_NAMESPACE ? LOG_METRICS[metricName] : undefined;
    if (source === undefined) return undefined;
    for (const { component, logGroup } of this.functions.filter((one) => source.functions.includes(one.component))) {
      const id = `${metricName}${component}`;
      if (this.node.tryFindChild(id) !== undefined) continue;
      new MetricFilter(this, id, {
        logGroup,
        filterPattern: FilterPattern.numberValue(`$.${source.field}`, '>', 0),
        metricNamespace: this.namespace,
        metricName,
        metricValue: `$.${source.field}`,
      });
    }
    return { namespace: this.namespace, metricName };
  }
}
