// Callers that give up and send the same request again, while the functions that they left go on: every interleaving of their reads
// and writes that chance brings must store the publish once.
import fc from 'fast-check';
import type { AppendDeps } from '../../../../../lambda/core/log/append';
import type { LogKey, LogStore } from '../../../../../lambda/core/log/log-store';
import { TailHints } from '../../../../../lambda/core/log/tail';
import { publish } from '../../../../../lambda/core/publish/publish';
import { type IdempotencyStore, publishOnce } from '../../../../../lambda/core/publish/idempotency';
import { memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';
import { runs } from '../../../../support/templates/properties';

const CHANNEL = 'chat:a';
const LOG = 'chat:a#eu-west-1';
/** Ticks that a call to a store may take, before and after its effect: most take few, one in four as many as several calls. */
const FEW_TICKS = 4;
const MANY_TICKS = 200;
const MINUTE = 60_000;

interface Attempt {
  /** Ticks after which the attempt begins. */
  readonly after: number;
  /** The function instance that runs it, with hints of its own. */
  readonly instance: number;
  /** How long after the attempt before it is sent. Milliseconds. */
  readonly delay: number;
  /** The function dies instead of noting its answer. */
  readonly dies: boolean;
}

interface Schedule {
  readonly seed: number;
  readonly attempts: readonly Attempt[];
  /** Publishes of others meanwhile, by instance. */
  readonly others: readonly number[];
}

const schedules = fc.record({
  seed: fc.integer(),
  attempts: fc.array(
    fc.record({
      after: fc.nat(30),
      instance: fc.nat(3),
      delay: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20 * MINUTE) }),
      dies: fc.boolean(),
    }),
    { minLength: 2, maxLength: 5 },
  ),
  others: fc.array(fc.nat(3), { maxLength: 6 }),
});

/** A small generator of numbers, so that a schedule's waits follow from its seed. */
function ticksOf(seed: number): () => Promise<void> {
  let state = seed | 1;
  return async () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    const most = (state >> 5) % 4 === 0 ? MANY_TICKS : FEW_TICKS;
    await ticks((state >> 8) % most);
  };
}

/** A store whose calls take time before and after their effect. */
function slowed<T extends object>(store: T, wait: () => Promise<void>): T {
  return new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as ((...args: unknown[]) => Promise<unknown>) | undefined;
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        await wait();
        const result = await method.apply(target, args);
        await wait();
        return result;
      };
    },
  });
}

async function run({ seed, attempts, others }: Schedule): Promise<MemoryWorld> {
  const world = memoryWorld();
  const wait = ticksOf(seed);
  const logs = slowed<LogStore>(world.logs, wait);
  const idempotency = slowed<IdempotencyStore>(world.idempotency, wait);
  const instances = Array.from({ length: 4 }, (): Pick<AppendDeps, 'hints'> => ({ hints: new TailHints() }));
  const publication = (data: unknown) => ({
    channel: CHANNEL,
    from: 'server',
    messages: [{ data }],
    ordering: 'direct' as const,
    retention: 24 * 60 * MINUTE,
    deadline: Number.MAX_SAFE_INTEGER,
  });
  const pending: Promise<unknown>[] = [];
  for (const instance of others) {
    const other = { ...world, ...instances[instance], logs };
    pending.push(publish(other, publication(`other-${pending.length}`)).catch(() => undefined));
  }
  for (const { after, instance, delay, dies } of attempts) {
    // Whoever sends a request again much later finds the functions before it ended.
    if (delay > 0) await Promise.allSettled(pending);
    world.runtime.time += delay;
    for (let tick = after; tick > 0; tick--) await Promise.resolve();
    const settle = (key: LogKey, name: string, record: Parameters<IdempotencyStore['settle']>[2]): Promise<void> =>
      dies ? new Promise<void>(() => undefined) : idempotency.settle(key, name, record);
    const keys = {
      claim: idempotency.claim.bind(idempotency),
      note: idempotency.note.bind(idempotency),
      find: idempotency.find.bind(idempotency),
      settle,
    };
    const attempt = publishOnce(
      { ...world, ...instances[instance], logs, idempotency: keys },
      publication('mine'),
      'k',
    );
    const end = dies ? Promise.race([attempt, ticks(2_000)]) : attempt;
    pending.push(end.catch(() => undefined));
  }
  await Promise.all(pending);
  return world;
}

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await Promise.resolve();
}

test('given requests with one key that overlap in any way, then the publish is stored once (property)', async () => {
  await fc.assert(
    fc.asyncProperty(schedules, async (schedule) => {
      const world = await run(schedule);
      const stored = (world.logs.entries.get(LOG) ?? []).filter(({ messages }) => messages[0]?.data === 'mine');
      expect(stored).toHaveLength(1);
    }),
    runs(150),
  );
}, 60_000);
