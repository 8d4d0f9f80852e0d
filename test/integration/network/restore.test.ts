// Rehearses docs/guide/restore.md in the local cloud, with two regions and the built command line: the Messages table goes back to
// an older copy, every log gets a new epoch, and every client must be told.
import {
  BatchWriteItemCommand,
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import WebSocket from 'ws';
import { RealtimeClient } from '../../../client/src';
import { builtCli } from '../../support/built';
import { run, type Running, startDev } from '../../support/local/cli';
import { networkAssembly } from '../../support/templates/assembly';
import { until } from '../../support/until';

type Row = Record<string, AttributeValue>;

const [A, B] = ['eu-west-1', 'us-east-1'] as const;
/** Regions whose logs a channel has. */
const ORIGINS = 2;
const CHANNELS = ['chat:one', 'chat:two'];
/** Messages of a channel that the copy has, and messages that the restore loses. */
const KEPT = 6;
const LOST = 4;
/** Writes of one BatchWriteItem. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const BATCH = 25;

let dev: Running;
const listeners: Listener[] = [];

beforeAll(async () => {
  builtCli();
  dev = await startDev(networkAssembly());
}, 60_000);
afterAll(async () => {
  for (const one of listeners) one.close();
  await dev.stop();
});

/** What one client was told on one channel. */
interface Told {
  readonly channel: string;
  readonly seen: unknown[];
  readonly verdicts: string[];
  readonly gaps: string[];
}

/** A client on all channels, from its cursors on if it has any. */
class Listener {
  public readonly told: readonly Told[];
  private readonly client: RealtimeClient;

  public constructor(region: string, cursors: Readonly<Record<string, string>> = {}) {
    const url = dev.ready.regions.find((one) => one.region === region)?.ws ?? '';
    this.client = new RealtimeClient({ url, token: () => Promise.resolve(dev.ready.token), webSocket: WebSocket });
    listeners.push(this);
    this.told = CHANNELS.map((channel) => {
      const told: Told = { channel, seen: [], verdicts: [], gaps: [] };
      const subject = this.client.channel(channel, { cursor: cursors[channel] });
      subject.on('verdict', ({ verdict }) => told.verdicts.push(verdict));
      subject.on('gap', ({ reason }) => told.gaps.push(reason));
      subject.subscribe(({ data }) => told.seen.push(data));
      return told;
    });
  }

  public get isLive(): boolean {
    return CHANNELS.every((channel) => this.client.channel(channel).state === 'live');
  }

  public get cursors(): Readonly<Record<string, string>> {
    return Object.fromEntries(CHANNELS.map((channel) => [channel, this.client.channel(channel).cursor ?? '']));
  }

  public publish(channel: string, data: unknown): Promise<unknown> {
    return this.client.channel(channel).publish(data);
  }

  /** Forgets what it was told so far. */
  public clear(): void {
    for (const { seen, verdicts, gaps } of this.told) for (const list of [seen, verdicts, gaps]) list.length = 0;
  }

  public reconnect(): void {
    this.client.reconnect();
  }

  public close(): void {
    this.client.close();
  }
}

function table(region: string) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ region, endpoint: dev.ready.endpoints[region], credentials });
}

async function messagesTable(): Promise<string> {
  const { TableNames = [] } = await table(A).send(new ListTablesCommand({}));
  return TableNames.find((name) => name.endsWith('-messages')) ?? '';
}

async function rows(region: string): Promise<Row[]> {
  const { Items = [] } = await table(region).send(
    new ScanCommand({ TableName: await messagesTable(), ConsistentRead: true }),
  );
  return Items;
}

/** Replaces the rows of the table by those of a copy, and waits until both regions have exactly them. */
async function restore(copy: readonly Row[]): Promise<void> {
  const TableName = await messagesTable();
  const keys = async (region: string): Promise<string> => JSON.stringify((await rows(region)).map(keyOf).sort());
  await until(async () => (await keys(A)) === (await keys(B)), 'all messages have replicated');
  const kept = new Map(copy.map((row) => [keyOf(row), row]));
  const gone = (await rows(A)).filter((row) => !kept.has(keyOf(row)));
  const writes = [
    ...gone.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk: pk!, sk: sk! } } })),
    ...copy.map((row) => ({ PutRequest: { Item: row } })),
  ];
  for (let at = 0; at < writes.length; at += BATCH) {
    await table(A).send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes.slice(at, at + BATCH) } }));
  }
  const wanted = JSON.stringify([...kept.keys()].sort());
  await until(async () => (await keys(B)) === wanted, 'the copy has replicated');
}

function keyOf({ pk, sk }: Row): string {
  return `${pk?.S} ${sk?.S}`;
}

/** Replaces every execution environment, as a deploy with the name of the restored table does. */
async function recycleFunctions(): Promise<void> {
  for (const region of [A, B]) {
    for (const name of ['region-down', 'region-up']) await run(['switch', name, region], { folder: dev.folder });
  }
}

test('given a restore of an older copy, when every log has a new epoch, then no client is told `complete`, and all end live', async () => {
  // GIVEN clients in both regions, and messages that the copy has
  const [inA, inB, early] = [new Listener(A), new Listener(B), new Listener(A)];
  const clients = [inA, inB];
  await until(() => [...clients, early].every(({ isLive }) => isLive), 'the clients are live');
  const publish = async (from: number, count: number): Promise<void> => {
    for (let i = from; i < from + count; i++) {
      for (const channel of CHANNELS) await (i % 2 === 0 ? inA : inB).publish(channel, i);
    }
  };
  await publish(0, KEPT);
  await until(
    () => [...clients, early].every(({ told }) => told.every(({ seen }) => seen.length === KEPT)),
    'all arrive',
  );
  const copy = await rows(A);
  const earlyCursors = early.cursors;
  early.close();
  // and messages that were stored after it
  await publish(KEPT, LOST);
  await until(() => clients.every(({ told }) => told.every(({ seen }) => seen.length === KEPT + LOST)), 'all arrive');

  // WHEN
  await restore(copy);
  const opened = await run(['epoch', 'new', '--all', '--yes', '--json'], { folder: dev.folder });
  expect(opened.code).toBe(0);
  expect(JSON.parse(opened.stdout)).toMatchObject({ logs: 4, opened: 4, failed: [] });
  for (const client of clients) client.clear();
  await recycleFunctions();
  const returned = new Listener(B, earlyCursors);
  const all = [...clients, returned];
  for (const client of clients) client.reconnect();

  // THEN
  await until(
    // A region whose replica lacks the other's new header answers `pending` first.
    () => all.every(({ isLive, told }) => isLive && told.every(({ gaps }) => gaps.length === ORIGINS)),
    'every client is told of both regions, and live',
  );
  for (const { told } of all) {
    for (const { verdicts, gaps } of told) {
      expect(verdicts.filter((verdict) => verdict !== 'pending')[0]).toBe('reset');
      expect(gaps).toEqual(['reset', 'reset']);
    }
  }
  for (const client of all) client.clear();
  await publish(100, LOST);
  await until(() => all.every(({ told }) => told.every(({ seen }) => seen.length === LOST)), 'new messages arrive');
  expect(all.flatMap(({ told }) => told.flatMap(({ gaps }) => gaps))).toEqual([]);
}, 120_000);
