// What entries of the catalog share.

/** AWS's recommended alarms. Data points and thresholds that differ from them say why. */
export const AWS =
  'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html';
/** Metrics of our own: the beginning of their namespace. */
export const OWN = 'cdk-realtime';

/** Three of the last five minutes: a fault that lasts is told in three minutes, one that comes and goes in five. */
export const SOON = { period: 60, datapoints: 3, periods: 5, missing: 'notBreaching' } as const;
/** Five minutes on end: what is slow, or is somebody else's fault. */
export const STEADY = { period: 60, datapoints: 5, periods: 5, missing: 'notBreaching' } as const;
