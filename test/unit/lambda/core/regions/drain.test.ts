import { CALLBACK_FIELDS } from '../../../../../lib/monitoring/log-fields';
import {
  type ConnectionList,
  type ConnectionPage,
  countAll,
  type DrainDeps,
  moveAll,
  movePush,
  moveWithin,
} from '../../../../../lambda/core/regions/drain';
import { POOL_SIZE } from '../../../../../lambda/core/fanout/post';
import { Pace } from '../../../../../lambda/core/fanout/rate-limiter';
import { Pool } from '../../../../../lambda/core/fanout/fair-pool';
import { MemoryLog, MemoryPoster, TestRuntime } from '../../../../support/memory/memory';

test('clients take as long to move as seven tenths of the quota need, and never less than ten seconds', () => {
  expect([moveWithin(0, 500), moveWithin(3_500, 500), moveWithin(35_000, 500), moveWithin(35_000, 5_000)]).toEqual([
    10_000, 10_000, 100_000, 10_000,
  ]);
});

test('clients are sent to the other regions that are in service', () => {
  const hosts = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, `wss://${name}`]));
  const push = movePush('b', { within: 5, hosts, outOfService: new Set(['b', 'd']) });
  expect(push).toEqual({ push: 'move', within: 5, reason: 'drain', urls: ['wss://a', 'wss://c', 'wss://e'] });
  expect(movePush('b', { within: 5, hosts: new Map(), outOfService: new Set() })).not.toHaveProperty('urls');
});

/** Connections `c0`, `c1`, … on pages of two. */
class Pages implements ConnectionList {
  public readonly read: string[] = [];
  public afterPage: () => void = () => undefined;

  public constructor(private readonly size: number) {}

  public page(from: string): Promise<ConnectionPage> {
    this.read.push(from);
    this.afterPage();
    const start = Number(from);
    const ids = Array.from({ length: Math.min(2, this.size - start) }, (_, i) => `c${start + i}`);
    return Promise.resolve({ ids, ...(start + 2 < this.size ? { next: String(start + 2) } : {}) });
  }
  public async count(from: string): Promise<{ count: number; next?: string }> {
    const { ids, ...rest } = await this.page(from);
    return { count: ids.length, ...rest };
  }
}

function drain(
  size: number,
): DrainDeps & { open: Pages; poster: MemoryPoster; runtime: TestRuntime; logger: MemoryLog } {
  const runtime = new TestRuntime();
  const [pool, pace] = [new Pool(POOL_SIZE), new Pace(runtime, 1_000_000)];
  return { open: new Pages(size), poster: new MemoryPoster(), pool, pace, runtime, logger: new MemoryLog() };
}

const MOVE = { push: 'move', within: 10_000, reason: 'drain' } as const;

test('every connection is told, page by page, and what became of it is counted', async () => {
  const deps = drain(5);
  deps.poster.outcomes.set('c1', () => 'gone');
  deps.poster.outcomes.set('c2', () => 'throttled');
  deps.poster.outcomes.set('c4', () => 'forbidden');
  expect(await moveAll(deps, MOVE, '', Number.MAX_SAFE_INTEGER)).toEqual({ moved: 2, gone: 1, failed: 2 });
  expect(deps.open.read).toEqual(['', '2', '4']);
  expect(deps.poster.frames.get('c3')).toEqual([MOVE]);
  // What alarms on posts are counted from.
  const [line] = deps.logger.lines;
  expect(Object.keys(line?.fields ?? {})).toEqual(expect.arrayContaining(Object.values(CALLBACK_FIELDS)));
});

test('out of time, it says where to go on: from a page of which some were not told, again', async () => {
  const deps = drain(6);
  const end = deps.runtime.time + 1;
  deps.poster.outcomes.set('c2', () => {
    deps.runtime.time = end;
    return 'throttled';
  });
  expect(await moveAll(deps, MOVE, '', end)).toEqual({ moved: 2, gone: 0, failed: 0, next: '2' });
  deps.poster.outcomes.clear();
  expect(await moveAll(deps, MOVE, '2', Number.MAX_SAFE_INTEGER)).toEqual({ moved: 4, gone: 0, failed: 0 });
  // Not even the first page.
  expect(await moveAll(deps, MOVE, '', deps.runtime.time)).toEqual({ moved: 0, gone: 0, failed: 0, next: '' });
});

test('counting goes through all pages, or as far as time allows', async () => {
  const deps = drain(5);
  expect(await countAll(deps, '', Number.MAX_SAFE_INTEGER)).toEqual({ connections: 5 });
  const end = deps.runtime.time + 2;
  deps.open.afterPage = () => (deps.runtime.time += 1);
  expect(await countAll(deps, '', end)).toEqual({ connections: 4, next: '4' });
});
