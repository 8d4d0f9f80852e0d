import { Recorder, textOf } from '../../bench/rig/recorder';

const frame = (...texts: string[]): Buffer => Buffer.from(JSON.stringify({ data: texts }));

test('whoever was expected and got nothing is lost', () => {
  const record = new Recorder([1, 2]);
  record.sent(7, 100);
  record.received(1, frame(textOf(7, 200)), 110);
  record.received(3, frame(textOf(7, 200)), 110);
  expect(record.missing).toBe(1);
  expect(record.isWhole(7)).toBe(false);
  const { expected, delivered, lost, latency, toLast } = record.report();
  expect({ expected, delivered, lost }).toEqual({ expected: 2, delivered: 1, lost: 1 });
  expect([latency?.max, toLast?.max]).toEqual([10, 10]);
});

test('what comes twice counts once; a frame may carry several, and is billed by its size', () => {
  const record = new Recorder([1]);
  for (const message of [1, 2]) record.sent(message, 0);
  record.received(1, frame(textOf(1, 20_000), textOf(2, 20_000)), 5);
  record.received(1, frame(textOf(2, 10)), 6);
  expect(record.report()).toMatchObject({ delivered: 2, lost: 0, duplicated: 1, frames: 2, billed: 3 });
});

test('order is that of places in a channel where frames tell them, of numbers where not', () => {
  const placed = (seq: number, message: number): string => `{"seq":${seq},"id":"a","data":"${textOf(message, 10)}"}`;
  const record = new Recorder([1]);
  for (const message of [1, 2, 3]) record.sent(message, 0);
  record.received(1, Buffer.from(`[${placed(1, 2)},${placed(2, 1)}]`), 1);
  expect(record.report().reordered).toBe(0);
  const plain = new Recorder([1]);
  for (const message of [1, 2]) plain.sent(message, 0);
  plain.received(1, frame(textOf(2, 10)), 1);
  plain.received(1, frame(textOf(1, 10)), 2);
  expect(plain.report().reordered).toBe(1);
});
