// The usage of a client in an hour without messages. It runs the core of the client, with its timers, on a clock that advances as soon as
// every request has its answer. Sockets and cloud are real, and the cloud's clock advances too.
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { ClientCore } from '../../client/src/core/client';
import type { Command } from '../../client/src/core/effects';
import type { Usage } from '../../local';
import { isUsedByTime } from './bill';
import type { MeteredNetwork } from './network';

const HOUR = 3_600_000;
const CHANNEL = 'chat:idle';

export interface IdleHour {
  readonly client: readonly Usage[];
  /** Requests of pollers, which do not depend on clients. */
  readonly pollers: readonly Usage[];
}

/** @param isVisible whether the page is visible: a hidden client does not poll for missed messages */
export async function idleHour(network: MeteredNetwork, isVisible: boolean): Promise<IdleHour> {
  const [home = ''] = network.regions;
  const { url, protocols } = await network.connectOptions(home, 'idler');
  const client = new IdleClient(url, protocols, network);
  await client.begin(isVisible);
  // Disconnects of earlier clients may still be running.
  await network.settled();
  network.take();
  await client.passTime(HOUR);
  const usage = network.take();
  client.stop();
  const isPoll = (used: Usage): boolean => used.service === 'sqs' && isUsedByTime(used);
  return { client: usage.filter((used) => !isPoll(used)), pollers: usage.filter(isPoll) };
}

class IdleClient {
  private now = 0;
  private readonly timers = new Map<string, number>();
  private readonly sockets = new Map<number, WebSocket>();
  /** Number of outstanding answers: each frame that is sent has one answer. */
  private awaited = 0;
  private isLive = false;
  private failure: Error | undefined;
  private readonly core: ClientCore;

  public constructor(
    private readonly url: string,
    private readonly protocols: string[],
    private readonly network: MeteredNetwork,
  ) {
    const world = {
      now: () => this.now,
      wallClock: () => Date.now(),
      random: () => Math.random(),
    };
    const run = (command: Command): void => {
      this.run(command);
    };
    this.core = new ClientCore(world, run, { requestTimeout: 10_000, urls: [url] });
  }

  public async begin(isVisible: boolean): Promise<void> {
    this.core.setVisible(isVisible);
    this.core.subscribe(CHANNEL);
    while (!this.isLive) await this.answers();
    // With other regions, the client syncs a new subscription a few times.
    await this.passTime(30_000);
  }

  public async passTime(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await this.answers();
      const [next] = [...this.timers].sort(([, a], [, b]) => a - b);
      const at = Math.min(next?.[1] ?? end, end);
      this.network.clock.move(at - this.now);
      this.now = at;
      if (next === undefined || next[1] > end || this.now === end) return;
      this.timers.delete(next[0]);
      this.core.timer(next[0]);
    }
  }

  public stop(): void {
    this.core.close();
  }

  private async answers(): Promise<void> {
    do await sleep(2);
    while (this.awaited > 0 && this.failure === undefined);
    if (this.failure !== undefined) throw this.failure;
  }

  private run(command: Command): void {
    if (command.type === 'timer') this.timers.set(command.name, this.now + command.delay);
    else if (command.type === 'cancel') this.timers.delete(command.name);
    else if (command.type === 'fetchToken')
      this.later(() => {
        this.core.tokenReady(command.attempt, this.token);
      });
    else if (command.type === 'open') this.open(command.socket);
    else if (command.type === 'close') this.sockets.get(command.socket)?.close();
    else if (command.type === 'channelState') this.isLive = command.state === 'live';
    else if (command.type === 'send') {
      this.awaited += 1;
      this.sockets.get(command.socket)?.send(command.text);
    }
  }

  private get token(): string {
    return this.protocols.at(-1)?.split('.').slice(2).join('.') ?? '';
  }

  private later(work: () => void): void {
    this.awaited += 1;
    setImmediate(() => {
      this.awaited -= 1;
      work();
    });
  }

  private open(id: number): void {
    this.awaited += 1;
    const socket = new WebSocket(this.url, this.protocols, { perMessageDeflate: false });
    this.sockets.set(id, socket);
    socket.on('open', () => {
      this.awaited -= 1;
      this.core.opened(id, this.url);
    });
    socket.on('message', (data: Buffer) => {
      this.awaited -= 1;
      this.core.received(id, data.toString());
    });
    socket.on('error', (error) => {
      this.failure = error;
    });
    socket.on('close', () => {
      if (this.core.state !== 'closed') this.failure = new Error('the connection of an idle client ended');
    });
  }
}
