import { AlarmSeverity } from '../../alarm-severity';
import type { AlarmSpec } from '../alarm-spec';
import { AWS, SOON, STEADY } from './shared';

const DYNAMODB = 'AWS/DynamoDB';

export const TABLE_ALARMS: readonly AlarmSpec[] = [
  {
    id: 'table-write-throttles',
    title: 'DynamoDB refuses writes',
    section: 'Tables',
    watches: { kind: 'table' },
    metric: { namespace: DYNAMODB, name: 'WriteThrottleEvents', statistic: 'Sum' },
    ...SOON,
    ...{ comparison: '>', threshold: 0, unit: 'a minute' },
    severity: AlarmSeverity.P1,
    todo: 'Find the hot channel, or the table’s limit: a partition takes 1,000 writes a second.',
    steps: [
      'One hot channel: a partition takes 1,000 write units a second. Search the logs for `append_contended`, and make its namespace FIFO, or publish several messages in one request.',
      'All channels: an on-demand table takes twice its former peak at once, and more within 30 minutes; its account limit is 40,000 units a second unless raised.',
      'Functions try again by themselves; what still fails is told to the publisher with its error code.',
    ],
    source: `AWS asks for 5 of 5 minutes above a baseline (${AWS}#DynamoDB); here 3 of 5 above 0, because publishes fail`,
  },
  {
    id: 'table-read-throttles',
    title: 'DynamoDB refuses reads',
    section: 'Tables',
    watches: { kind: 'table' },
    metric: { namespace: DYNAMODB, name: 'ReadThrottleEvents', statistic: 'Sum' },
    ...STEADY,
    ...{ comparison: '>', threshold: 0, unit: 'a minute' },
    severity: AlarmSeverity.P2,
    todo: 'Find the channel that many clients catch up on at once: a partition takes 3,000 reads a second.',
    steps: [
      'After an outage, or a drain, clients catch up together: it passes within minutes.',
      'One hot channel: a partition takes 3,000 read units a second. Shorten `rewind` and `history` of its clients.',
    ],
    source: `${AWS}#DynamoDB, with 0 as the baseline`,
  },
  {
    id: 'table-system-errors',
    title: 'DynamoDB fails by itself',
    section: 'Tables',
    watches: { kind: 'table' },
    metric: { namespace: DYNAMODB, name: 'SystemErrors', statistic: 'Sum', isPerOperation: true },
    ...SOON,
    ...{ comparison: '>', threshold: 5, unit: 'a minute' },
    severity: AlarmSeverity.P1,
    todo: 'See the AWS Health Dashboard; with several regions, think of draining this one.',
    steps: [
      'It is AWS’s own fault, and theirs to mend: see the AWS Health Dashboard.',
      'When publishes fail for minutes and there are other regions, drain this one.',
    ],
    source: `AWS asks for 15 of 15 minutes above a baseline (${AWS}#DynamoDB); here 3 of 5, because publishes fail, above 5, which retries absorb`,
  },
  {
    id: 'replication-latency',
    title: 'Other regions get messages late',
    section: 'Replication',
    watches: { kind: 'replica' },
    metric: { namespace: DYNAMODB, name: 'ReplicationLatency', statistic: 'Average' },
    ...STEADY,
    ...{ comparison: '>', threshold: 30_000, unit: 'ms' },
    severity: AlarmSeverity.P2,
    todo: 'See the AWS Health Dashboard for both regions, and write throttles of the table there.',
    steps: [
      'Is `table-write-throttles` on in the receiving region? Then replication waits for it.',
      'Otherwise see the AWS Health Dashboard for DynamoDB in both regions.',
      'Don’t drain this region while it lasts, unless you have to: its newest messages are not elsewhere yet.',
      'A latency of exactly 0 while messages are published can mean that replication stands still.',
    ],
    source:
      'proposed: well above the usual second, well below the three minutes that AWS calls a cause for investigation',
  },
  {
    id: 'replication-stalled',
    title: 'Other regions don’t get messages',
    section: 'Replication',
    watches: { kind: 'replica' },
    metric: { namespace: DYNAMODB, name: 'ReplicationLatency', statistic: 'Average' },
    ...SOON,
    ...{ comparison: '>', threshold: 180_000, unit: 'ms' },
    severity: AlarmSeverity.P1,
    todo: 'Don’t drain this region into the one that lags; see the AWS Health Dashboard for both.',
    steps: [
      'As for `replication-latency`. Nothing is lost: messages are stored here, and are pending there.',
      'Above five minutes, a region may take a log that has expired for one that began anew (docs/decisions/0010): drain the region that lags if its clients can go elsewhere.',
    ],
    source: `longer than 3 minutes needs a look (${AWS}#DynamoDB); AWS asks for 15 of 15 minutes, which is past the five that regions rely on (docs/decisions/0010)`,
  },
];
