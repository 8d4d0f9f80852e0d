import { openNewEpoch } from '../../lambda/core/log/new-epoch';
import type { LogKey } from '../../lambda/core/log/log-store';
import { parseChannel, RealtimeError } from '../../protocol';
import { confirm } from '../confirm';
import { MessageLogs } from '../network/message-logs';
import { reasonOf } from '../network/network-control';
import { type Network, type NetworkOptions, whichNetwork } from '../network/which-network';

export interface EpochOptions extends Omit<NetworkOptions, 'channelsTable'> {
  readonly messagesTable?: string;
  readonly channel?: readonly string[];
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Logs that are written at the same time. */
const CONCURRENCY = 8;
/** Failures that are printed. */
const PRINTED_FAILURES = 10;

type Target = Pick<Network, 'name' | 'regions' | 'messagesTable' | 'endpoints'>;

/** A log for which no epoch could be opened. */
interface Failure extends LogKey {
  readonly problem: string;
}

/**
 * Opens a new epoch in logs, so that every client is told `reset` and none is told `complete`: after a restore, sequence numbers of
 * messages that were lost are given out again.
 *
 * @throws RealtimeError cli_usage, channel_name_invalid, aws_call_failed, or what `whichNetwork` throws
 */
export async function newEpoch(options: EpochOptions): Promise<void> {
  const channels = channelsOf(options);
  const target = targetOf(options);
  const logs = new MessageLogs(target);
  const print = (text: string): void => {
    if (!options.json) process.stdout.write(`${text}\n`);
  };
  const keys = await selectLogs(logs, target, channels, print);
  print(describe(target, keys));
  if (options.dryRun || keys.length === 0) {
    if (options.json) printJson(target, { logs: keys.length, opened: 0, failed: [] });
    return;
  }
  await confirm(options);
  const failed = await openAll(logs, keys, print);
  const opened = keys.length - failed.length;
  if (options.json) printJson(target, { logs: keys.length, opened, failed });
  print(`${opened} of ${keys.length} logs have a new epoch. Clients are told \`reset\` when they next ask.`);
  if (failed.length === 0) return;
  const shown = failed
    .slice(0, PRINTED_FAILURES)
    .map(({ channel, origin, problem }) => `${channel} of ${origin}: ${problem}`);
  throw new RealtimeError(
    'aws_call_failed',
    `${failed.length} logs have no new epoch. Run this again. ${shown.join('; ')}`,
  );
}

/** The channels to select; undefined for all. @throws RealtimeError cli_usage or channel_name_invalid */
function channelsOf({ channel: names, all }: EpochOptions): readonly string[] | undefined {
  if ((names === undefined) !== all) throw new RealtimeError('cli_usage', 'Give either --channel or --all.');
  return names?.map((name) => parseChannel(name).name);
}

/** @throws RealtimeError cli_usage, or what `whichNetwork` throws */
function targetOf({ messagesTable, ...options }: EpochOptions): Target {
  const { network, regions } = options;
  // A backend outside of a network is selected by its table alone.
  if (messagesTable !== undefined && network === undefined && regions !== undefined) {
    return {
      name: messagesTable,
      regions: regions.split(',').map((one) => one.trim()),
      messagesTable,
      endpoints: undefined,
    };
  }
  const found = whichNetwork(options);
  return { ...found, messagesTable: messagesTable ?? found.messagesTable };
}

/** The logs of the channels, or all logs, each found in the replica where it is written. */
async function selectLogs(
  logs: MessageLogs,
  { regions, messagesTable }: Target,
  channels: readonly string[] | undefined,
  print: (text: string) => void,
): Promise<readonly LogKey[]> {
  if (channels !== undefined) return channels.flatMap((channel) => regions.map((origin) => ({ channel, origin })));
  const found: LogKey[] = [];
  for (const region of regions) {
    print(`Reading ${messagesTable} in ${region} …`);
    const keys = await readKeys(logs, region, print);
    found.push(...keys.filter((key) => logs.writerOf(key) === region));
  }
  return found;
}

/** Rows between two lines of progress. */
const PROGRESS_ROWS = 100_000;

async function readKeys(logs: MessageLogs, region: string, print: (text: string) => void): Promise<readonly LogKey[]> {
  let next = PROGRESS_ROWS;
  try {
    return await logs.keys(region, (rows) => {
      if (rows < next) return;
      print(`  ${rows} rows`);
      next = rows + PROGRESS_ROWS;
    });
  } catch (cause) {
    throw new RealtimeError('aws_call_failed', `The logs in ${region} can't be read: ${reasonOf(cause)}`, { cause });
  }
}

function describe({ name, messagesTable }: Target, keys: readonly LogKey[]): string {
  const channels = new Set(keys.map(({ channel }) => channel)).size;
  return [
    `Open a new epoch in ${keys.length} logs of ${channels} channels, in the table ${messagesTable} of ${name}.`,
    'Stored messages stay readable. Clients that return with a cursor are told `reset`.',
  ].join('\n');
}

/** Opens the epochs, some at a time. Returns the logs for which it failed. */
async function openAll(
  logs: MessageLogs,
  keys: readonly LogKey[],
  print: (text: string) => void,
): Promise<readonly Failure[]> {
  const failed: Failure[] = [];
  const queue = keys.entries();
  const work = async (): Promise<void> => {
    for (const [i, key] of queue) {
      try {
        await openNewEpoch(await logs.store(logs.writerOf(key)), key, Date.now());
      } catch (error) {
        failed.push({ ...key, problem: reasonOf(error) });
      }
      if ((i + 1) % 1_000 === 0) print(`  ${i + 1} of ${keys.length}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return failed;
}

function printJson(
  { name, messagesTable: table, regions }: Target,
  result: { readonly logs: number; readonly opened: number; readonly failed: readonly Failure[] },
): void {
  process.stdout.write(`${JSON.stringify({ name, table, regions, ...result })}\n`);
}
