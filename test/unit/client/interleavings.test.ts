// For any order of events, each message is delivered once, in order within its origin, and none is lost.
import fc from 'fast-check';
import { ClientWorld, ORIGINS, type Step } from '../../support/client/client-world';

const pick = fc.nat(1_000);
const origin = fc.constantFrom(...ORIGINS);
const of = <T extends Step['type']>(...types: T[]): fc.Arbitrary<T> => fc.constantFrom(...types);

const everyday: fc.WeightedArbitrary<Step>[] = [
  { weight: 8, arbitrary: fc.record({ type: of('publish'), origin, pick }) },
  { weight: 8, arbitrary: fc.record({ type: of('fanout'), origin, pick }) },
  { weight: 10, arbitrary: fc.record({ type: of('serve'), pick }) },
  { weight: 14, arbitrary: fc.record({ type: of('deliver'), pick }) },
  { weight: 4, arbitrary: fc.record({ type: of('open'), pick }) },
  { weight: 4, arbitrary: fc.record({ type: of('wait'), ms: fc.constantFrom(10, 100, 300, 1_000) }) },
];
const trouble: fc.WeightedArbitrary<Step>[] = [
  { weight: 1, arbitrary: fc.record({ type: of('lostFanout'), origin, pick }) },
  { weight: 2, arbitrary: fc.record({ type: of('deliverTwice'), pick }) },
  { weight: 1, arbitrary: fc.record({ type: of('fail'), pick }) },
  { weight: 2, arbitrary: fc.record({ type: of('move'), pick, within: fc.constantFrom(0, 200, 5_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: of('drop', 'rotate', 'rotate', 'reconnect', 'unsubscribe', 'subscribe') }),
  },
  { weight: 1, arbitrary: fc.record({ type: of('wait'), ms: fc.constantFrom(10_000, 16_000, 600_000) }) },
];

function run(from: 'start' | 'now', lag: number, steps: readonly Step[]): ClientWorld {
  const world = new ClientWorld(from, lag);
  for (const step of steps) world.run(step);
  world.settle();
  return world;
}

const seen = ({ client }: ClientWorld, one: string): number[] =>
  client.messages.filter((message) => message.origin === one).map(({ seq }) => seq);

const RUNS = { numRuns: Number(process.env.CLIENT_RUNS ?? 1_500) };
const schedule = fc.array(fc.oneof(...everyday, ...trouble), { minLength: 10, maxLength: 120 });

test('given a cursor, for any schedule, then all messages after it are delivered', () => {
  fc.assert(
    fc.property(fc.nat(3), schedule, (lag, steps) => {
      const world = run('start', lag, steps);
      for (const one of ORIGINS) {
        expect(seen(world, one)).toEqual(Array.from({ length: world.published[one] }, (_, i) => i + 1));
      }
    }),
    RUNS,
  );
}, 60_000);

test('given no cursor, for any schedule, then no message is missing after the first delivered one', () => {
  fc.assert(
    fc.property(fc.nat(3), schedule, (lag, steps) => {
      const world = run('now', lag, steps);
      for (const one of ORIGINS) {
        const seqs = seen(world, one);
        const first = seqs[0] ?? 0;
        expect(seqs).toEqual(Array.from({ length: world.published[one] - first + 1 }, (_, i) => first + i));
      }
    }),
    RUNS,
  );
}, 60_000);

test('for any schedule, when it ends, then the channel is live, and nothing but syncs is sent', () => {
  fc.assert(
    fc.property(schedule, (steps) => {
      const { client } = run('start', 0, steps);
      expect([client.core.state, client.channelState]).toEqual(['connected', 'live']);
      const sent = client.sent().length;
      client.advance(60_000);
      expect(client.sent()).toHaveLength(sent);
    }),
    { numRuns: Math.ceil(RUNS.numRuns / 3) },
  );
}, 60_000);
