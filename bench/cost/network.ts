// A network of so many regions in this process, with the functions that are deployed, and what it uses.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { App, Duration } from 'aws-cdk-lib';
import WebSocket from 'ws';
import { networksOf } from '../../cli/network/local-networks';
import { RealtimeClient } from '../../client/src';
import { mintToken } from '../../client/src/token';
import { Namespace, RealtimeNetwork } from '../../lib';
import { type Cloud, startCloud, type Usage } from '../../local';
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../../protocol';
import { emulateLatencies } from '../rig/latencies';
import { isOfTime } from './bill';
import { MovableClock } from './clock';

export const RETENTION = Duration.hours(1);
/** Replicated writes arrive soon, so that what an operation uses is there when the next one begins. Milliseconds. */
const LAG = { p50: 20, p99: 40 };
/** Nothing has been used for so long: then nothing will. Milliseconds. */
const QUIET = 250;
/** Quotas are out of the way: ten thousand posts at once need more than an account has at first. */
const LIMITS = {
  ...{ connectRate: 10_000, connectBurst: 10_000, requestRate: 1_000_000, requestBurst: 1_000_000 },
  idle: 3_600_000,
};
/** Seconds that tokens are good for. */
const TOKEN_LIFE = 7_200;

export class MeteredNetwork {
  private readonly clients: RealtimeClient[] = [];

  private constructor(
    public readonly cloud: Cloud,
    public readonly clock: MovableClock,
    public readonly regions: readonly string[],
    private readonly folder: string,
  ) {}

  /** @param limits whether connections end when they are idle for as long as AWS lets them */
  public static async start(regions: readonly string[], limits: 'of AWS' | 'none'): Promise<MeteredNetwork> {
    const folder = mkdtempSync(path.join(tmpdir(), 'bench-cost-'));
    const app = new App({ outdir: folder, analyticsReporting: false });
    const namespaces = [Namespace.durable('chat', { retention: RETENTION })];
    new RealtimeNetwork(app, 'Bench', { regions: [...regions], namespaces });
    app.synth();
    const clock = new MovableClock();
    const cloud = await startCloud({ assembly: folder, clock, ...(limits === 'none' ? { limits: LIMITS } : {}) });
    for (const from of regions) {
      for (const to of regions.filter((one) => one !== from))
        await cloud.switchboard.apply({ switch: 'replication-lag', from, to, ...LAG });
    }
    return new MeteredNetwork(cloud, clock, regions, folder);
  }

  /** AWS takes its time from now on: functions wait, which is billed. */
  public emulateLatencies(): void {
    for (const { services } of this.cloud.regions) emulateLatencies(services);
  }

  /** AWS takes no time, as long as nothing is counted. */
  public healLatencies(): void {
    for (const { services } of this.cloud.regions) services.faults.clear();
  }

  /** A region's WebSocket address, and the subprotocols that let somebody in. */
  public async door(region: string, name: string): Promise<{ readonly url: string; readonly protocols: string[] }> {
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

  /** What an operation uses in all regions, until nothing more is used; nothing that time alone uses. */
  public async using(operation: () => Promise<unknown>): Promise<readonly Usage[]> {
    await this.settled();
    this.take();
    await operation();
    await this.settled();
    return this.take().filter((used) => !isOfTime(used));
  }

  /** What was used in all regions since the last time. */
  public take(): readonly Usage[] {
    return this.cloud.regions.flatMap(({ services }) => services.meter.take());
  }

  public async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    // Nobody needs ten thousand goodbyes.
    for (const { services } of this.cloud.regions) services.apigateway.faults.dropDisconnects = true;
    await this.cloud.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Resolves once nothing more is used. */
  public async settled(): Promise<void> {
    for (let before = ''; ; ) {
      const now = JSON.stringify(
        this.cloud.regions.map(({ services }) => services.meter.read().filter((used) => !isOfTime(used))),
      );
      if (now === before && this.cloud.switchboard.state().pairs.every(({ pending }) => pending === 0)) return;
      before = now;
      await sleep(QUIET);
    }
  }

  private local(region: string): ReturnType<typeof networksOf>[number] {
    const found = networksOf(this.cloud).find((one) => one.region === region);
    if (found === undefined) throw new Error(`there is nothing in ${region}`);
    return found;
  }
}
