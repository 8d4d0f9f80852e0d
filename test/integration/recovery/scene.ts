// Who plays in a recovery scenario: a network, a client that reaches it through a fault proxy, and a publisher that does not.
import WebSocket from 'ws';
import type { Channel, ChannelMessage, GapEvent, RealtimeClientOptions } from '../../../client/src';
import { RealtimeClient, RealtimeError } from '../../../client/src';
import type { Capabilities } from '../../../protocol';
import { FaultProxy } from '../../support/local/fault-proxy';
import { type LocalNetwork, startNetwork } from '../../support/local/local-network';
import { until } from '../../support/until';
import { CATALOG, type ScenarioId } from './catalog';

/** The region of the network: the only origin. */
export const ORIGIN = 'eu-west-1';

/** A channel as its listeners see it. */
export interface Watched {
  readonly channel: Channel;
  readonly messages: ChannelMessage[];
  readonly verdicts: string[];
  readonly gaps: GapEvent[];
  readonly states: string[];
  /** Names of the errors that came with a state. */
  readonly reasons: string[];
  readonly live: () => Promise<void>;
  /** Waits until so much has come, and compares all of it. */
  readonly got: (...data: unknown[]) => Promise<void>;
}

function nameOf(reason: Error): string {
  return reason instanceof RealtimeError ? reason.error : String(reason);
}

/** A client that reaches the network through the proxy, and keeps what it is told. */
export class Witness {
  public readonly states: string[] = [];
  public readonly reasons: string[] = [];
  public readonly client: RealtimeClient;

  public constructor(options: RealtimeClientOptions) {
    this.client = new RealtimeClient({ webSocket: WebSocket, ...options });
    this.client.on('state', (state, reason) => {
      this.states.push(state);
      if (reason !== undefined) this.reasons.push(nameOf(reason));
    });
  }

  public watch(name: string, options: { readonly cursor?: string } = {}): Watched {
    const channel = this.client.channel(name, options);
    const messages: ChannelMessage[] = [];
    const gaps: GapEvent[] = [];
    const verdicts: string[] = [];
    const states: string[] = [];
    const reasons: string[] = [];
    channel.on('verdict', ({ verdict }) => verdicts.push(verdict));
    channel.on('gap', (gap) => gaps.push(gap));
    channel.on('state', (state, reason) => {
      states.push(state);
      if (reason !== undefined) reasons.push(nameOf(reason));
    });
    channel.subscribe((message) => messages.push(message));
    return {
      ...{ channel, messages, verdicts, gaps, states, reasons },
      live: () => until(() => channel.state === 'live', `${name} is live`),
      got: async (...data) => {
        await until(() => messages.length >= data.length, `${name} has ${data.length} messages`);
        expect(messages.map((message) => message.data)).toEqual(data);
      },
    };
  }

  public connected(): Promise<void> {
    return until(() => this.client.state === 'connected', 'the client is connected');
  }

  /** Ends a wait of the client now that takes seconds or minutes in earnest; `rotate` or `request`, for example. */
  public ring(kind: string): void {
    for (const name of this.waits(kind)) {
      this.cancel(name);
      this.inner.fire(name);
    }
  }

  /** The client sleeps through its own wait, as on a laptop whose lid was closed. */
  public oversleep(kind: string): void {
    for (const name of this.waits(kind)) this.cancel(name);
  }

  public waits(kind: string): string[] {
    return this.allWaits().filter((name) => name.split(' ')[0] === kind);
  }

  /** Names of all timers of the client. */
  public allWaits(): string[] {
    return [...this.inner.timers.keys()];
  }

  private cancel(name: string): void {
    clearTimeout(this.inner.timers.get(name));
    this.inner.timers.delete(name);
  }

  private get inner(): { readonly timers: Map<string, NodeJS.Timeout>; fire(name: string): void } {
    return this.client as never;
  }
}

export class Scene {
  private readonly witnesses: Witness[] = [];

  private constructor(
    public readonly network: LocalNetwork,
    public readonly proxy: FaultProxy,
    private readonly publisher: RealtimeClient,
  ) {}

  public static async start(): Promise<Scene> {
    const network = await startNetwork();
    return new Scene(network, await FaultProxy.start(network.ws), network.client('publisher'));
  }

