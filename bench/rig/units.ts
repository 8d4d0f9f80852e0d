// Counts DynamoDB's capacity units, by asking for them with every call: functions themselves don't ask.
import type { DynamoDbEngine } from '../../local/dynamodb';

/** Capacity units: strong reads of 4 KB, writes of 1 KB. */
export interface Units {
  read: number;
  write: number;
}

const READS = new Set(['BatchGetItem', 'GetItem', 'Query', 'Scan']);
const WRITES = new Set(['BatchWriteItem', 'DeleteItem', 'PutItem', 'TransactWriteItems', 'UpdateItem']);

/** An engine that adds to `units` what each call consumes; of failed conditional writes, DynamoDB tells nothing. */
export function counting(engine: DynamoDbEngine, units: Units): DynamoDbEngine {
  return {
    call: async (operation, body) => {
      const kind = READS.has(operation) ? 'read' : WRITES.has(operation) ? 'write' : undefined;
      if (kind === undefined || body.includes('"ReturnConsumedCapacity"')) return engine.call(operation, body);
      const answer = await engine.call(operation, body.replace('{', '{"ReturnConsumedCapacity":"TOTAL",'));
      // Answers may have a megabyte of items: they are searched, not parsed.
      const at = answer.body.lastIndexOf('"ConsumedCapacity"');
      if (at >= 0)
        for (const [, told] of answer.body.slice(at).matchAll(/"CapacityUnits":([\d.]+)/g)) units[kind] += Number(told);
      return answer;
    },
    stop: () => engine.stop(),
  };
}
