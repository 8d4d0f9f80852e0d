import { CALLBACK_FIELDS } from '../../../../../lib/monitoring/log-fields';
import {
  type ConnectionList,
  type ConnectionPage,
  countConnections,
  type DrainDeps,
  moveConnections,
  movePush,
  moveWithin,
} from '../../../../../lambda/core/regions/drain';
import { apiGatewayQuota } from '../../../../../lambda/adapters/api-gateway/limits';
import { POOL_SIZE } from '../../../../../lambda/core/fanout/post';
import { RateLimiter } from '../../../../../lambda/core/fanout/rate-limiter';
import { FairPool } from '../../../../../lambda/core/fanout/fair-pool';
import { MemoryLogger, MemoryTransport, TestRuntime } from '../../../../support/memory/memory';

test('given a number of connections, then moving takes as long as seven tenths of the quota need, and at least ten seconds', () => {
  expect([moveWithin(0, 500), moveWithin(3_500, 500), moveWithin(35_000, 500), moveWithin(35_000, 5_000)]).toEqual([
    10_000, 10_000, 100_000, 10_000,
  ]);
});

test('given regions out of service, then clients are told to move to the other regions in service', () => {
  const hosts = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, `wss://${name}`]));
  const push = movePush('b', { within: 5, hosts, outOfService: new Set(['b', 'd']) });
  expect(push).toEqual({ push: 'move', within: 5, reason: 'drain', urls: ['wss://a', 'wss://c', 'wss://e'] });
  expect(movePush('b', { within: 5, hosts: new Map(), outOfService: new Set() }).urls).toBeUndefined();
  // The drained region itself may still count as in service.
  expect(
    movePush('a', { within: 5, hosts: new Map([['a', 'wss://a']]), outOfService: new Set() }).urls,
  ).toBeUndefined();
});

/** Connections `c0`, `c1`, … in pages of two. */
class Pages implements ConnectionList {
  public readonly read: string[] = [];
  public afterPage: () => void = () => undefined;

  public constructor(private readonly size: number) {}

  public page(from: string): Promise<ConnectionPage> {
    this.read.push(from);
    this.afterPage();
    const start = Number(from);
    const ids = Array.from({ length: Math.min(2, this.size - start) }, (_, i) => `c${start + i}`);
    return Promise.resolve({ ids, next: start + 2 < this.size ? String(start + 2) : undefined });
  }
  public async count(from: string): Promise<{ count: number; next?: string }> {
    const { ids, ...rest } = await this.page(from);
    return { count: ids.length, ...rest };
  }
}

function drain(
  size: number,
): DrainDeps & { connectionList: Pages; transport: MemoryTransport; runtime: TestRuntime; logger: MemoryLogger } {
  const runtime = new TestRuntime();
  return {
    connectionList: new Pages(size),
    transport: new MemoryTransport(),
    pool: new FairPool(POOL_SIZE),
    rateLimiter: new RateLimiter(runtime, apiGatewayQuota(1_000_000)),
    runtime,
    logger: new MemoryLogger(),
  };
}

const ALL = { from: '', deadline: Number.MAX_SAFE_INTEGER };
const MOVE = { push: 'move', within: 10_000, reason: 'drain' } as const;

test('given several pages of connections, then each is told to move and the outcomes are counted', async () => {
  const deps = drain(5);
  deps.transport.outcomes.set('c1', () => 'gone');
  deps.transport.outcomes.set('c2', () => 'throttled');
  deps.transport.outcomes.set('c4', () => 'forbidden');
  expect(await moveConnections(deps, MOVE, ALL)).toEqual({ moved: 2, gone: 1, failed: 2 });
  expect(deps.connectionList.read).toEqual(['', '2', '4']);
  expect(deps.transport.frames.get('c3')).toEqual([MOVE]);
  // The fields that the metric filters of posts read.
  const [line] = deps.logger.lines;
  expect(Object.keys(line?.fields ?? {})).toEqual(expect.arrayContaining(Object.values(CALLBACK_FIELDS)));
});

test('when the deadline passes, then the result continues at the first page with late posts', async () => {
  const deps = drain(6);
  const end = deps.runtime.time + 1;
  deps.transport.outcomes.set('c2', () => {
    deps.runtime.time = end;
    return 'throttled';
  });
  expect(await moveConnections(deps, MOVE, { from: '', deadline: end })).toEqual({
    moved: 2,
    gone: 0,
    failed: 0,
    next: '2',
  });
  deps.transport.outcomes.clear();
  expect(await moveConnections(deps, MOVE, { ...ALL, from: '2' })).toEqual({ moved: 4, gone: 0, failed: 0 });
  // The deadline has passed before the first page.
  expect(await moveConnections(deps, MOVE, { from: '', deadline: deps.runtime.time })).toEqual({
    moved: 0,
    gone: 0,
    failed: 0,
    next: '',
  });
});

test('when connections are counted, then all pages are read until the deadline', async () => {
  const deps = drain(5);
  expect(await countConnections(deps, ALL)).toEqual({ connections: 5 });
  const end = deps.runtime.time + 2;
  deps.connectionList.afterPage = () => (deps.runtime.time += 1);
  expect(await countConnections(deps, { from: '', deadline: end })).toEqual({ connections: 4, next: '4' });
});

test('given every kind of failure, then all count as failed', async () => {
  const deps = drain(5);
  for (const [i, outcome] of (['throttled', 'forbidden', 'failed', 'slow'] as const).entries()) {
    deps.transport.outcomes.set(`c${i}`, () => outcome);
  }
  expect(await moveConnections(deps, MOVE, ALL)).toEqual({ moved: 1, gone: 0, failed: 4 });
});

test('when the deadline is reached between two pages, then no further page is read', async () => {
  const deps = drain(5);
  const deadline = deps.runtime.time + 1;
  deps.transport.outcomes.set('c1', () => {
    deps.runtime.time = deadline;
    return 'delivered';
  });
  expect(await moveConnections(deps, MOVE, { from: '', deadline })).toMatchObject({ next: '2' });
  expect(deps.connectionList.read).toEqual(['']);
});
