import { Names } from 'aws-cdk-lib';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CALLBACK_FIELDS } from './callback-fields';
import { OWN } from './catalog/shared';
import { POSTING } from './roles';
import type { WatchedFunction } from './watched';

/** Props of {@link CallbackMetrics}. */
export interface CallbackMetricsProps {
  /** All functions of the region; those that post are looked at. */
  readonly functions: readonly WatchedFunction[];
}

/** Counts what became of posts to connections, out of the logs of the functions that post. Only what is asked for is counted. */
export class CallbackMetrics extends Construct {
  /** Filters can't tell one backend from another by a dimension, so each has a namespace of its own. */
  private readonly namespace = `${OWN}/${Names.uniqueResourceName(this, { maxLength: 128, separator: '-' })}`;

  private readonly functions: readonly WatchedFunction[];

  public constructor(scope: Construct, id: string, props: CallbackMetricsProps) {
    super(scope, id);
    this.functions = props.functions.filter(({ role }) => POSTING.includes(role));
  }

  /** Where such a metric is found; undefined when it is none of these. */
  public metric(namespace: string, metricName: string): { namespace: string; metricName: string } | undefined {
    const field = namespace === OWN ? CALLBACK_FIELDS[metricName] : undefined;
    if (field === undefined) return undefined;
    for (const { role, logGroup } of this.functions) {
      const id = `${metricName}${role}`;
      if (this.node.tryFindChild(id) !== undefined) continue;
      new MetricFilter(this, id, {
        logGroup,
        filterPattern: FilterPattern.numberValue(`$.${field}`, '>', 0),
        metricNamespace: this.namespace,
        metricName,
        metricValue: `$.${field}`,
      });
    }
    return { namespace: this.namespace, metricName };
  }
}
