// An execution environment of a Lambda function: it starts cold, runs one invocation at a time, and can crash at any await.
import { REPLY_RESERVE } from '../../lambda/core/fanout/post';
import type { Runtime } from '../../lambda/core/runtime';
import type { RegionStatus, WorldServices } from './world-services';

/** The connection of a request was closed while the function was frozen. */
export class ConnectionLost extends Error {
  public override readonly name = 'ECONNRESET';
}

/** Longest time in which an account's concurrency is used up. Milliseconds. */
const MAX_ACCOUNT_THROTTLE = 10_000;

/**
 * Longest time in which an idle environment is kept: Lambda ends environments every few hours. Milliseconds.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
const MAX_IDLE = 2 * 3_600_000;

/** An execution environment. Every external call goes through `step`, where it can crash. */
export class Instance {
  public hasDied = false;
  /** Whether the current invocation must find out if an earlier attempt took effect. */
  public mustLookBack = false;
  public readonly runtime: Runtime;
  /** The number of the deployment that it belongs to. */
  public readonly deployment: number;
  /** Called when the instance crashes, to fail the current invocation. */
  public onDeath: (() => void) | undefined;
  private readonly skew: number;
  /** External calls and timers that have not ended. */
  private waiting = 0;
  /** What continues when the instance is thawed. Undefined while it is not frozen. */
  private frozen: (() => void)[] | undefined;
  /** Number of times that the instance was thawed after its open connections had been closed. */
  private connectionLosses = 0;

  public constructor(
    public readonly world: WorldServices,
    public readonly region: RegionStatus,
    public readonly name: string,
  ) {
    const { faults, kernel, random } = world;
    this.deployment = region.deployments;
    // Lambda's clocks are synchronized by NTP to within milliseconds; two seconds are far more.
    this.skew = faults.occurs('function-clock-skewed', name) ? faults.between(-2_000, 2_000) : 0;
    this.runtime = {
      now: () => Math.floor(kernel.now() + this.skew),
      random: () => random.next(),
      id: () => world.newId('m'),
      sleep: (ms) => this.wait(ms),
      after: (ms, callback) => {
        let isCancelled = false;
        const scheduled = kernel.after(ms, () => {
          this.whenThawed(() => {
            if (!this.hasDied && !isCancelled) callback();
          });
        });
        return () => {
          isCancelled = true;
          kernel.cancel(scheduled);
        };
      },
    };
  }

  /**
   * One external call. Its effect takes place at a random time between call and answer.
   *
   * @param latency round-trip time in milliseconds
   */
  public async step<T>(latency: number, operation: string, effect: () => T): Promise<T> {
    const { faults, kernel, random } = this.world;
    if (this.hasDied) return new Promise(() => undefined);
    if (this.region.isDown) return this.die();
    if (faults.occurs('function-crashed-before', `${this.name} ${operation}`)) return this.die();
    this.waiting += 1;
    const losses = this.connectionLosses;
    const outward = latency * random.between(0.2, 0.8);
    await kernel.sleep(outward);
    // The request was sent: it takes effect even if the function has crashed since.
    let result: { readonly value: T } | { readonly error: unknown };
    try {
      result = { value: effect() };
    } catch (error) {
      result = { error };
    }
    if (!this.isDead() && faults.occurs('function-crashed-after', `${this.name} ${operation}`)) return this.die();
    await kernel.sleep(latency - outward);
    await this.thawed();
    this.waiting -= 1;
    if (this.isDead()) return new Promise(() => undefined);
    if (losses < this.connectionLosses) throw new ConnectionLost();
    if ('error' in result) throw result.error;
    return result.value;
  }

  /**
   * The invocation has ended: Lambda freezes the environment, so that work without an `await` continues with the next invocation,
   * if there is one. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle
   */
  public freeze(): void {
    if (this.waiting > 0 && this.world.faults.occurs('function-frozen', this.name)) this.frozen = [];
  }

  /**
   * The next invocation begins. Requests that were under way may have lost their connections, which the other end closes when they
   * are idle. https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
   */
  public thaw(): void {
    const { frozen } = this;
    this.frozen = undefined;
    if (frozen === undefined) return;
    if (this.waiting > 0 && this.world.faults.occurs('function-connections-lost', this.name))
      this.connectionLosses += 1;
    for (const run of frozen) run();
  }

  private whenThawed(run: () => void): void {
    if (this.frozen === undefined) run();
    else this.frozen.push(run);
  }

