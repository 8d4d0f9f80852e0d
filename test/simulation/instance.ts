// A sandbox of a function: it starts cold, serves one invocation at a time, and can die at any await.
import { REPLY_RESERVE } from '../../lambda/core/fanout/post';
import type { Runtime } from '../../lambda/core/runtime';
import type { SimRegion } from './region';
import type { World } from './world';

/** A function's instance. Whatever its code waits for goes through `step`, which is where it can die. */
export class Instance {
  public dead = false;
  /** Whether the invocation under way has to find out if it was carried out before. */
  public mustLookBack = false;
  public readonly runtime: Runtime;
  /** Told when it dies, so that whoever waits for the invocation learns of it. */
  public onDeath: (() => void) | undefined;
  private readonly skew: number;

  public constructor(
    public readonly world: World,
    public readonly region: SimRegion,
    public readonly name: string,
  ) {
    const { faults, kernel, random } = world;
    // NTP keeps Lambda's clocks within milliseconds; two seconds are far more than it ever gets wrong.
    this.skew = faults.strikes('function-clock-skewed', name) ? faults.between(-2_000, 2_000) : 0;
    this.runtime = {
      now: () => Math.floor(kernel.now() + this.skew),
      random: () => random.next(),
      id: () => world.newId('m'),
      sleep: (ms) => this.wait(ms),
      after: (ms, callback) => {
        const scheduled = kernel.after(ms, () => {
          if (!this.dead) callback();
        });
        return () => {
          kernel.cancel(scheduled);
        };
      },
    };
  }

  /**
   * One call to the outside: the effect takes place at some moment between call and answer.
   *
   * @param latency milliseconds there and back
   */
  public async step<T>(latency: number, what: string, effect: () => T): Promise<T> {
    const { faults, kernel, random } = this.world;
    if (this.dead) return new Promise(() => undefined);
    if (this.region.isDown) return this.die();
    if (faults.strikes('function-crashed-before', `${this.name} ${what}`)) return this.die();
    const there = latency * random.between(0.2, 0.8);
    await kernel.sleep(there);
    // The request was sent: it takes effect even if the function has died meanwhile.
    let result: { readonly value: T } | { readonly error: unknown };
    try {
      result = { value: effect() };
    } catch (error) {
      result = { error };
    }
    if (!this.isDead() && faults.strikes('function-crashed-after', `${this.name} ${what}`)) return this.die();
    await kernel.sleep(latency - there);
    if (this.isDead()) return new Promise(() => undefined);
    if ('error' in result) throw result.error;
    return result.value;
  }

  /** Asked anew after each wait. */
  private isDead(): boolean {
    return this.dead;
  }

  public die(): Promise<never> {
    this.dead = true;
    this.onDeath?.();
    return new Promise(() => undefined);
  }

  private async wait(ms: number): Promise<void> {
    await this.world.kernel.sleep(ms);
    // Frozen, or gone: what was waiting never goes on.
    if (this.dead) await new Promise(() => undefined);
  }
}

/** What an invocation came to, as whoever invoked it sees it. */
export type Outcome<T> = { readonly value: T } | { readonly failed: string };

/** A deployed function: makes instances as they are needed, keeps them warm. */
export class SimFunction<Deps> {
  private readonly idle: { readonly instance: Instance; readonly deps: Deps }[] = [];
  private made = 0;

  /** @param makeDeps what a handler's module makes when it is loaded */
  public constructor(
    private readonly world: World,
    private readonly region: SimRegion,
    private readonly name: string,
    private readonly timeout: number,
    private readonly makeDeps: (instance: Instance) => Deps,
  ) {}

  /** @param mustLookBack whether the request says that it may have been carried out before */
  public async invoke<T>(
    handler: (deps: Deps, deadline: number) => Promise<T>,
    mustLookBack = false,
  ): Promise<Outcome<T>> {
    const { kernel, faults, random } = this.world;
    if (this.region.isDown) return { failed: 'region down' };
    if (faults.strikes('function-throttled', this.name)) return { failed: 'throttled' };
    let warm = this.idle.pop();
    if (warm === undefined || random.chance(0.02)) {
      faults.note('function-cold', this.name);
      this.made += 1;
      const instance = new Instance(this.world, this.region, `${this.name}@${this.region.name}.${this.made}`);
      await kernel.sleep(random.between(150, 600));
      warm = { instance, deps: this.makeDeps(instance) };
    }
    const { instance, deps } = warm;
    instance.mustLookBack = mustLookBack;
    const slow = faults.strikes('function-timed-out', instance.name);
    const started = kernel.now();
    return new Promise((resolve) => {
      const finish = (outcome: Outcome<T>): void => {
        kernel.cancel(timer);
        instance.onDeath = undefined;
        if (!instance.dead) this.idle.push({ instance, deps });
        resolve(outcome);
      };
      const timer = kernel.after(slow ? random.between(1, 200) : this.timeout, () => {
        instance.dead = true;
        finish({ failed: 'timed out' });
      });
      instance.onDeath = (): void => {
        finish({ failed: 'crashed' });
      };
      handler(deps, Math.floor(started + this.timeout - REPLY_RESERVE)).then(
        (value) => {
          if (!instance.dead) finish({ value });
        },
        (error: unknown) => {
          if (!instance.dead) finish({ failed: String(error) });
        },
      );
    });
  }
}
