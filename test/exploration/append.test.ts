// Publishes with one idempotency key and one of another publisher, over every order of their calls to the stores, with a function that
// dies at any of them. The delivery checker judges what is stored and acknowledged.
import { TailHints } from '../../lambda/core/log/tail';
import type { LogStore } from '../../lambda/core/log/log-store';
import { type IdempotencyStore, publishOnce } from '../../lambda/core/publish/idempotency';
import { publish } from '../../lambda/core/publish/publish';
import { check, type HistoryEvent } from '../../load/checker';
import type { PublishOk } from '../../protocol';
import { memoryWorld } from '../support/memory/memory';
import { expectNone } from './explorer';
import { exploreSchedules, type Turns, type World } from './schedules';

const CHANNEL = 'chat:a';
const LOG = `${CHANNEL}#eu-west-1`;
const KEYED = 'keyed';

const publication = (id: string) => ({
  channel: CHANNEL,
  from: 'server',
  messages: [{ id, data: id }],
  ordering: 'direct' as const,
  retention: 86_400_000,
  deadline: Number.MAX_SAFE_INTEGER,
});

/** @param attempts requests with the key. @param others publishes of another publisher */
function makeWorld(attempts: number, others: number): World {
  const world = memoryWorld();
  // Pauses take no time: after each choice, an actor runs on to its next call, and the clock is not part of the state.
  world.runtime.sleep = () => Promise.resolve();
  const history: HistoryEvent[] = [];
  const failures: unknown[] = [];
  const record = ({ origin, epoch, seqs, ids }: PublishOk): void => {
    history.push({ type: 'publish-acknowledged', t: 0, channel: CHANNEL, origin, epoch, seqs, ids });
  };
  const depsOf = (turns: Turns, actor: number) => ({
    ...world,
    hints: new TailHints(),
    logs: turns.of<LogStore>(actor, world.logs),
    idempotency: turns.of<IdempotencyStore>(actor, world.idempotency),
  });
  return {
    start: (turns) => {
      void Promise.all([
        ...Array.from({ length: attempts }, (_, i) =>
          publishOnce(depsOf(turns, i), publication(KEYED), 'k').then(record, (error: unknown) => failures.push(error)),
        ),
        ...Array.from({ length: others }, (_, i) =>
          publish(depsOf(turns, attempts + i), publication(`other-${i}`)).then(record, (error: unknown) =>
            failures.push(error),
          ),
        ),
      ]);
    },
    snapshot: () =>
      JSON.stringify([
        [...world.logs.entries],
        [...world.logs.headers],
        [...world.idempotency.records],
        history.length,
      ]),
    violation: (deaths) => {
      if (failures.length > 0) return `an attempt failed: ${String(failures[0])}`;
      // Every actor that has not died is answered.
      const missing = attempts + others - deaths - history.length;
      if (missing > 0) return `${missing} attempts were never answered`;
      const entries = world.logs.entries.get(LOG) ?? [];
      const stored = entries.map(
        ({ epoch, seq, from, messages }): HistoryEvent => ({
          ...{ type: 'stored', t: 0, channel: CHANNEL, origin: 'eu-west-1', epoch, seq, from, expires: 1e15 },
          ids: messages.map(({ id }) => id),
        }),
      );
      const ids = [KEYED, ...Array.from({ length: others }, (_, i) => `other-${i}`)];
      const begun = ids.map(
        (id): HistoryEvent => ({
          ...{ type: 'publish-begun', t: 0, channel: CHANNEL, from: 'server', ids: [id], isKeyed: id === KEYED },
        }),
      );
      const [problem] = check([...begun, ...stored, ...history]).problems;
      return problem && `${problem.kind}: ${problem.message}`;
    },
  };
}

/** EXPLORE_DEPTH=4 takes the larger bounds. */
const DEEP =
  Number(process.env.EXPLORE_DEPTH ?? 3) > 3
    ? [['two requests with one key and another publish, one of which dies', 2, 1, 1] as const]
    : [];

test.each([
  ['two requests with one key and another publish, none of which dies', 2, 1, 0] as const,
  ['two requests with one key, one of which dies', 2, 0, 1] as const,
  ...DEEP,
])(
  'given %s, then the publish is stored once, and what is acknowledged is stored',
  async (name, attempts, others, deaths) => {
    expectNone(`append, ${name}`, await exploreSchedules(() => makeWorld(attempts, others), deaths));
  },
  600_000,
);
