import type { IAlarm, IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmSeverity } from '../alarm-severity';
import type { AlarmSpec } from './alarm-spec';

/** An alarm, and the catalog entry that it was created from. */
export interface CatalogAlarm {
  readonly spec: AlarmSpec;
  readonly alarm: IAlarm;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly severity: AlarmSeverity;
}
