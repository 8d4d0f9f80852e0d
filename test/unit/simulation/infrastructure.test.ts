// The simulation must not grant more than AWS does: otherwise code that relies on it passes.
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { Kernel } from '../../../load/simulation/kernel';
import { simDocumentClient } from '../../simulation/document-client';
import { type Fault, Faults } from '../../simulation/faults';
import { Instance, SimFunction } from '../../simulation/instance';
import { Random } from '../../simulation/random';
import { type Change, SimTable } from '../../simulation/table';
import type { RegionStatus, WorldServices } from '../../simulation/world-services';

const START = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
const region: RegionStatus = {
  name: 'eu-west-1',
  isDown: false,
  downUntil: 0,
  downSince: 0,
  isDrained: false,
  deployments: 0,
  mixedUntil: 0,
  functionsThrottledUntil: 0,
  postsThrottledUntil: 0,
};

function worldWith(rates: Partial<Record<Fault, number>>): WorldServices {
  const random = new Random(1);
  const ignore = (): void => undefined;
  return {
    kernel: new Kernel(START),
    random,
    faults: new Faults(random.fork(), rates, ignore),
    newId: (prefix: string) => `${prefix}1`,
    cutUntil: () => 0,
    record: ignore,
    serverError: ignore,
  } as unknown as WorldServices;
}

describe('a frozen function', () => {
  /** A function that leaves a call behind, and what the call has done. */
  function leaving(world: WorldServices): { readonly invoke: () => Promise<unknown>; readonly done: string[] } {
    const done: string[] = [];
    const fn = new SimFunction(world, region, { name: 'f', timeout: 3 * SECOND, makeDeps: (instance) => instance });
    const leave = (instance: Instance): Promise<string> => {
      instance
        .step(100, 'call', () => undefined)
        .then(
          () => done.push('answered'),
          () => done.push('connection lost'),
        );
      return Promise.resolve('ok');
    };
    return { invoke: () => fn.invoke(leave), done };
  }

  test('given work that nobody awaits, when the invocation has ended, then it continues with the next one', async () => {
    const world = worldWith({ 'function-frozen': 1 });
    const { invoke, done } = leaving(world);
    void invoke();
    await world.kernel.run(START + 60 * SECOND);
    expect(done).toEqual([]);
    void invoke();
    await world.kernel.run(START + 61 * SECOND);
    expect(done).toEqual(['answered']);
    expect(world.faults.counts['function-frozen']).toBe(2);
  });

  test('given a call under way, when its connection was closed during the freeze, then the call fails', async () => {
    const world = worldWith({ 'function-frozen': 1, 'function-connections-lost': 1 });
    const { invoke, done } = leaving(world);
    void invoke();
    await world.kernel.run(START + 60 * SECOND);
    void invoke();
    await world.kernel.run(START + 61 * SECOND);
    expect(done).toEqual(['connection lost']);
  });
});

describe('a global table', () => {
  const X = START / 1000 + 10;
  /** Two replicas, with the changes of each that have not reached the other. */
  function replicas(rates: Partial<Record<Fault, number>>) {
    const { kernel, random, faults } = worldWith(rates);
    const make = (name: string) => {
      const table = new SimTable({ name, kernel, random, faults });
      const changes: Change[] = [];
      table.replicate = (change): void => void changes.push(change);
      return { table, changes };
    };
    return { kernel, faults, a: make('a'), b: make('b') };
  }
  const row = (x: number, value: string) => ({ pk: 'p', sk: 's', x, value });
  const deliver = ({ changes }: { changes: Change[] }, { table }: { table: SimTable }): void => {
    for (const change of changes.splice(0)) table.receive(change);
  };

  test.each([
    [1, undefined, 1],
    [0, 'new', 0],
  ])(
    'given a row that one region wrote anew, when TTL of another deletes the old one first with rate %s, then both have %s',
    async (rate, value, count) => {
      const { kernel, faults, a, b } = replicas({ 'ttl-delete-of-rewritten-row': rate });
      a.table.put(row(X, 'old'), undefined, false);
      deliver(a, b);
      await kernel.run(X * 1000 + 10);
      a.table.put(row(X + 1_000, 'new'), undefined, false);
      await kernel.run(X * 1000 + 20);
      b.table.expire({ pk: 'p', sk: 's' }, X);
      deliver(b, a);
      deliver(a, b);
      expect([a, b].map(({ table }) => table.get('p', 's', true)?.value)).toEqual([value, value]);
      expect(faults.counts['ttl-delete-of-rewritten-row']).toBe(count);
    },
  );

  test('given a delete by TTL, then it reaches the other replica', async () => {
    const { kernel, faults, a, b } = replicas({});
    a.table.put(row(X, 'old'), undefined, false);
    deliver(a, b);
    await kernel.run(X * 1000 + 1);
    a.table.expire({ pk: 'p', sk: 's' }, X);
    deliver(a, b);
    expect(b.table.get('p', 's', true)).toBeUndefined();
    expect(faults.counts['ttl-delete-replicated']).toBe(1);
  });

  test('given a batch of deletes, when the table answers in part, then it returns the rest as unprocessed', async () => {
    const world = worldWith({ 'batch-write-partial': 1 });
    const { kernel, random, faults } = world;
    const table = new SimTable({ name: 't', kernel, random, faults });
    for (const sk of ['1', '2', '3']) table.put({ pk: 'p', sk }, undefined, false);
    const client = simDocumentClient(new Instance(world, region, 'f'), { t: table });
    const requests = ['1', '2', '3'].map((sk) => ({ DeleteRequest: { Key: { pk: 'p', sk } } }));
    const answer = client.send(new BatchWriteCommand({ RequestItems: { t: requests } }));
    await kernel.run(START + SECOND);
    const left = table.items().length;
    expect(left).toBeGreaterThan(0);
    expect((await answer).UnprocessedItems?.t).toHaveLength(left);
  });
});
