// The local cloud for benches: without quotas, and with counters of everything that functions do.
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

/** Resources that functions used. */
export interface Usage {
  readonly cpu: Cpu;
  /** Requests to AWS, by service and operation: `dynamodb Query`; and `invocations`. */
  readonly requests: Readonly<Record<string, number>>;
  readonly units: Units;
  /** Requests to SQS as AWS bills them, those of Lambda's pollers included. */
  readonly sqs: number;
}

export interface Used<T> {
  readonly result: T;
  readonly usage: Usage;
  /** Whether functions were still running long after the work. */
  readonly hangs: boolean;
}

/** API Gateway's quotas are not measured, so they are high. */
const LIMITS = {
  connectRate: 100_000,
  connectBurst: 100_000,
  requestRate: 1_000_000,
  requestBurst: 1_000_000,
  idle: 3_600_000,
};
/** Connections that are opened concurrently. More would start more function instances, each of which starts cold. */
const CONCURRENT_CONNECTS = 4;
/** Time without a running function after which work counts as done. Longer than the pause of a poller. Milliseconds. */
const QUIET = 300;

/** Time after which a function that still runs counts as hanging. Milliseconds. */
const HANGS_AFTER = 8_000;

/** The local cloud with an audience. */
export class Rig {
  private requests: Record<string, number> = {};
  private running = 0;
  private quietSince = performance.now();
  /** Results of authorizers by function, while an audience with one token connects. */
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
    // API Gateway and pollers invoke through the service, not by HTTP: all invocations pass here only.
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
   * @param build creates the stacks, and may write bundles to the folder
   * @param onError called for each error that functions log
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
    if (region === undefined) throw new Error('the app has no stacks');
    return region;
  }

  /** Outputs of a stack. */
  public outputs(stack: string): Readonly<Record<string, string>> {
    return this.region.stacks.find(({ name }) => name === stack)?.outputs ?? {};
  }

  /** Connects subscribers. They share one token, so the authorizer is invoked once. */
  public async seat(dial: Dial, seats: readonly Seat[]): Promise<void> {
    this.admissions.clear();
    this.isSeating = true;
    try {
      await this.audience.seat({ dial, seats, atOnce: CONCURRENT_CONNECTS });
    } finally {
      this.isSeating = false;
    }
  }

  /** Restarts the functions of a stack with additional environment variables. */
  public async restart(stack: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const { lambda } = this.region.services;
    await this.kill(stack);
    for (const { config } of lambda.all())
      if (config.name.startsWith(`${stack}-`))
        lambda.addFunction({ ...config, environment: { ...config.environment, ...environment } });
  }

  /** Connection ids of one API by the audience's seats. */
  public connectionIds(url: string): ReadonlyMap<Seat, string> {
    const { connections } = this.region.services.apigateway;
    return new Map(
      connections.flatMap(({ id, facts: { apiId, handshake } }) => {
        const { 'X-Seat': seat } = handshake.headers;
        return seat !== undefined && url.includes(`/${apiId}/`) ? [[Number(seat), id] as const] : [];
      }),
    );
  }

  /** From now on, requests to AWS take time. @param callback time of a post to a connection. Milliseconds */
  public emulateLatencies(callback: number): void {
    emulateLatencies(this.region.services, callback);
  }

  public healLatencies(): void {
    this.region.services.faults.clear();
  }

  /** Waits until no function has run for a while. Returns false when that takes longer than `timeout` milliseconds. */
  public async idle(timeout = 120_000): Promise<boolean> {
    const deadline = performance.now() + timeout;
    while (this.running > 0 || performance.now() - this.quietSince < QUIET) {
      if (performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return true;
  }

  /** Resources that the functions of a stack use while `work` runs, and afterwards until they are idle. Hanging functions are killed. */
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

  /** CPU milliseconds, since their start, of the functions whose name begins with the prefix. */
  public cpu(prefix: string): Cpu {
    return this.threads.cpu(prefix);
  }

  /** Kills the functions of a stack, with their invocations. */
  public async kill(stack: string): Promise<void> {
    await this.region.services.lambda.kill((name) => name.startsWith(`${stack}-`));
  }

  public async stop(): Promise<void> {
    this.audience.stop();
    // Without thousands of invocations of $disconnect, which nothing measures.
    this.region.services.apigateway.faults.dropDisconnects = true;
    await this.cloud.stop();
    this.threads.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isPolicy({ payload }: InvocationResult): boolean {
  return typeof payload === 'object' && payload !== null && 'policyDocument' in payload;
}
