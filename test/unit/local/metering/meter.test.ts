import { Meter } from '../../../../local/metering';

const write = { service: 'dynamodb', unit: 'write request units', resource: 'T', operation: 'PutItem' } as const;

test('when usage has the same keys, then amounts are summed', () => {
  const meter = new Meter();
  meter.add({ ...write, amount: 1 });
  meter.add({ ...write, amount: 2.5 });
  meter.add({ ...write, resource: 'U', amount: 1 });
  meter.add({ ...write, operation: 'DeleteItem', amount: 1 });
  expect(meter.read()).toEqual([
    { ...write, operation: 'DeleteItem', amount: 1 },
    { ...write, amount: 3.5 },
    { ...write, resource: 'U', amount: 1 },
  ]);
});

test('when usage is read, then it is kept; when it is taken, then it is reset', () => {
  const meter = new Meter();
  meter.add({ ...write, amount: 1 });
  expect(meter.read()).toEqual(meter.take());
  expect(meter.read()).toEqual([]);
});

test('when usage is read, then time-based usage is added', () => {
  const meter = new Meter();
  let due = 5;
  meter.onRead(() => {
    meter.add({ ...write, amount: due });
    due = 0;
  });
  expect(meter.read()).toEqual([{ ...write, amount: 5 }]);
  due = 2;
  expect(meter.take()).toEqual([{ ...write, amount: 7 }]);
});
