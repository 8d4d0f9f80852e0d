// Bills and budgets of bench:cost.
import { billOf, dollarsOf, isUsedByTime, medianBill, ownCostOf, sumOf } from '../../../bench/cost/bill';
import { MovableClock } from '../../../bench/cost/clock';
import { estimate, estimatedDollars } from '../../../bench/cost/formula';
import { isWithinBudget, publishCost } from '../../../bench/cost/report';
import { median } from '../../../bench/support/median';
import type { Usage } from '../../../local';

const messages = (amount: number): Usage => ({
  ...{ service: 'apigateway', unit: 'WebSocket messages', resource: 'api', operation: 'PostToConnection', amount },
});
const time = (amount: number): Usage => ({
  ...{ service: 'lambda', unit: 'arm64 GB-ms', resource: 'f', operation: 'Invoke', amount },
});
const writes = (amount: number, unit: 'write request units' | 'replicated write request units'): Usage => ({
  ...{ service: 'dynamodb', unit, resource: 't', operation: 'PutItem', amount },
});
const out: Usage = {
  ...{ service: 'datatransfer', unit: 'bytes to the internet', resource: 'api', operation: 'x', amount: 1e9 },
};

test('given usage of several kinds, then a bill has the sum and the price of each kind', () => {
  const bill = billOf([
    messages(2e6),
    writes(1e6, 'write request units'),
    writes(1e6, 'replicated write request units'),
  ]);
  expect(bill.messages).toEqual({ units: 2e6, dollars: 2 });
  expect(bill.writes).toEqual({ units: 2e6, dollars: 1.25 });
  expect(dollarsOf(bill)).toBeCloseTo(3.25);
});

test('the own cost excludes API Gateway’s messages and data transfer to the internet', () => {
  const bill = billOf([messages(1e6), time(1e6), out]);
  expect(bill.internet.dollars).toBeCloseTo(0.09);
  expect(ownCostOf(bill)).toBeCloseTo(0.0133334);
});

test('given an even number of values, the median is the mean of the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, Number.NaN]);
});

test('given several bills, then their median is taken for each line item, and they can be summed', () => {
  const bills = [9, 1, 3].map((amount) => billOf([time(amount), messages(10 - amount)]));
  expect(medianBill(bills)).toMatchObject({ time: { units: 3 }, messages: { units: 7 } });
  expect(sumOf(...bills)).toMatchObject({ time: { units: 13 }, messages: { units: 17 } });
});

test('connection minutes and empty receives of pollers belong to no operation', () => {
  const minutes = {
    service: 'apigateway',
    unit: 'connection minutes',
    resource: 'a',
    operation: 'connection',
    amount: 1,
  } as const;
  const poll = {
    service: 'sqs',
    unit: 'requests',
    resource: 'q',
    operation: 'ReceiveMessage of a poller, empty',
    amount: 5,
  } as const;
  expect([minutes, poll, { ...poll, operation: 'ReceiveMessage of a poller' } as const].map(isUsedByTime)).toEqual([
    true,
    true,
    false,
  ]);
});

test.each([
  [1, 6.5],
  [10, 1.57],
  [100, 1.07],
  [1_000, 1.02],
])(
  'given %i subscribers in three regions, then the estimate of a million deliveries is %d dollars',
  (subscribers, dollars) => {
    expect((estimatedDollars(estimate(subscribers, 3)) * 1e6) / subscribers).toBeCloseTo(dollars, 2);
  },
);

test('the budget applies to one region, from a hundred subscribers on', () => {
  const cost = (regions: number, subscribers: number, gbMs: number) =>
    publishCost({ regions, subscribers, bill: billOf([messages(100), time(gbMs)]), discarded: 0 });
  // A GB-ms costs a 75th of a message.
  expect([cost(1, 100, 370), cost(1, 100, 380), cost(1, 10, 380), cost(2, 100, 380)].map(isWithinBudget)).toEqual([
    ...[true, false, true, true],
  ]);
});

test('when the clock is advanced, then due timers fire in order, and later ones remain', async () => {
  const clock = new MovableClock();
  const fired: string[] = [];
  clock.after(60_000, () => fired.push('a minute'));
  const cleared = clock.after(20_000, () => fired.push('cleared'));
  clock.after(10_000, () => {
    fired.push('ten seconds');
    clock.clear(cleared);
  });
  clock.after(3_600_020, () => fired.push('an hour'));
  clock.move(3_600_000);
  expect(fired).toEqual(['ten seconds', 'a minute']);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(fired).toEqual(['ten seconds', 'a minute', 'an hour']);
});
