// Runs one experiment: connects clients, publishes, injects the failure, and measures the deliveries.
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Member } from '../../load/clients/member';
import { Recording } from '../../load/clients/recording';
import type { Stored } from '../../load/checker';
import { measure, withoutService } from '../../load/measures';
import type { Experiment, LoadOptions, Step, Variant } from './experiment';
import { differences, readLogs } from './logs';
import type { Network } from './network';

/** Longest wait for deliveries: longer than the client's sync interval, after which a missing last message is found. Milliseconds. */
const SETTLE_WITHIN = 150_000;
/** Clients that connect at the same time at the start: as many as one machine handles without delay. */
const ARRIVALS = 8;
/** How long a client retries a publish. Milliseconds. */
const PUBLISH_TIMEOUT = 60_000;

export interface ExperimentOptions {
  readonly variant: Variant;
  readonly load: LoadOptions;
  /** Prints progress. */
  readonly printProgress: (text: string) => void;
}

export async function runExperiment(network: Network, options: ExperimentOptions): Promise<Experiment> {
  const { variant, load, printProgress } = options;
  const recording = new Recording(() => Date.now());
  const { members, homes, listeners } = await connectClients(network, recording, options);
  const start = recording.history[0]?.t ?? Date.now();
  const timeline: { at: number; name: string }[] = [];
  const losses: { region: string; t: number }[] = [];
  const injected = injectFailure(network, options, ({ name, loses }) => {
    if (loses !== undefined) losses.push({ region: loses, t: Date.now() });
    const at = (Date.now() - start) / 1_000;
    timeline.push({ at, name });
    printProgress(`${at.toFixed(0).padStart(5)} s  ${name}`);
  });
  const published = publishAll(members, load);
  await Promise.all([injected, published]);
  const ended = Date.now();
  printProgress('Published. Waiting until every client has every message');
  const replicas = await settle(network, recording, listeners);
  const settledIn = (Date.now() - ended) / 1_000;
  for (const member of members) member.close();
  const logs = [...replicas.values()][0] ?? [];
  recording.history.push(...logs);
  recording.record({ type: 'settled' });
  return {
    variant: variant.id,
    title: variant.title,
    about: variant.about,
    regions: network.regions,
    load,
    timeline,
    settledIn,
    differences: differences(replicas),
    stored: logs.length,
    lost: losses.map(({ region, t }) => ({ region, ...withoutService(recording, region, t) })),
    refusedConnects: await network.refusedConnects(),
    expected: expectedOf(logs, listeners),
    measures: measure(recording, homes),
  };
}

interface Audience {
  readonly members: readonly Member[];
  readonly homes: ReadonlyMap<string, string>;
  /** Number of subscribers by channel. */
  readonly listeners: ReadonlyMap<string, number>;
}

const channelOf = (i: number, channels: number): string => `chat:room.${i % channels}`;

/** Connects and subscribes every client before the first publish. */
async function connectClients(
  network: Network,
  recording: Recording,
  { load, printProgress }: ExperimentOptions,
): Promise<Audience> {
  const { clients, channels, subscriptions } = load;
  const homes = new Map<string, string>();
  const listeners = new Map<string, number>();
  const members: Member[] = [];
  const join = async (i: number): Promise<void> => {
    const name = `client${i}`;
    const home = network.regions[i % network.regions.length] ?? '';
    homes.set(name, home);
    const options = {
      url: network.urlFor(home, name),
      fallbackUrls: network.regionalUrls,
      token: () => network.token(name),
      webSocket: WebSocket,
    };
    const member = new Member(name, home, options, recording);
    members[i] = member;
    for (let n = 0; n < subscriptions; n++) {
      // Clients with neighbouring numbers have different home regions, so every channel has subscribers in all of them.
      const channel = channelOf(Math.floor(i / network.regions.length) + n, channels);
      listeners.set(channel, (listeners.get(channel) ?? 0) + 1);
      await member.listen(channel);
    }
  };
  let next = 0;
  const arrive = async (): Promise<void> => {
    while (next < clients) await join(next++);
  };
  await Promise.all(Array.from({ length: ARRIVALS }, arrive));
  printProgress(`${clients} clients in ${network.regions.join(', ')} are connected and subscribed`);
  return { members, homes, listeners };
}

/** Publishes at a constant rate, without waiting for earlier acknowledgements. */
async function publishAll(members: readonly Member[], load: LoadOptions): Promise<void> {
  const { publishers, rate, seconds, channels } = load;
  const pending: Promise<boolean>[] = [];
  const started = Date.now();
  for (let i = 0; i < rate * seconds; i++) {
    await sleep(Math.max(0, started + (i * 1_000) / rate - Date.now()));
    const member = members[(i * 7) % publishers];
    if (member !== undefined) pending.push(member.publish(channelOf(i, channels), PUBLISH_TIMEOUT));
  }
  await Promise.all(pending);
}

/** Runs the steps of a variant at their times. */
async function injectFailure(
  network: Network,
  { variant, load: { seconds } }: ExperimentOptions,
  onStep: (step: Step) => void,
): Promise<void> {
  const started = Date.now();
  const runStep = async (step: Step): Promise<void> => {
    onStep(step);
    const { switches = [], cli } = step;
    for (const command of switches) await network.flip(command);
    if (cli !== undefined) await network.run(cli);
  };
  for (const step of variant.steps(network.regions)) {
    await sleep(Math.max(0, started + step.at * seconds * 1_000 - Date.now()));
    await runStep(step);
  }
}

/** Waits until the replicas are equal and every message is delivered, or until the time is over. Returns the replicas. */
async function settle(
  network: Network,
  recording: Recording,
  listeners: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, readonly Stored[]>> {
  const end = Date.now() + SETTLE_WITHIN;
  for (;;) {
    const replicas = new Map<string, readonly Stored[]>();
    for (const region of network.regions) {
      replicas.set(region, await readLogs(region, network.awsOf(region), `${network.name}-messages`));
    }
    const expected = expectedOf([...replicas.values()][0] ?? [], listeners);
    const delivered = recording.history.filter(({ type }) => type === 'delivered').length;
    if ((differences(replicas).length === 0 && delivered >= expected) || Date.now() > end) return replicas;
    await sleep(2_000);
  }
}

/** A publish repeated in another region is stored in two logs, and is one message to applications. */
function expectedOf(logs: readonly Stored[], listeners: ReadonlyMap<string, number>): number {
  const messages = new Map(logs.map(({ channel, ids }) => [`${channel} ${ids[0]}`, channel]));
  return [...messages.values()].reduce((sum, channel) => sum + (listeners.get(channel) ?? 0), 0);
}
