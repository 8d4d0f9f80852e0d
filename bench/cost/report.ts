import { table } from '../support/table';
import { type Bill, dollarsOf, type Line, ownCostOf } from './bill';
import { estimate, estimatedDollars } from './formula';
import { MISSED, type Operation } from './operations';
import type { PublishCell } from './publishes';

/** Most that our own cost may be of the price of API Gateway's messages, from so many subscribers on, in one region. */
export const OWN_SHARE = 0.05;
export const OWN_SHARE_FROM = 100;

const MILLION = 1e6;

const DIFFERENCES = `- messages: the acknowledgement is one, too.
- writes: the message itself is written where its number is free, and no counter is.
- reads: each takes whole units: of the subscribers, in every region that has some (rows have about half of the 100 bytes), and half a unit for who is
  interested in other regions, which a function asks at most every two seconds for a channel, and so for every publish here.
- Lambda: as measured, beside 80 ms at half a GB and 1,500 posts a second at 1.77 GB. With other regions the function waits for the way to them, and
  in each that has subscribers another one runs.
- SQS: what is sent to other regions, and to workers if there are some, is sent, received and deleted.
- logs: a line of the function's, one of the access log, and three of Lambda's own. The estimate forgets them.
- to regions: the replicated item, and the message that is sent. The estimate forgets them.`;

/** A publish, and what becomes due when its message has expired. */
export interface PublishCost {
  readonly regions: number;
  readonly subscribers: number;
  readonly bill: Bill;
  /** Publishes that did not reach everybody, and do not count. */
  readonly discarded: number;
  readonly dollars: number;
  readonly dollarsPerMillionDeliveries: number;
  /** Of API Gateway's messages; bytes to the internet are neither. */
  readonly ownShare: number;
  /** The part of it that is Lambda's time, which was measured on this machine. */
  readonly timeShare: number;
  readonly estimatedDollarsPerMillionDeliveries: number;
}

/** All that was counted. */
export interface Costs {
  readonly operations: readonly Operation[];
  readonly publishes: readonly PublishCost[];
}

export function publishCost({ regions, subscribers, bill, discarded }: PublishCell): PublishCost {
  const perMillion = (dollars: number): number => (dollars * MILLION) / subscribers;
  const dollars = dollarsOf(bill);
  return {
    ...{ regions, subscribers, bill, discarded, dollars },
    dollarsPerMillionDeliveries: perMillion(dollars - bill.internet.dollars),
    ownShare: ownCostOf(bill) / bill.messages.dollars,
    timeShare: bill.time.dollars / bill.messages.dollars,
    estimatedDollarsPerMillionDeliveries: perMillion(estimatedDollars(estimate(subscribers, regions))),
  };
}

/** Whether own cost stays where it is promised to. */
export function keepsPromise({ regions, subscribers, ownShare }: PublishCost): boolean {
  return regions > 1 || subscribers < OWN_SHARE_FROM || ownShare <= OWN_SHARE;
}

export function reportOf(operations: readonly Operation[], publishes: readonly PublishCost[]): string {
  return [
    `Units of one operation. A resume brings ${MISSED} messages; a publish's writes include those of its message's expiry, in other regions:`,
    unitTable([
      ...operations.map(({ name, regions, bill }) => ({ name, regions, bill })),
      ...publishes.map(({ regions, subscribers, bill }) => ({
        name: `publish to ${whole(subscribers)}`,
        regions,
        bill,
      })),
    ]),
    'Dollars of a million of them. Lambda ms is time that was measured on this machine; everything else is counted:',
    dollarTable(operations),
    'Publishes, dollars of a million deliveries; without bytes to the internet, which cost the same whoever sends them:',
    publishTable(publishes),
    `${publishes.reduce((sum, { discarded }) => sum + discarded, 0)} publishes did not reach everybody, and do not count.`,
    'Where a publish differs from the estimate (a counter, 80 ms at half a GB, all subscribers in the publisher’s region), dollars of a million publishes:',
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
      ...[name, String(regions)],
      ...[...lines, ...bytes].map((line) => whole(bill[line].units)),
    ]),
  );
}

function dollarTable(rows: readonly Row[]): string {
  const cents = (dollars: number): string => (dollars * MILLION).toFixed(2);
  return table(
    ['operation', 'regions', 'API Gateway', 'DynamoDB', 'Lambda requests', 'Lambda ms', 'SQS', 'logs', 'bytes', 'all'],
    rows.map(({ name, regions, bill }) => [
      ...[name, String(regions), cents(dollarsOf(bill, ['messages', 'minutes', 'http']))],
      ...[cents(dollarsOf(bill, ['writes', 'reads'])), cents(bill.invocations.dollars), cents(bill.time.dollars)],
      ...[cents(bill.sqs.dollars), cents(bill.logs.dollars), cents(dollarsOf(bill, ['internet', 'regions']))],
      cents(dollarsOf(bill)),
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
      'of it Lambda ms',
    ],
    publishes.map(({ regions, subscribers, bill, ...cost }) => {
      const part = (...lines: readonly Line[]): string => ((dollarsOf(bill, lines) * MILLION) / subscribers).toFixed(3);
      return [
        ...[String(regions), whole(subscribers), part('messages'), part('writes', 'reads'), part('invocations')],
        ...[part('time'), part('sqs'), part('logs'), part('regions'), cost.dollarsPerMillionDeliveries.toFixed(3)],
        ...[cost.estimatedDollarsPerMillionDeliveries.toFixed(3), percent(cost.ownShare), percent(cost.timeShare)],
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
        ...[String(regions), whole(subscribers), more(['messages'], messages), more(['writes'], writes)],
        ...[more(['reads'], reads), more(['invocations', 'time'], lambda), more(['sqs']), more(['logs'])],
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
