// Explores asynchronous code exhaustively: every order in which the calls of several actors to their stores take effect, and every
// call at which one of them may die. Functions can't be copied, so each run starts anew and follows a sequence of choices.
import type { Exploration } from './explorer';

/** A call to a store that waits for its turn. */
interface Call {
  readonly actor: number;
  readonly name: string;
  readonly run: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What one run is made of. */
export interface World {
  /** Starts the actors. They keep their results and failures for `violation`. */
  start(turns: Turns): void;
  /** The contents of the stores. */
  snapshot(): string;
  /** The broken invariant at the end of a run, if any. @param deaths actors that died */
  violation(deaths: number): string | undefined;
}

/** Lets the calls of the actors wait for their turn. */
export class Turns {
  private readonly waiting: Call[] = [];
  private readonly dead = new Set<number>();
  /** By actor: its calls and their results, which determine how it goes on. */
  private readonly past: string[] = [];

  /** A store whose calls wait until they are chosen. */
  public of<T extends object>(actor: number, store: T): T {
    this.past[actor] ??= '';
    return new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as ((...args: unknown[]) => Promise<unknown>) | undefined;
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) =>
          new Promise((resolve, reject) => {
            const run = (): Promise<unknown> => method.apply(target, args);
            this.waiting.push({ actor, name: String(name), run, resolve, reject });
          });
      },
    });
  }

  /** What can be chosen: a call takes effect and is answered, or takes effect while its actor dies. */
  public choices(canDie: boolean): readonly string[] {
    const calls = this.waiting.filter(({ actor }) => !this.dead.has(actor));
    return calls.flatMap(({ actor, name }, i) => [
      `${i} actor ${actor}: ${name}`,
      ...(canDie ? [`${i} actor ${actor}: ${name}, and dies`] : []),
    ]);
  }

  public async take(choice: string): Promise<void> {
    const calls = this.waiting.filter(({ actor }) => !this.dead.has(actor));
    const call = calls[Number(choice.split(' ')[0])] as Call;
    this.waiting.splice(this.waiting.indexOf(call), 1);
    const result = await call.run().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    this.past[call.actor] = `${this.past[call.actor] ?? ''}${call.name}=${JSON.stringify(result)};`;
    if (choice.endsWith('dies')) this.dead.add(call.actor);
    else if ('error' in result) call.reject(result.error);
    else call.resolve(result.value);
    // The actor runs on to its next call.
    await new Promise(setImmediate);
  }

  public get key(): string {
    return JSON.stringify([this.past, [...this.dead], this.waiting.map(({ actor, name }) => [actor, name])]);
  }
}

/** Runs a world in every order, up to a number of deaths. */
export async function exploreSchedules(makeWorld: () => World, maxDeaths: number): Promise<Exploration> {
  const started = performance.now();
  const known = new Set<string>();
  let transitions = 0;
  const stack: (readonly string[])[] = [[]];
  const result = (message?: string, steps: readonly string[] = []): Exploration => ({
    states: known.size,
    transitions,
    seconds: (performance.now() - started) / 1000,
    ...(message === undefined ? {} : { violation: { message, steps } }),
  });
  for (let steps = stack.pop(); steps !== undefined; steps = stack.pop()) {
    const world = makeWorld();
    const turns = new Turns();
    world.start(turns);
    await new Promise(setImmediate);
    for (const step of steps) await turns.take(step);
    transitions += 1;
    const key = `${world.snapshot()} ${turns.key}`;
    if (known.has(key)) continue;
    known.add(key);
    const deaths = steps.filter((step) => step.endsWith('dies')).length;
    const choices = turns.choices(deaths < maxDeaths);
    if (choices.length === 0) {
      const message = world.violation(deaths);
      if (message !== undefined) return result(message, steps);
    }
    for (const choice of choices) stack.push([...steps, choice]);
  }
  return result();
}
