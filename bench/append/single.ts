// Two measures without load: the cost of a stale tail hint, and the state of the log after a function dies.
import { type Bench, perPublish, realTime } from './cells';
import { Publisher } from './load';
import { type Counts, Died, nothing } from './meter';
import { counterThenPut, ours, transaction } from './strategies';
import { type Findings, verify } from './verify';

const CHANNEL = 'bench:0000';

/** The cost of a publish when others have appended `behind` entries since the function last saw the tail. */
export interface Behind extends Readonly<Counts> {
  readonly behind: number;
}

const BEHIND = [0, 1, 2, 3, 10, 63, 150];
const REPEAT = 5;

export async function measureBehind({ database, meter }: Bench): Promise<Behind[]> {
  const rows: Behind[] = [];
  for (const behind of BEHIND) {
    const counts = await database.withTable(async (table) => {
      const [mine, other] = ours.writers(database.functions.slice(0, 2), table);
      if (mine === undefined || other === undefined) throw new Error('the bench needs two functions');
      const publisher = new Publisher(1, realTime);
      const total = nothing();
      meter.latency = 0;
      await publisher.publish(mine, CHANNEL);
      for (let i = 0; i < REPEAT; i++) {
        for (let n = 0; n < behind; n++) await publisher.publish(other, CHANNEL);
        meter.take();
        await publisher.publish(mine, CHANNEL);
        const taken = meter.take();
        for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += taken[name];
      }
      return perPublish(total, REPEAT);
    });
    rows.push({ behind, ...counts });
  }
  return rows;
}

/** The state of the log when functions die after the first request of a publish. */
export interface Deaths {
  readonly strategy: string;
  readonly publishes: number;
  readonly deaths: number;
  readonly findings: Findings;
}

const PUBLISHES = 200;
const DIES_EVERY = 20;
/** Which publish of twenty: others must follow, or a hole would look like the end of the log. */
const DIES_AT = 10;

export async function measureDeaths({ database, meter }: Bench): Promise<Deaths[]> {
  const rows: Deaths[] = [];
  meter.latency = 0;
  for (const strategy of [ours, counterThenPut, transaction]) {
    const row = await database.withTable(async (table) => {
      const publisher = new Publisher(1, realTime);
      let deaths = 0;
      let writer = strategy.writers(database.functions.slice(0, 1), table)[0];
      for (let i = 1; i <= PUBLISHES && writer !== undefined; i++) {
        meter.dies = i % DIES_EVERY === DIES_AT;
        try {
          await publisher.publish(writer, CHANNEL);
        } catch (error) {
          if (!isDeath(error)) throw error;
          deaths += 1;
          // Another function continues, without hints.
          writer = strategy.writers(database.functions.slice(0, 1), table)[0];
        }
      }
      const findings = verify(await database.entries(table), publisher.acknowledged);
      return { strategy: strategy.name, publishes: PUBLISHES, deaths, findings };
    });
    rows.push(row);
  }
  return rows;
}

/** Adapters wrap the errors of the SDK. */
function isDeath(error: unknown): boolean {
  return error instanceof Died || (error instanceof Error && error.cause instanceof Died);
}
