import { Recorder, textOf } from '../../../bench/rig/recorder';

const frame = (...texts: string[]): Buffer => Buffer.from(JSON.stringify({ data: texts }));

test('given an expected seat, when a message does not arrive there, then it is lost', () => {
  const record = new Recorder([1, 2]);
  record.sent(7, 100);
  record.received(1, frame(textOf(7, 200)), 110);
  record.received(3, frame(textOf(7, 200)), 110);
  expect(record.missing).toBe(1);
  expect(record.isDeliveredToAll(7)).toBe(false);
  const { expected, delivered, lost, latency, toLast } = record.report();
  expect({ expected, delivered, lost }).toEqual({ expected: 2, delivered: 1, lost: 1 });
  expect([latency?.max, toLast?.max]).toEqual([10, 10]);
});

test('given duplicates and frames with several messages, then deliveries count once, and frames are billed by size', () => {
  const record = new Recorder([1]);
  for (const message of [1, 2]) record.sent(message, 0);
  record.received(1, frame(textOf(1, 20_000), textOf(2, 20_000)), 5);
  record.received(1, frame(textOf(2, 10)), 6);
  expect(record.report()).toMatchObject({ delivered: 2, lost: 0, duplicated: 1, frames: 2, billed: 3 });
});

test('the order is that of sequence numbers, or of message numbers in frames without them', () => {
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

test('lost deliveries of acknowledged messages are counted separately', () => {
  const record = new Recorder([1]);
  for (const message of [1, 2, 3]) record.sent(message, 0);
  for (const message of [1, 2]) record.answered(Buffer.from(`{"id":${message},"ok":{"seqs":[1]}}`), 5);
  record.answered(Buffer.from('{"id":3,"error":{"code":1}}'), 5);
  record.received(1, frame(textOf(1, 10)), 1);
  expect(record.report()).toMatchObject({ lost: 2, acknowledged: 2, lostAcknowledged: 1 });
});

test('given a time origin, then the times of a message are comparable between processes', () => {
  const record = new Recorder([1, 2]);
  record.sent(1, 10);
  record.received(2, frame(textOf(1, 10)), 14);
  record.received(1, frame(textOf(1, 10)), 12);
  record.answered(Buffer.from('{"id":1,"ok":{}}'), 13);
  record.sent(2, 20);
  expect(record.times(1_000)).toEqual([
    { message: 1, sent: 1_010, acknowledged: 1_013, first: 1_012, last: 1_014 },
    { message: 2, sent: 1_020, acknowledged: undefined, first: undefined, last: undefined },
  ]);
});
