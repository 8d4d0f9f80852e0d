// The switchboard: breaks regions, the ways between them, and services, and mends them; and tells how everything stands.
import { seededRandom } from '../../support/random';
import type { Usage } from '../../metering';
import type { Topology } from '../../network/topology';
import type { Region } from '../../region';
import { defaultLag, type Replication } from '../../services/global-tables';
import { readCommand, type SwitchCommand } from './commands';

export { type SwitchCommand, SWITCHES } from './commands';

export interface SwitchboardOptions {
  readonly regions: readonly Region[];
  readonly network: Topology;
  readonly replication: Replication;
  readonly seed: number;
}

/** How a region stands. */
export interface RegionState {
  readonly name: string;
  readonly up: boolean;
  /** Open WebSocket connections. */
  readonly connections: number;
  /** Function instances, busy or not. */
  readonly functions: number;
  /** New connections that the quota refused. */
  readonly refusedConnects: number;
  /** Services that are disturbed, and how. */
  readonly faults: readonly string[];
}

/** How it stands from one region to another. */
export interface PairState {
  readonly from: string;
  readonly to: string;
  readonly cut: boolean;
  readonly replicationPaused: boolean;
  /** What lags are drawn from. Milliseconds. */
  readonly lag: { readonly p50: number; readonly p99: number };
  /** Items whose last change is not there yet. */
  readonly pending: number;
  /** How long the last change took that arrived. Milliseconds. */
  readonly lastLag?: number;
  /** Changes that arrived. */
  readonly applied: number;
}

export interface CloudState {
  readonly regions: readonly RegionState[];
  readonly pairs: readonly PairState[];
}

/** How often listeners are told, if anything has changed. Milliseconds. */
const PUBLISH_INTERVAL = 1_000;

export class Switchboard {
  private readonly random: () => number;
  private readonly listeners = new Set<(state: CloudState) => void>();
  private readonly quotas = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private lastPublished = '';

  public constructor(private readonly options: SwitchboardOptions) {
    this.random = seededRandom(options.seed, 'switchboard');
  }

  public state(): CloudState {
    const { regions, network, replication } = this.options;
    return {
      regions: regions.map(({ region, isUp, services }) => ({
        name: region,
        up: isUp,
        connections: services.apigateway.connectionIds.length,
        refusedConnects: services.apigateway.refusedConnects,
        functions: services.lambda.all().reduce((sum, { instances }) => sum + instances, 0),
        faults: [
          ...[...services.faults.all].map(([service, fault]) => `${service} ${describe(fault)}`),
          ...(this.quotas.has(region) ? [`${this.quotas.get(region)} new connections a second`] : []),
        ],
      })),
      pairs: replication.pairs.map(({ from, to, isPaused, lag, pending, lastLag, applied }) => ({
        from, to, cut: network.isCut(from, to), replicationPaused: isPaused, lag, pending, applied,
        lastLag,
      })),
    };
  }

  /** What each region has used since the start that AWS would bill. */
  public usage(): Readonly<Record<string, readonly Usage[]>> {
    return Object.fromEntries(this.options.regions.map(({ region, services }) => [region, services.meter.read()]));
  }

  /**
   * Tells how everything stands, now and whenever it has changed, at most once a second.
   *
   * @returns ends it
   */
  public subscribe(listener: (state: CloudState) => void): () => void {
    this.listeners.add(listener);
    listener(this.state());
    this.timer ??= setInterval(() => {
      this.publish();
    }, PUBLISH_INTERVAL).unref();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  /**
   * Carries out a command.
   *
   * @throws LocalError switch_invalid, with what is allowed
   */
  public async apply(given: unknown): Promise<void> {
    await this.carryOut(
      readCommand(
        given,
        this.options.regions.map(({ region }) => region),
      ),
    );
    this.publish();
  }

  private async carryOut(command: SwitchCommand): Promise<void> {
    const { network, replication } = this.options;
    switch (command.switch) {
      case 'region-down':
        await this.region(command.region).goDown();
        break;
      case 'region-up':
        this.region(command.region).comeUp();
        break;
      case 'pair-cut':
      case 'pair-heal':
        network.setCut(command.a, command.b, command.switch === 'pair-cut');
        replication.release();
        break;
      case 'replication-pause':
      case 'replication-resume': {
        const pair = replication.pair(command.from, command.to);
        if (pair !== undefined) pair.isPaused = command.switch === 'replication-pause';
        break;
      }
      case 'replication-lag': {
        const { from, to, p50, p99 } = command;
        const pair = replication.pair(from, to);
        if (pair !== undefined) pair.lag = { p50, p99 };
        break;
      }
      case 'service-fault': {
        const { switch: _, region, service, ...fault } = command;
        this.region(region).services.faults.set(service, fault);
        break;
      }
      case 'service-heal':
        this.region(command.region).services.faults.clear(command.service);
        break;
      case 'kill-functions': {
        const { region, pattern = '' } = command;
        await this.region(region).services.lambda.kill((name) => name.includes(pattern));
        break;
      }
      case 'sockets-drop':
      case 'sockets-half-open':
        for (const connection of this.region(command.region).services.apigateway.connections) {
          if (this.random() >= command.share) continue;
          if (command.switch === 'sockets-drop') connection.terminate();
          else connection.becomeHalfOpen();
        }
        break;
      case 'connect-quota':
        this.quotas.set(command.region, command.rate);
        this.region(command.region).services.apigateway.connectQuota = command.rate;
        break;
      case 'heal-all':
        this.healAll();
    }
  }

  private healAll(): void {
    const { regions, network, replication } = this.options;
    for (const one of regions) {
      one.comeUp();
      one.services.faults.clear();
      one.services.apigateway.connectQuota = undefined;
      // Both ends learn that it is broken, at last.
      for (const connection of one.services.apigateway.connections) if (connection.isHalfOpen) connection.terminate();
      for (const other of regions) network.setCut(one.region, other.region, false);
    }
    this.quotas.clear();
    for (const pair of replication.pairs) {
      pair.isPaused = false;
      pair.lag = defaultLag(pair.from, pair.to);
    }
    replication.release();
  }

  /** The command has been read: there is such a region. */
  private region(name: string): Region {
    return this.options.regions.find(({ region }) => region === name) as Region;
  }

  private publish(): void {
    if (this.listeners.size === 0) return;
    const state = this.state();
    const text = JSON.stringify(state);
    if (text === this.lastPublished) return;
    this.lastPublished = text;
    for (const listener of this.listeners) listener(state);
  }
}

function describe({ slow, fail, throttle }: { slow?: number; fail?: number; throttle?: number }): string {
  return [
    ...(slow === undefined ? [] : [`${slow} ms slower`]),
    ...(fail === undefined ? [] : [`fails ${fail * 100} %`]),
    ...(throttle === undefined ? [] : [`throttles ${throttle * 100} %`]),
  ].join(', ');
}