  public witness(options: Partial<RealtimeClientOptions> = {}): Witness {
    const witness = new Witness({ url: this.proxy.url, token: () => this.network.token('witness'), ...options });
    this.witnesses.push(witness);
    return witness;
  }

  /** Publishes one message each, past the proxy. */
  public async publish(channel: string, ...data: unknown[]): Promise<void> {
    for (const one of data) await this.publisher.channel(channel).publish(one);
  }

  /** The same by the other function, which does not know where the channel's log stood. */
  public async publishByHttp(
    channel: string,
    data: unknown,
    { token, headers = {} }: { readonly token?: string; readonly headers?: Record<string, string> } = {},
  ): Promise<{ readonly status: number; readonly body: any }> {
    const authorization = `Bearer ${token ?? (await this.network.token('publisher'))}`;
    const response = await fetch(`${this.network.http}/v1/channels/${channel}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization, ...headers },
      body: JSON.stringify({ messages: [{ data }] }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Everything that is stored of a channel, oldest first. */
  public async stored(channel: string): Promise<unknown[]> {
    const { messages } = await this.publisher.channel(channel).history({ direction: 'forwards' });
    return messages.map(({ data }) => data);
  }

  /**
   * The retention passes for a channel's first messages, or for all of its log: what a day does, done to the rows. The
   * database has deleted what had expired.
   */
  public async expire(channel: string, upTo = Number.POSITIVE_INFINITY): Promise<void> {
    const past = Math.floor(Date.now() / 1000) - 7_200;
    for (const row of await this.rows('messages', `${channel}#${ORIGIN}`)) {
      const seq = Number(row.sk!.S!.split('#')[1]);
      const isHeader = row.sk!.S === '!';
      const over = isHeader && upTo === Number.POSITIVE_INFINITY ? { t: { N: String(past * 1000) } } : undefined;
      const changes = over ?? {
        ...(seq <= upTo ? { x: { N: String(past) } } : {}),
        ...(seq <= upTo + 1 && seq > 1 ? { p: { N: String(past) } } : {}),
      };
      await this.call('PutItem', { TableName: this.network.tables.messages, Item: { ...row, ...changes } });
    }
    await this.network.region.services.dynamodb.timeToLive.sweep();
  }

  /** Items of one partition of a table. */
  public async rows(
    table: 'connections' | 'messages',
    pk: string,
  ): Promise<Record<string, { S?: string; N?: string }>[]> {
    const { Items } = await this.call('Query', {
      ...{ TableName: this.network.tables[table], ConsistentRead: true, KeyConditionExpression: 'pk = :pk' },
      ExpressionAttributeValues: { ':pk': { S: pk } },
    });
    return Items;
  }

  /** The server forgets something, as after a false 410, or an operator's mistake. */
  public async forget(pk: string, sk: string): Promise<void> {
    await this.call('DeleteItem', {
      TableName: this.network.tables.connections,
      Key: { pk: { S: pk }, sk: { S: sk } },
    });
  }

  /** Between two scenarios. */
  public clear(): void {
    for (const { client } of this.witnesses.splice(0)) client.close();
    this.proxy.reset();
  }

  public async stop(): Promise<void> {
    this.clear();
    await this.proxy.down();
    await this.network.stop();
  }

  private async call(operation: string, fields: Record<string, unknown>): Promise<any> {
    const { status, body } = await this.network.region.services.dynamodb.call(operation, fields);
    if (status !== 200) throw new Error(`${operation}: ${body}`);
    return JSON.parse(body);
  }
}

/** The scene of a test file. */
export function stage(): () => Scene {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.start();
  });
  afterEach(() => {
    scene.clear();
  });
  afterAll(async () => {
    await scene.stop();
  });
  return () => scene;
}

/** A test by the id of a scenario; its name is what the catalog says. */
export function scenario(id: ScenarioId, run: () => Promise<void>): void {
  const { asserts } = CATALOG.find((one) => one.id === id)!;
  test(`${id}: ${asserts}`, run);
}

/** Rights to some channels. */
export function rights(...patterns: string[]): Capabilities {
  return Object.fromEntries(patterns.map((pattern) => [pattern, ['subscribe', 'publish', 'history'] as const]));
}
