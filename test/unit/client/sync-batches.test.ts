// Sync requests of many channels, within API Gateway's limit of a frame.
import { MAX_SYNC_BYTES, syncBatches } from '../../../client/src/core/channel/sync-batches';
import { encodeCursor } from '../../../protocol';

const MAX_FRAME = 32 * 1024;
const REGIONS = ['ap-southeast-1', 'ap-northeast-2', 'us-gov-west-1', 'eusc-germany-1'];
const cursor = encodeCursor(
  Object.fromEntries(REGIONS.map((region) => [region, { epoch: 'm3x0k2p9z', seq: Number.MAX_SAFE_INTEGER }])),
);
const longest = (index: number): string => `${'n'.repeat(32)}:${String(index).padStart(131, 'x')}`;
const channels = (count: number, name: (index: number) => string): [string, string][] =>
  Array.from({ length: count }, (_, index) => [name(index), cursor]);
const frameOf = (batch: object): string =>
  JSON.stringify({ action: 'sync', id: Number.MAX_SAFE_INTEGER, channels: batch });

test('given 100 channels with the longest names in four regions, then every frame fits 32 KB, and each channel is in one', () => {
  const all = channels(100, longest);
  expect(Buffer.byteLength(frameOf(Object.fromEntries(all)))).toBeGreaterThan(MAX_FRAME);
  const batches = syncBatches(all);
  expect(batches).toHaveLength(2);
  for (const batch of batches) expect(Buffer.byteLength(frameOf(batch))).toBeLessThanOrEqual(MAX_FRAME);
  expect(batches.flatMap((batch) => Object.entries(batch))).toEqual(all);
});

test('given channels of exactly the bytes of one request, then there is one; given one byte more, then there are two', () => {
  const pair = (bytes: number): [string, string] => ['chat:a', 'c'.repeat(bytes - 'chat:a'.length - 6)];
  const fill = (bytes: number): [string, string][] => [pair(1_000), ['chat:b', pair(bytes - 1_000)[1]]];
  expect(syncBatches(fill(MAX_SYNC_BYTES))).toHaveLength(1);
  expect(syncBatches(fill(MAX_SYNC_BYTES + 1))).toHaveLength(2);
});

test('given 201 channels with short names, then no request has more than 100', () => {
  const short = channels(201, (index) => `chat:${index}`).map(([name]): [string, string] => [name, '1']);
  expect(syncBatches(short).map((batch) => Object.keys(batch).length)).toEqual([100, 100, 1]);
});

test('given no channel, then there is no request', () => {
  expect(syncBatches([])).toEqual([]);
});
