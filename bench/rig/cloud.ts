// The local cloud as benches use it: quotas out of the way, and everything counted that its functions do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { type Cloud, type CloudLog, type LocalRegion, startCloud } from '../../local';
import type { InvocationResult } from '../../local/types';
import { Audience } from './audience';
import type { Dial } from './audience-messages';
import type { Seat } from './recorder';
import { emulateLatencies } from './latencies';
import { type Cpu, Threads, wrapFunctions } from './threads';
import { sqsRequestsOf, type Units, unitsOf } from './units';

export const REGION = 'eu-west-1';

/** What functions have done since some moment. */
export interface Usage {
  readonly cpu: Cpu;
  /** Requests to AWS, by service and operation: `dynamodb Query`; and `invocations`. */
  readonly requests: Readonly<Record<string, number>>;
  readonly units: Units;
  /** As AWS bills them: what pollers receive and delete, too. */
  readonly sqs: number;
}

export interface Used<T> {
  readonly result: T;
  readonly usage: Usage;
  /** Functions were still at it long after. */
  readonly hangs: boolean;
}

/** Out of the way: what API Gateway lets through is not what benches are about. */
const LIMITS = {
  ...{ connectRate: 100_000, connectBurst: 100_000, requestRate: 1_000_000, requestBurst: 1_000_000 },
  idle: 3_600_000,
};
/** Connections that are being made at once: more would only start more instances, each of which is slow at first. */
const SEATED_AT_ONCE = 4;
/** Nothing runs for so long: then nothing will. Longer than a poller's pause between two looks. Milliseconds. */
const QUIET = 300;

/** A function that has not ended by then waits for what will not come. Milliseconds. */
const HANGS_AFTER = 8_000;

export class Rig {
  private requests: Record<string, number> = {};
  private running = 0;
  private quietSince = performance.now();
  /** What authorizers said, by function, while an audience with one token takes its seats. */
  private readonly admissions = new Map<string, InvocationResult>();
  private isSeating = false;

  private constructor(
    public readonly cloud: Cloud,
    public readonly audience: Audience,
    private readonly threads: Threads,
    private readonly folder: string,
  ) {
    const { services } = this.region;
    const count = (what: string): void => {
      this.requests[what] = (this.requests[what] ?? 0) + 1;
    };
    services.callHooks.onCall = ({ service, operation }, phase) => {
      if (phase === 'before') count(`${service} ${operation}`);
      return Promise.resolve(undefined);
    };
    // API Gateway and pollers invoke by the service, not by HTTP: only here, all invocations pass.
    const invoke = services.lambda.invoke.bind(services.lambda);
    services.lambda.invoke = async (name, event) => {
      const admission = this.isSeating ? this.admissions.get(name) : undefined;
      if (admission !== undefined) return admission;
      count('invocations');
      this.running += 1;
      try {
        const result = await invoke(name, event);
        if (this.isSeating && isPolicy(result)) this.admissions.set(name, result);
        return result;
      } finally {
        this.running -= 1;
        this.quietSince = performance.now();
      }
    };
  }

  /**
   * Synthesizes an app, runs it, and starts an audience.
   *
   * @param build makes the stacks; bundles of its own go into the folder
   * @param onError gets what functions log as errors
   */
  public static async start(build: (app: App, folder: string) => void, onError: (log: CloudLog) => void): Promise<Rig> {
    const folder = mkdtempSync(path.join(tmpdir(), 'bench-rig-'));
    const assembly = path.join(folder, 'cdk.out');
    const app = new App({ outdir: assembly, analyticsReporting: false });
    build(app, folder);
    app.synth();
    wrapFunctions(assembly);
    const threads = new Threads();
    const cloud = await startCloud({
      assembly,
      limits: LIMITS,
      log: (line) => {
        if (!threads.take(line) && line.level === 'error') onError(line);
      },
    });
    return new Rig(cloud, Audience.start(folder), threads, folder);
  }

  public get region(): LocalRegion {
    const [region] = this.cloud.regions;
    if (region === undefined) throw new Error('the app has no stack');
    return region;
  }

  /** Outputs of a stack. */
  public outputs(stack: string): Readonly<Record<string, string>> {
    return this.region.stacks.find(({ name }) => name === stack)?.outputs ?? {};
  }

  /** Connects subscribers. Ten thousand have one token, of which the authorizer is asked once. */
  public async seat(dial: Dial, seats: readonly Seat[]): Promise<void> {
    this.admissions.clear();
    this.isSeating = true;
    try {
      await this.audience.seat({ dial, seats, atOnce: SEATED_AT_ONCE });
    } finally {
      this.isSeating = false;
    }
  }

  /** Starts the functions of a stack anew, with these variables besides their own. */
  public async restart(stack: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const { lambda } = this.region.services;
    await this.kill(stack);
    for (const { config } of lambda.all())
      if (config.name.startsWith(`${stack}-`))
        lambda.addFunction({ ...config, environment: { ...config.environment, ...environment } });
  }

  /** Connection ids by the audience's seats, of one API. */
  public connectionIds(url: string): ReadonlyMap<Seat, string> {
    const { connections } = this.region.services.apigateway;
    return new Map(
      connections.flatMap(({ id, facts: { apiId, handshake } }) => {
        const { 'X-Seat': seat } = handshake.headers;
        return seat !== undefined && url.includes(`/${apiId}/`) ? [[Number(seat), id] as const] : [];
      }),
    );
  }

  /** AWS takes its time from now on. @param callback what a post takes. Milliseconds */
  public emulateLatencies(callback: number): void {
    emulateLatencies(this.region.services, callback);
  }

  public healLatencies(): void {
    this.region.services.faults.clear();
  }

  /** Resolves when no function has run for a while; false when that does not come within so many milliseconds. */
  public async idle(within = 120_000): Promise<boolean> {
    const until = performance.now() + within;
    while (this.running > 0 || performance.now() - this.quietSince < QUIET) {
      if (performance.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return true;
  }

  /** What the functions of a stack do while `work` runs, and after it until they rest. Those that hang are ended. */
  public async using<T>(stack: string, work: () => Promise<T>): Promise<Used<T>> {
    await this.idle();
    const before = this.threads.cpu(`${stack}-`);
    const { meter } = this.region.services;
    meter.take();
    this.requests = {};
    const result = await work();
    const hangs = !(await this.idle(HANGS_AFTER));
    const after = this.threads.cpu(`${stack}-`);
    if (hangs) await this.kill(stack);
    const metered = meter.take();
    const usage = {
      cpu: { init: after.init - before.init, warm: after.warm - before.warm },
      requests: { ...this.requests },
      units: unitsOf(metered),
      sqs: sqsRequestsOf(metered),
    };
    return { result, usage, hangs };
  }

  /** CPU milliseconds of the functions whose name begins so, since they were started. */
  public cpu(prefix: string): Cpu {
    return this.threads.cpu(prefix);
  }

  /** Ends the functions of a stack, and what is under way in them. */
  public async kill(stack: string): Promise<void> {
    await this.region.services.lambda.kill((name) => name.startsWith(`${stack}-`));
  }

  public async stop(): Promise<void> {
    this.audience.stop();
    // Nobody needs ten thousand goodbyes.
    this.region.services.apigateway.faults.dropDisconnects = true;
    await this.cloud.stop();
    this.threads.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isPolicy({ payload }: InvocationResult): boolean {
  return typeof payload === 'object' && payload !== null && 'policyDocument' in payload;
}
