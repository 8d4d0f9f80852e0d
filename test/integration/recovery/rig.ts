// The rig of the recovery scenarios: a network, clients that reach it through a fault proxy, and a publisher that reaches it directly.
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

/** A channel, with all events that its listeners got. */
export interface Watched {
  readonly channel: Channel;
  readonly messages: ChannelMessage[];
  readonly verdicts: string[];
  readonly gaps: GapEvent[];
  readonly states: string[];
  /** Names of the errors that came with a state. */
  readonly reasons: string[];
  readonly live: () => Promise<void>;
  /** Waits for that many messages, and compares the data of all. */
  readonly got: (...data: unknown[]) => Promise<void>;
}

function nameOf(reason: Error): string {
  return reason instanceof RealtimeError ? reason.error : String(reason);
}

/** A client that reaches the network through the proxy, and records its events. */
export class TestClient {
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
      channel,
      messages,
      verdicts,
      gaps,
      states,
      reasons,
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

  /** Fires the client's timers of a kind now, such as `rotate` or `request`, instead of after seconds or minutes. */
  public fireTimers(kind: string): void {
    for (const name of this.timersOf(kind)) {
      this.cancel(name);
      this.inner.fire(name);
    }
  }

  /** Cancels the client's timers of a kind, as if its computer slept. */
  public cancelTimers(kind: string): void {
    for (const name of this.timersOf(kind)) this.cancel(name);
  }

  public timersOf(kind: string): string[] {
    return this.timers.filter((name) => name.split(' ')[0] === kind);
  }

  /** Names of the client's timers. */
  public get timers(): string[] {
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

export class Rig {
  private readonly testClients: TestClient[] = [];

  private constructor(
    public readonly network: LocalNetwork,
    public readonly proxy: FaultProxy,
    private readonly publisher: RealtimeClient,
  ) {}

  public static async start(): Promise<Rig> {
    const network = await startNetwork();
    return new Rig(network, await FaultProxy.start(network.ws), network.client('publisher'));
  }

  public testClient(options: Partial<RealtimeClientOptions> = {}): TestClient {
    const testClient = new TestClient({
      url: this.proxy.url,
      token: () => this.network.token('testClient'),
      ...options,
    });
    this.testClients.push(testClient);
    return testClient;
  }

  /** Publishes messages one by one, without the proxy. */
  public async publish(channel: string, ...data: unknown[]): Promise<void> {
    for (const one of data) await this.publisher.channel(channel).publish(one);
  }

  /** Publishes over HTTP: another function, which has not cached the position of the channel's log. */
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

  /** The stored data of a channel, oldest first. */
  public async stored(channel: string): Promise<unknown[]> {
    const { messages } = await this.publisher.channel(channel).history({ direction: 'forwards' });
    return messages.map(({ data }) => data);
  }

  /**
   * Lets the retention of a channel's first messages pass, or of its whole log: changes the rows as if a day had passed, and lets
   * DynamoDB delete the expired ones.
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
      TableName: this.network.tables[table],
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
    });
    return Items;
  }

  /** Deletes a row of the connections table, as after a false 410 or an operator's mistake. */
  public async forget(pk: string, sk: string): Promise<void> {
    await this.call('DeleteItem', {
      TableName: this.network.tables.connections,
      Key: { pk: { S: pk }, sk: { S: sk } },
    });
  }

  /** Resets the rig between two scenarios. */
  public clear(): void {
    for (const { client } of this.testClients.splice(0)) client.close();
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

/** Starts and stops the rig of a test file. */
export function useRig(): () => Rig {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterEach(() => {
    rig.clear();
  });
  afterAll(async () => {
    await rig.stop();
  });
  return () => rig;
}

/** Defines the test of a scenario. Its title is from the catalog. */
export function scenario(id: ScenarioId, run: () => Promise<void>): void {
  const { asserts } = CATALOG.find((one) => one.id === id)!;
  test(`${id}: ${asserts}`, run);
}

/** All rights to some channels. */
export function rights(...patterns: string[]): Capabilities {
  return Object.fromEntries(patterns.map((pattern) => [pattern, ['subscribe', 'publish', 'history'] as const]));
}