  private async thawed(): Promise<void> {
    if (this.frozen !== undefined) await new Promise<void>((resolve) => this.whenThawed(resolve));
  }

  /** A method, because TypeScript would narrow the property's type across an await. */
  private isDead(): boolean {
    return this.hasDied;
  }

  public die(): Promise<never> {
    this.hasDied = true;
    this.onDeath?.();
    return new Promise(() => undefined);
  }

  private async wait(ms: number): Promise<void> {
    this.waiting += 1;
    await this.world.kernel.sleep(ms);
    await this.thawed();
    this.waiting -= 1;
    // The code of a crashed instance never continues.
    if (this.hasDied) await new Promise(() => undefined);
  }
}

/** The outcome of an invocation, as the caller sees it. */
export type Outcome<T> = { readonly value: T } | { readonly failed: string };

export interface FunctionOptions<Deps> {
  readonly name: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Creates the dependencies that the handler's module creates when it is loaded. */
  readonly makeDeps: (instance: Instance) => Deps;
}

/** A deployed function: starts instances as needed, and keeps them warm. */
export class SimFunction<Deps> {
  private readonly idle: { readonly instance: Instance; readonly deps: Deps; readonly usedAt: number }[] = [];
  private instancesMade = 0;

  public constructor(
    private readonly world: WorldServices,
    private readonly region: RegionStatus,
    private readonly options: FunctionOptions<Deps>,
  ) {}

  /** @param mustLookBack whether the request says that it may be a repetition */
  public async invoke<T>(
    handler: (deps: Deps, deadline: number) => Promise<T>,
    mustLookBack = false,
  ): Promise<Outcome<T>> {
    const { kernel, faults, random } = this.world;
    const { name, timeout, makeDeps } = this.options;
    if (this.region.isDown) return { failed: 'region down' };
    if (this.isThrottled()) return { failed: 'throttled' };
    let warm = this.warm();
    if (warm === undefined || random.chance(0.02)) {
      faults.count('function-cold', name);
      this.instancesMade += 1;
      const instance = new Instance(this.world, this.region, `${name}@${this.region.name}.${this.instancesMade}`);
      await kernel.sleep(random.between(150, 600));
      warm = { instance, deps: makeDeps(instance) };
    }
    const { instance, deps } = warm;
    if (instance.deployment < this.region.deployments) faults.count('function-outdated', name);
    instance.thaw();
    instance.mustLookBack = mustLookBack;
    const slow = faults.occurs('function-timed-out', instance.name);
    const started = kernel.now();
    return new Promise((resolve) => {
      const finish = (outcome: Outcome<T>): void => {
        kernel.cancel(timer);
        instance.onDeath = undefined;
        if (!instance.hasDied) {
          instance.freeze();
          this.idle.push({ instance, deps, usedAt: kernel.now() });
        }
        resolve(outcome);
      };
      const timer = kernel.after(slow ? random.between(1, 200) : timeout, () => {
        instance.hasDied = true;
        finish({ failed: 'timed out' });
      });
      instance.onDeath = (): void => {
        finish({ failed: 'crashed' });
      };
      handler(deps, Math.floor(started + timeout - REPLY_RESERVE)).then(
        (value) => {
          if (!instance.hasDied) finish({ value });
        },
        (error: unknown) => {
          if (!instance.hasDied) finish({ failed: String(error) });
        },
      );
    });
  }

  /** An idle instance that still exists. */
  private warm(): { readonly instance: Instance; readonly deps: Deps } | undefined {
    const { kernel } = this.world;
    const { deployments, mixedUntil } = this.region;
    for (let one = this.idle.pop(); one !== undefined; one = this.idle.pop()) {
      const isDeployed = one.instance.deployment === deployments || kernel.now() < mixedUntil;
      if (isDeployed && kernel.now() - one.usedAt < MAX_IDLE) return one;
    }
    return undefined;
  }

  /**
   * Whether Lambda throttles this invocation, or all of the account in the region, because its concurrency is used up.
   * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
   */
  private isThrottled(): boolean {
    const { region, options } = this;
    const { kernel, faults } = this.world;
    if (faults.occurs('account-functions-throttled', region.name))
      region.functionsThrottledUntil = kernel.now() + faults.between(500, MAX_ACCOUNT_THROTTLE);
    return kernel.now() < region.functionsThrottledUntil || faults.occurs('function-throttled', options.name);
  }
}
