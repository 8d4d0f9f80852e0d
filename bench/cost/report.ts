import { table } from '../support/table';
import { type Bill, dollarsOf, type Line, ownCostOf } from './bill';
import { estimate, estimatedDollars } from './formula';
import { MISSED, type Operation } from './operations';
import type { PublishCell } from './publishes';

/** Budget of our own cost in one region, as a share of the price of API Gateway's messages. */
export const OWN_SHARE = 0.05;
/** Number of subscribers from which the budget applies. */
export const OWN_SHARE_FROM = 100;

const MILLION = 1e6;

const DIFFERENCES = `- messages: the acknowledgement is a message too.
- writes: a conditional write of the message at the next free number replaces the counter.
- reads: each read takes whole units. Subscribers are read in every region that has some (rows have about half of the 100 bytes). Reading the
  interest of other regions takes half a unit, at most every two seconds for a channel, and here for every publish.
- Lambda: measured, instead of 80 ms with half a GB and 1,500 posts a second with 1.77 GB. With other regions, the function waits for requests to
  them, and another function runs in each region with subscribers.
- SQS: messages to other regions, and to workers if there are some, are sent, received and deleted.
- logs: one line of the function, one of the access log, and three of Lambda. Not in the estimate.
- to regions: the replicated item, and the message to the inbox. Not in the estimate.`;

/** The price of a publish, with the expiry of its message. */
export interface PublishCost {
  readonly regions: number;
  readonly subscribers: number;
  readonly bill: Bill;
  /** Publishes that did not reach all subscribers, and do not count. */
  readonly discarded: number;
  readonly dollars: number;
  readonly dollarsPerMillionDeliveries: number;
  /** Our own cost as a share of the price of API Gateway's messages. Data transfer to the internet counts as neither. */
  readonly ownShare: number;
  /** The part of `ownShare` that is Lambda's duration, which was measured on this machine. */
  readonly timeShare: number;
  readonly estimatedDollarsPerMillionDeliveries: number;
}

/** The results of the bench. */
export interface Costs {
  readonly operations: readonly Operation[];
  readonly publishes: readonly PublishCost[];
}

export function publishCost({ regions, subscribers, bill, discarded }: PublishCell): PublishCost {
  const perMillion = (dollars: number): number => (dollars * MILLION) / subscribers;
  const dollars = dollarsOf(bill);
  return {
    regions,
    subscribers,
    bill,
    discarded,
    dollars,
    dollarsPerMillionDeliveries: perMillion(dollars - bill.internet.dollars),
    ownShare: ownCostOf(bill) / bill.messages.dollars,
    timeShare: bill.time.dollars / bill.messages.dollars,
    estimatedDollarsPerMillionDeliveries: perMillion(estimatedDollars(estimate(subscribers, regions))),
  };
}

/** Whether our own cost is within its budget. */
export function isWithinBudget({ regions, subscribers, ownShare }: PublishCost): boolean {
  return regions > 1 || subscribers < OWN_SHARE_FROM || ownShare <= OWN_SHARE;
}

export function reportOf(operations: readonly Operation[], publishes: readonly PublishCost[]): string {
  return [
    `Units per operation. A resume returns ${MISSED} messages. The writes of a publish include those of its message's expiry in other regions:`,
    unitTable([
      ...operations.map(({ name, regions, bill }) => ({ name, regions, bill })),
      ...publishes.map(({ regions, subscribers, bill }) => ({
        name: `publish to ${whole(subscribers)}`,
        regions,
        bill,
      })),
    ]),
    'Dollars per million operations. Lambda ms was measured on this machine; everything else is counted:',
    dollarTable(operations),
    'Publishes, dollars per million deliveries, without data transfer to the internet, which every backend pays:',
    publishTable(publishes),
    `${publishes.reduce((sum, { discarded }) => sum + discarded, 0)} publishes did not reach all subscribers, and do not count.`,
    'Differences from the estimate (a counter, 80 ms with half a GB, all subscribers in the publisher’s region), dollars per million publishes:',
    differenceTable(publishes),
    DIFFERENCES,
  ].join('\n\n');
}

interface Row {
  readonly name: string;
  readonly regions: number;
  readonly bill: Bill;
}

function unitTable(rows: readonly Row[]): string {
  const head = [
    'operation',
    'regions',
    'messages',
    'minutes',
    'writes',
    'reads',
    'invocations',
    'GB-ms',
    'SQS',
    'log bytes',
  ];
  const lines: readonly Line[] = ['messages', 'minutes', 'writes', 'reads', 'invocations', 'time', 'sqs', 'logs'];
  const bytes: readonly Line[] = ['internet', 'regions'];
  return table(
    [...head, 'bytes out', 'to regions'],
    rows.map(({ name, regions, bill }) => [
      name,
      String(regions),
      ...[...lines, ...bytes].map((line) => whole(bill[line].units)),
    ]),
  );
}

function dollarTable(rows: readonly Row[]): string {
  const perMillion = (dollars: number): string => (dollars * MILLION).toFixed(2);
  return table(
    ['operation', 'regions', 'API Gateway', 'DynamoDB', 'Lambda requests', 'Lambda ms', 'SQS', 'logs', 'bytes', 'all'],
    rows.map(({ name, regions, bill }) => [
      name,
      String(regions),
      perMillion(dollarsOf(bill, ['messages', 'minutes', 'http'])),
      perMillion(dollarsOf(bill, ['writes', 'reads'])),
      perMillion(bill.invocations.dollars),
      perMillion(bill.time.dollars),
      perMillion(bill.sqs.dollars),
      perMillion(bill.logs.dollars),
      perMillion(dollarsOf(bill, ['internet', 'regions'])),
      perMillion(dollarsOf(bill)),
    ]),
  );
}

function publishTable(publishes: readonly PublishCost[]): string {
  return table(
    [
      'regions',
      'subscribers',
      'messages',
      'DynamoDB',
      'Lambda requests',
      'Lambda ms',
      'SQS',
      'logs',
      'to regions',
      'all',
      'estimate',
      'own cost',
      'Lambda ms of it',
    ],
    publishes.map(({ regions, subscribers, bill, ...cost }) => {
      const part = (...lines: readonly Line[]): string => ((dollarsOf(bill, lines) * MILLION) / subscribers).toFixed(3);
      return [
        String(regions),
        whole(subscribers),
        part('messages'),
        part('writes', 'reads'),
        part('invocations'),
        part('time'),
        part('sqs'),
        part('logs'),
        part('regions'),
        cost.dollarsPerMillionDeliveries.toFixed(3),
        cost.estimatedDollarsPerMillionDeliveries.toFixed(3),
        percent(cost.ownShare),
        percent(cost.timeShare),
      ];
    }),
  );
}

function differenceTable(publishes: readonly PublishCost[]): string {
  return table(
    ['regions', 'subscribers', 'messages', 'writes', 'reads', 'Lambda', 'SQS', 'logs', 'to regions'],
    publishes.map(({ regions, subscribers, bill }) => {
      const { messages, writes, reads, lambda } = estimate(subscribers, regions);
      const more = (lines: readonly Line[], estimated = 0): string => {
        const dollars = (dollarsOf(bill, lines) - estimated) * MILLION;
        return `${dollars > 0 ? '+' : ''}${dollars.toFixed(2)}`;
      };
      return [
        String(regions),
        whole(subscribers),
        more(['messages'], messages),
        more(['writes'], writes),
        more(['reads'], reads),
        more(['invocations', 'time'], lambda),
        more(['sqs']),
        more(['logs']),
        more(['regions']),
      ];
    }),
  );
}

function whole(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
