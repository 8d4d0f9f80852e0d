// Counts DynamoDB's capacity units, by asking for them with every call of a function: functions themselves don't ask. What the local
// cloud does by itself in its tables, such as to look for what has expired, is not in it.
import type { AwsRequest, AwsResponse, AwsService } from '../../local/types';

/** Capacity units: strong reads of 4 KB, writes of 1 KB. */
export interface Units {
  read: number;
  write: number;
}

const READS = new Set(['BatchGetItem', 'GetItem', 'Query', 'Scan']);
const WRITES = new Set(['BatchWriteItem', 'DeleteItem', 'PutItem', 'TransactWriteItems', 'UpdateItem']);

/** Adds to `units` what each call of a service consumes; of failed conditional writes, DynamoDB tells nothing. */
export function countUnits(service: AwsService, units: Units): void {
  const handle = service.handle.bind(service);
  service.handle = async (request: AwsRequest): Promise<AwsResponse> => {
    const { operation } = request;
    const kind = READS.has(operation) ? 'read' : WRITES.has(operation) ? 'write' : undefined;
    if (kind === undefined) return handle(request);
    const body = Buffer.from(request.body.toString().replace('{', '{"ReturnConsumedCapacity":"TOTAL",'));
    const answer = await handle({ ...request, body });
    // Answers may have a megabyte of items: they are searched, not parsed.
    const text = answer.body?.toString() ?? '';
    const at = text.lastIndexOf('"ConsumedCapacity"');
    if (at >= 0)
      for (const [, told] of text.slice(at).matchAll(/"CapacityUnits":([\d.]+)/g)) units[kind] += Number(told);
    return answer;
  };
}
