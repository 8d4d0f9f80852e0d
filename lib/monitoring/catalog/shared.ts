/** The alarms that AWS recommends. Entries that differ from them say why. */
export const AWS_RECOMMENDED =
  'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html';
/** Prefix of the namespace of metrics from logs. */
export const OWN_NAMESPACE = 'cdk-realtime';

/** For faults that need a fast response: fires 3 minutes into a lasting fault, and within 5 for an intermittent one. */
export const THREE_OF_FIVE_MINUTES = { period: 60, datapoints: 3, periods: 5, missing: 'notBreaching' } as const;
/** For slowness, and for faults of callers: fires only when all 5 minutes breach. */
export const FIVE_OF_FIVE_MINUTES = { period: 60, datapoints: 5, periods: 5, missing: 'notBreaching' } as const;
