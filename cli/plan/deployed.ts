import { RealtimeError } from '../../protocol';
import { NetworkControl } from '../network/network-control';
import type { WantedNetwork } from './wanted';

/** A region that does not answer must not hold the command up for long. Milliseconds. */
const CONNECT_WITHIN = 3_000;
const ANSWER_WITHIN = 10_000;

/** What becomes of a replica while a deploy is running. */
const BUSY = new Set(['CREATING', 'UPDATING', 'DELETING']);

/**
 * The regions that a network has now, its home first, as its table of messages tells; none when there is no such table.
 *
 * @throws RealtimeError cli_usage, aws_call_failed or plan_impossible
 */
export async function deployedRegions({ name, regions, tables }: WantedNetwork): Promise<readonly string[]> {
  if (!tables.areOwn) {
    throw new RealtimeError('cli_usage', `Tables that were brought along don't tell where ${name} is: give --from.`);
  }
  const [home = '', ...others] = regions;
  const [table] = tables.names;
  const found = await replicasOf(table, home);
  if (found !== undefined) return [home, ...found.filter((region) => region !== home)];
  for (const other of others) {
    if ((await replicasOf(table, other)) === undefined) continue;
    const where = `${table} is in ${other}, but not in ${home}, which the assembly has as home of ${name}.`;
    throw new RealtimeError('plan_impossible', where);
  }
  return [];
}

/** The regions that have a drain mark; undefined when that can't be read: a plan is good without. */
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

/** The replicas of a table that a region knows; undefined when the table is not there. */
async function replicasOf(table: string, region: string): Promise<readonly string[] | undefined> {
  // Loaded only by those who need it.
  const { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } = await import('@aws-sdk/client-dynamodb');
  const client = new DynamoDBClient({
    region,
    maxAttempts: 2,
    // Otherwise the SDK only warns when the time is over.
    requestHandler: { connectionTimeout: CONNECT_WITHIN, requestTimeout: ANSWER_WITHIN, throwOnRequestTimeout: true },
  });
  const answer = await client.send(new DescribeTableCommand({ TableName: table })).catch((cause: unknown) => {
    if (cause instanceof ResourceNotFoundException) return undefined;
    const why = cause instanceof Error ? cause.message || cause.name : String(cause);
    const what = `${table} in ${region} can't be described: ${why}. Without AWS, give --from.`;
    throw new RealtimeError('aws_call_failed', what, { cause });
  });
  if (answer === undefined) return undefined;
  return (answer.Table?.Replicas ?? []).map(({ RegionName = '', ReplicaStatus = '' }) => {
    if (!BUSY.has(ReplicaStatus)) return RegionName;
    throw new RealtimeError('plan_impossible', `The replica of ${table} in ${RegionName} is ${ReplicaStatus}.`);
  });
}
