// A network of several regions in the local cloud of this process, with the bundled functions, and its metered usage.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { App, Duration } from 'aws-cdk-lib';
import WebSocket from 'ws';
import { RealtimeClient } from '../../client/src';
import { mintToken } from '../../client/src/token';
import { Namespace, RealtimeNetwork } from '../../lib';
import { networksOf } from '../../load/clients/local-networks';
import { type Cloud, startCloud, type Usage } from '../../local';
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../../protocol';
import { emulateLatencies } from '../rig/latencies';
import { isUsedByTime } from './bill';
import { MovableClock } from './clock';

export const RETENTION = Duration.hours(1);
/** Replication lag, short so that the usage of an operation is complete before the next one begins. Milliseconds. */
const LAG = { p50: 20, p99: 40 };
/** Time without usage after which an operation counts as done. Milliseconds. */
const QUIET = 250;
/** High quotas, because ten thousand concurrent posts exceed the default quotas of an account. */
const LIMITS = {
  connectRate: 10_000,
  connectBurst: 10_000,
  requestRate: 1_000_000,
  requestBurst: 1_000_000,
  idle: 3_600_000,
};
/** Lifetime of tokens. Seconds. */
const TOKEN_LIFE = 7_200;

export class MeteredNetwork {
  private readonly clients: RealtimeClient[] = [];

  private constructor(
    public readonly cloud: Cloud,
    public readonly clock: MovableClock,
    public readonly regions: readonly string[],
    private readonly folder: string,
  ) {}

  /** @param limits whether AWS's quotas and idle timeout apply */
  public static async start(regions: readonly string[], limits: 'of AWS' | 'none'): Promise<MeteredNetwork> {
    const folder = mkdtempSync(path.join(tmpdir(), 'bench-cost-'));
    const app = new App({ outdir: folder, analyticsReporting: false });
    const namespaces = [Namespace.durable('chat', { retention: RETENTION })];
    new RealtimeNetwork(app, 'Bench', { regions: [...regions], namespaces });
    app.synth();
    const clock = new MovableClock();
    const cloud = await startCloud({ assembly: folder, clock, limits: limits === 'none' ? LIMITS : undefined });
    for (const from of regions) {
      for (const to of regions.filter((one) => one !== from))
        await cloud.switchboard.apply({ switch: 'replication-lag', from, to, ...LAG });
    }
    return new MeteredNetwork(cloud, clock, regions, folder);
  }

  /** From now on, requests to AWS take time, for which functions are billed. */
  public emulateLatencies(): void {
    for (const { services } of this.cloud.regions) emulateLatencies(services);
  }

  /** From now on, requests to AWS take no time, while nothing is counted. */
  public healLatencies(): void {
    for (const { services } of this.cloud.regions) services.faults.clear();
  }

  /** A region's WebSocket address, and the subprotocols that authenticate a client. */
  public async connectOptions(
    region: string,
    name: string,
  ): Promise<{ readonly url: string; readonly protocols: string[] }> {
    return {
      url: this.local(region).ws,
      protocols: [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL_PREFIX}${await this.token(region, name)}`],
    };
  }

  public token(region: string, clientId: string): Promise<string> {
    const services = this.cloud.regions.find((one) => one.region === region)?.services;
    const secret = services?.secrets.value(this.local(region).secretArn ?? '') ?? '';
    const capabilities = { '*': ['subscribe', 'publish', 'history'] as const };
    return mintToken({ secret, clientId, capabilities, expiresIn: TOKEN_LIFE });
  }

  public client(region: string, name: string): RealtimeClient {
    const client = new RealtimeClient({
      url: this.local(region).ws,
      token: () => this.token(region, name),
      webSocket: WebSocket,
    });
    this.clients.push(client);
    return client;
  }

  /** The usage of an operation in all regions, without usage that accrues with time only. */
  public async using(operation: () => Promise<unknown>): Promise<readonly Usage[]> {
    await this.settled();
    this.take();
    await operation();
    await this.settled();
    return this.take().filter((used) => !isUsedByTime(used));
  }

  /** The usage of all regions since the last call. */
  public take(): readonly Usage[] {
    return this.cloud.regions.flatMap(({ services }) => services.meter.take());
  }

  public async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    // Without thousands of invocations of $disconnect, which nothing measures.
    for (const { services } of this.cloud.regions) services.apigateway.faults.dropDisconnects = true;
    await this.cloud.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Resolves once the usage does not change any more, and nothing is left to replicate. */
  public async settled(): Promise<void> {
    for (let before = ''; ; ) {
      const now = JSON.stringify(
        this.cloud.regions.map(({ services }) => services.meter.read().filter((used) => !isUsedByTime(used))),
      );
      if (now === before && this.cloud.switchboard.state().pairs.every(({ pending }) => pending === 0)) return;
      before = now;
      await sleep(QUIET);
    }
  }

  private local(region: string): ReturnType<typeof networksOf>[number] {
    const found = networksOf(this.cloud).find((one) => one.region === region);
    if (found === undefined) throw new Error(`no backend runs in ${region}`);
    return found;
  }
}
