// Prices of bench:subscribers, and its layouts.
import { Packed, Rows } from '../../../bench/subscribers/layouts';
import { measureLayout } from '../../../bench/subscribers/measure';
import { breakEven, type Cell, dollarsOfRead, dollarsOfVisit, savedShare } from '../../../bench/subscribers/numbers';
import { MeteredTable } from '../../../bench/subscribers/table';

const cell = (join: number, leave: number, reads: number): Cell => ({
  ...{ layout: 'a', subscribers: 1_000, growing: join, join, leave, reads, pages: 1, bytes: 50, decoding: 1 },
});

test('prices are those of write and read units of DynamoDB', () => {
  expect(dollarsOfVisit(cell(1, 1, 0)) * 1e6).toBeCloseTo(1.25);
  expect(dollarsOfRead(cell(0, 0, 8)) * 1e6).toBeCloseTo(1);
});

test.each([
  ['six write units more and five read units less', cell(1, 1, 13), cell(4, 4, 8), 6],
  ['more expensive writes and reads', cell(1, 1, 8), cell(4, 4, 13), Number.POSITIVE_INFINITY],
  ['more expensive writes and equal reads', cell(1, 1, 8), cell(4, 4, 8), Number.POSITIVE_INFINITY],
  ['cheaper writes and reads', cell(4, 4, 13), cell(1, 1, 8), 0],
  ['equal prices', cell(1, 1, 8), cell(1, 1, 8), 0],
])('given %s, then the break-even is as expected', (_, base, other, publishes) => {
  expect(breakEven(base, other)).toBeCloseTo(publishes);
});

test('given a thousand subscribers, then the savings on reads are a small share of the deliveries', () => {
  expect(savedShare(cell(1, 1, 13), cell(4, 4, 9))).toBeCloseTo(0.000_5);
});

test('when layouts are measured, then units, pages and bytes are those that DynamoDB meters', async () => {
  const table = await MeteredTable.start();
  try {
    const [rows] = await measureLayout(table, new Rows(table.client), [30], 0);
    expect(rows).toMatchObject({ growing: 1, join: 1, leave: 1, reads: 1, pages: 1 });
  } finally {
    await table.stop();
  }
  const other = await MeteredTable.start();
  try {
    const cells = await measureLayout(other, new Packed(other.client), [100, 150], 0);
    // An item of a hundred is of more than 3 KB, and each write of it takes that; the second is half full.
    expect(cells).toMatchObject([
      { join: 4, leave: 4, reads: 1, pages: 1 },
      { reads: 2, pages: 1 },
    ]);
  } finally {
    await other.stop();
  }
});
