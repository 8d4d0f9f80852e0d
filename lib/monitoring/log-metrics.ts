import { Names } from 'aws-cdk-lib';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { OWN } from './catalog/shared';
import { LOG_METRICS } from './log-fields';
import type { WatchedFunction } from './monitored-resources';

/** Props of {@link LogMetrics}. */
export interface LogMetricsProps {
  /** All functions of the region; those are looked at that tell of what is counted. */
  readonly functions: readonly WatchedFunction[];
}

/** Counts what no service does, out of the logs of functions. Only what is asked for is counted. */
export class LogMetrics extends Construct {
  /** Filters can't tell one backend from another by a dimension, so each has a namespace of its own. */
  private readonly namespace = `${OWN}/${Names.uniqueResourceName(this, { maxLength: 128, separator: '-' })}`;

  private readonly functions: readonly WatchedFunction[];

  public constructor(scope: Construct, id: string, props: LogMetricsProps) {
    super(scope, id);
    this.functions = props.functions;
  }

  /** Where such a metric is found; undefined when it is none of these. */
  public metric(namespace: string, metricName: string): { namespace: string; metricName: string } | undefined {
    const source = namespace === OWN ? LOG_METRICS[metricName] : undefined;
    if (source === undefined) return undefined;
    for (const { role, logGroup } of this.functions.filter((one) => source.roles.includes(one.role))) {
      const id = `${metricName}${role}`;
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
