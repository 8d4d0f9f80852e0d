// The switchboard injects and clears faults of regions, of the connections between them and of services, and reports their state.
import { seededRandom } from '../../support/random';
import type { Usage } from '../../metering';
import type { Topology } from '../../network/topology';
import type { Region } from '../../region';
import { defaultLag, type Replication } from '../../services/global-tables';
import { readCommand, type SwitchCommand } from './commands';

export { type SwitchCommand, SWITCHES } from './commands';

export interface SwitchboardOptions {
  readonly regions: readonly Region[];
  readonly topology: Topology;
  readonly replication: Replication;
  readonly seed: number;
}

/** State of a region. */
export interface RegionState {
  readonly name: string;
  readonly up: boolean;
  /** Open WebSocket connections. */
  readonly connections: number;
  /** Function instances, idle and busy. */
  readonly functions: number;
  /** New connections that the quota rejected. */
  readonly refusedConnects: number;
  /** Descriptions of the injected faults. */
  readonly faults: readonly string[];
}

/** State of the connection from one region to another. */
export interface PairState {
  readonly from: string;
  readonly to: string;
  readonly cut: boolean;
  readonly replicationPaused: boolean;
  /** Distribution of the replication lag. Milliseconds. */
  readonly lag: { readonly p50: number; readonly p99: number };
  /** Items whose last change has not arrived yet. */
  readonly pending: number;
  /** Lag of the last change that arrived. Milliseconds. */
  readonly lastLag?: number;
  /** Changes that arrived. */
  readonly applied: number;
}

export interface CloudState {
  readonly regions: readonly RegionState[];
  readonly pairs: readonly PairState[];
}

/** Interval at which changed states are published. Milliseconds. */
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
    const { regions, topology, replication } = this.options;
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
        from,
        to,
        cut: topology.isCut(from, to),
        replicationPaused: isPaused,
        lag,
        pending,
        applied,
        lastLag,
      })),
    };
  }

  /** Billable usage of each region since the start. */
  public usage(): Readonly<Record<string, readonly Usage[]>> {
    return Object.fromEntries(this.options.regions.map(({ region, services }) => [region, services.meter.read()]));
  }

  /**
   * Publishes the state now and after changes, at most once a second.
   *
   * @returns function that ends the subscription
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
   * Executes a command.
   *
   * @throws LocalError switch_invalid, with the allowed values
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
    const { topology, replication } = this.options;
    switch (command.switch) {
      case 'region-down':
        await this.region(command.region).goDown();
        break;
      case 'region-up':
        this.region(command.region).comeUp();
        break;
      case 'pair-cut':
      case 'pair-heal':
        topology.setCut(command.a, command.b, command.switch === 'pair-cut');
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
    const { regions, topology, replication } = this.options;
    for (const one of regions) {
      one.comeUp();
      one.services.faults.clear();
      one.services.apigateway.connectQuota = undefined;
      // Both sides learn that the connection is broken.
      for (const connection of one.services.apigateway.connections) if (connection.isHalfOpen) connection.terminate();
      for (const other of regions) topology.setCut(one.region, other.region, false);
    }
    this.quotas.clear();
    for (const pair of replication.pairs) {
      pair.isPaused = false;
      pair.lag = defaultLag(pair.from, pair.to);
    }
    replication.release();
  }

  /** The region of a validated command exists. */
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
