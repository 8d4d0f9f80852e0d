// One experiment: an audience, a load, what is done to the network meanwhile, and what became of it.
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Member } from '../../load/clients/member';
import { Recording } from '../../load/clients/recording';
import type { Stored } from '../../load/checker';
import { measure, type Measures, type Quantiles, withoutService } from '../../load/measures';
import { differences, readLogs } from './logs';
import type { Network } from './network';
import type { Step, Variant } from './variants';

export interface LoadOptions {
  /** Clients, spread evenly over the regions. */
  readonly clients: number;
  readonly channels: number;
  /** Channels that each client listens to. */
  readonly subscriptions: number;
  /** Clients that publish too. */
  readonly publishers: number;
  /** Publishes a second, of all together. */
  readonly rate: number;
  /** Seconds in which is published. */
  readonly seconds: number;
}

export interface Experiment {
  readonly variant: string;
  readonly title: string;
  readonly about: string;
  readonly regions: readonly string[];
  readonly load: LoadOptions;
  /** What was done, in seconds since the run began. */
  readonly timeline: readonly { readonly at: number; readonly name: string }[];
  /** What the loss of a region was to its clients, whenever they noticed. */
  readonly lost: readonly { readonly region: string; readonly in?: Quantiles; readonly never: number }[];
  /** Connections that the connect quota refused. */
  readonly refusedConnects: number;
  /** Seconds from the end of publishing until every client had everything. */
  readonly settledIn: number;
  /** Where the regions' tables differ in the end. */
  readonly differences: readonly string[];
  /** Messages in the logs. */
  readonly stored: number;
  /** Each message times its channel's listeners: what has to be delivered. */
  readonly expected: number;
  readonly measures: Measures;
}

/** Longer than the client's interval of sync: by then, whatever no later message shows has been asked for. Milliseconds. */
const SETTLE_WITHIN = 150_000;
/** So many clients connect at once while the audience gathers: what one machine takes without falling behind. */
const ARRIVALS = 8;
/** How long an application tries to get a publish through. Milliseconds. */
const PATIENCE = 60_000;

export async function runExperiment(
  network: Network,
  variant: Variant,
  load: LoadOptions,
  say: (text: string) => void,
): Promise<Experiment> {
  const recording = new Recording(() => Date.now());
  const { members, homes, listeners } = await gather(network, load, recording, say);
  const start = recording.history[0]?.t ?? Date.now();
  const timeline: { at: number; name: string }[] = [];
  const losses: { region: string; t: number }[] = [];
  const disturbed = disturb(network, variant, load.seconds, ({ name, loses }) => {
    if (loses !== undefined) losses.push({ region: loses, t: Date.now() });
    const at = (Date.now() - start) / 1_000;
    timeline.push({ at, name });
    say(`${at.toFixed(0).padStart(5)} s  ${name}`);
  });
  const published = publishAll(members, load);
  await Promise.all([disturbed, published]);
  const ended = Date.now();
  say('Published; waiting until everybody has everything');
  const replicas = await settle(network, recording, listeners);
  const settledIn = (Date.now() - ended) / 1_000;
  for (const member of members) member.close();
  const logs = [...replicas.values()][0] ?? [];
  recording.history.push(...logs);
  recording.record({ type: 'settled' });
  return {
    ...{ variant: variant.id, title: variant.title, about: variant.about, regions: network.regions, load },
    ...{ timeline, settledIn, differences: differences(replicas), stored: logs.length },
    lost: losses.map(({ region, t }) => ({ region, ...withoutService(recording, region, t) })),
    refusedConnects: await network.refusedConnects(),
    expected: expectedOf(logs, listeners),
    measures: measure(recording, homes),
  };
}

interface Audience {
  readonly members: readonly Member[];
  readonly homes: ReadonlyMap<string, string>;
  /** How many listen, by channel. */
  readonly listeners: ReadonlyMap<string, number>;
}

const channelOf = (i: number, channels: number): string => `chat:room.${i % channels}`;

/** Everybody connects and subscribes before anything is published. */
async function gather(
  network: Network,
  { clients, channels, subscriptions }: LoadOptions,
  recording: Recording,
  say: (text: string) => void,
): Promise<Audience> {
  const homes = new Map<string, string>();
  const listeners = new Map<string, number>();
  const members: Member[] = [];
  const join = async (i: number): Promise<void> => {
    const name = `client${i}`;
    const home = network.regions[i % network.regions.length] ?? '';
    homes.set(name, home);
    const urls = { url: network.urlFor(home, name), fallbackUrls: network.regionalUrls };
    const options = { ...urls, token: () => network.token(name), webSocket: WebSocket };
    const member = new Member(name, home, options, recording);
    members[i] = member;
    for (let n = 0; n < subscriptions; n++) {
      // Neighbours in number live in different regions: every channel has listeners in all of them.
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
  say(`${clients} clients in ${network.regions.join(', ')} are live`);
  return { members, homes, listeners };
}

/** Publishes at a steady rate; each publisher's next publish does not wait for the last. */
async function publishAll(members: readonly Member[], load: LoadOptions): Promise<void> {
  const { publishers, rate, seconds, channels } = load;
  const underWay: Promise<boolean>[] = [];
  const begun = Date.now();
  for (let i = 0; i < rate * seconds; i++) {
    await sleep(Math.max(0, begun + (i * 1_000) / rate - Date.now()));
    const member = members[(i * 7) % publishers];
    if (member !== undefined) underWay.push(member.publish(channelOf(i, channels), PATIENCE));
  }
  await Promise.all(underWay);
}

async function disturb(network: Network, variant: Variant, seconds: number, tell: (step: Step) => void): Promise<void> {
  const begun = Date.now();
  const take = async (step: Step): Promise<void> => {
    tell(step);
    const { switches = [], cli } = step;
    for (const command of switches) await network.flip(command);
    if (cli !== undefined) await network.run(cli);
  };
  for (const step of variant.steps(network.regions)) {
    await sleep(Math.max(0, begun + step.at * seconds * 1_000 - Date.now()));
    await take(step);
  }
}

/** Waits until everything that is stored anywhere is everywhere, and has been delivered; or until no time is left. */
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

/** A publish that was sent again in another region stands in two logs; to applications it is one message. */
function expectedOf(logs: readonly Stored[], listeners: ReadonlyMap<string, number>): number {
  const messages = new Map(logs.map(({ channel, ids }) => [`${channel} ${ids[0]}`, channel]));
  return [...messages.values()].reduce((sum, channel) => sum + (listeners.get(channel) ?? 0), 0);
}
