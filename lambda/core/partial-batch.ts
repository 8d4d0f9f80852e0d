/**
 * Handles a batch in groups: groups side by side, each in the batch's order. Returns what the handlers return: the records
 * that failed, for a partial batch response.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export async function handleGroups<T, F>(
  batch: readonly T[],
  groupOf: (item: T) => string | undefined,
  handle: (group: readonly T[]) => Promise<readonly F[]>,
): Promise<readonly F[]> {
  const groups = new Map<string | undefined, T[]>();
  for (const item of batch) {
    const group = groups.get(groupOf(item));
    if (group === undefined) groups.set(groupOf(item), [item]);
    else group.push(item);
  }
  const failed = await Promise.all([...groups.values()].map(handle));
  return failed.flat();
}
