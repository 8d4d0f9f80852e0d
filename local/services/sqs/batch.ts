import { SqsError } from './errors';

type Fields = Readonly<Record<string, unknown>>;

export function entriesOf({ Entries: all }: Fields): readonly Fields[] {
  return Array.isArray(all) ? (all as Fields[]) : [];
}

/** Runs each entry of a batch. A failed entry does not fail the others. */
export function runBatch(fields: Fields, run: (entry: Fields) => object): object {
  const all = entriesOf(fields);
  if (all.length === 0) throw batchError('EmptyBatchRequest', 'There should be at least one entry.');
  if (all.length > 10) {
    const message = `Maximum number of entries per request are 10. You have sent ${all.length}.`;
    throw batchError('TooManyEntriesInBatchRequest', message);
  }
  if (new Set(all.map(({ Id: id }) => id)).size !== all.length) {
    throw batchError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of all) {
    try {
      Successful.push({ Id: entry.Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.queryName, Message: error.message });
    }
  }
  return { Successful, Failed: Failed.length === 0 ? undefined : Failed };
}

export function batchError(shape: string, message: string): SqsError {
  return new SqsError(shape, `AWS.SimpleQueueService.${shape}`, message);
}
