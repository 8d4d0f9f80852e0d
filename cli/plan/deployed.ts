import { RealtimeError } from '../../protocol';
import { NetworkControl, reasonOf } from '../network/network-control';
import type { WantedNetwork } from './wanted';

/** Timeouts of requests: a region that does not answer must not delay the command for long. Milliseconds. */
const CONNECT_TIMEOUT = 3_000;
const REQUEST_TIMEOUT = 10_000;

/** States of a replica while a deploy is running. */
const BUSY = new Set(['CREATING', 'UPDATING', 'DELETING']);

/**
 * The deployed regions of a network, its home first, from the replicas of its Messages table. Empty when the table does not exist.
 *
 * @throws RealtimeError cli_usage, aws_call_failed or plan_impossible
 */
export async function deployedRegions({ name, regions, tables }: WantedNetwork): Promise<readonly string[]> {
  if (!tables.areOwn) {
    throw new RealtimeError(
      'cli_usage',
      `The regions of ${name} can't be read from tables that it does not own. Pass --from.`,
    );
  }
  const [home = '', ...others] = regions;
  const [table] = tables.names;
  const found = await replicasOf(table, home);
  if (found !== undefined) return [home, ...found.filter((region) => region !== home)];
  for (const other of others) {
    if ((await replicasOf(table, other)) === undefined) continue;
    const where = `${table} is in ${other}, but not in ${home}, which is the home of ${name} in the assembly.`;
    throw new RealtimeError('plan_impossible', where);
  }
  return [];
}

/** The regions with a drain mark; undefined when marks can't be read, since a plan works without them. */
export async function markedRegions({ name, regions, tables }: WantedNetwork): Promise<readonly string[] | undefined> {
  const [home = ''] = regions;
  try {
    return [
      ...(await new NetworkControl({ name, channelsTable: tables.names[1], endpoints: undefined }).marks(home)).keys(),
    ];
  } catch {
    return undefined;
  }
}

/** The replicas of a table, read in a region; undefined when the table does not exist there. */
async function replicasOf(table: string, region: string): Promise<readonly string[] | undefined> {
  // Loaded when needed, because loading takes long.
  const { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } = await import('@aws-sdk/client-dynamodb');
  const client = new DynamoDBClient({
    region,
    maxAttempts: 2,
    // Without `throwOnRequestTimeout`, the SDK only logs a warning after the timeout.
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      throwOnRequestTimeout: true,
    },
  });
  const answer = await client.send(new DescribeTableCommand({ TableName: table })).catch((cause: unknown) => {
    if (cause instanceof ResourceNotFoundException) return undefined;
    const what = `DescribeTable of ${table} in ${region}: ${reasonOf(cause)}. To plan without AWS, pass --from.`;
    throw new RealtimeError('aws_call_failed', what, { cause });
  });
  if (answer === undefined) return undefined;
  return (answer.Table?.Replicas ?? []).map(({ RegionName = '', ReplicaStatus = '' }) => {
    if (!BUSY.has(ReplicaStatus)) return RegionName;
    throw new RealtimeError('plan_impossible', `The replica of ${table} in ${RegionName} is ${ReplicaStatus}.`);
  });
}
