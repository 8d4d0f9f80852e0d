// Validation that engines lack: rejects calls before they reach an engine.
import type { EngineAnswer } from './engine';
import { answer, type Fields, validation } from './wire';

const EXPRESSIONS = [
  'KeyConditionExpression',
  'UpdateExpression',
  'ConditionExpression',
  'FilterExpression',
  'ProjectionExpression',
];
/** Bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_EXPRESSION = 4_096;
/** Nesting depth of lists and maps. */
const MAX_NESTING = 32;

/** Fields that engines silently ignore. */
const NOT_EMULATED: Readonly<Record<string, readonly string[]>> = {
  CreateTable: ['GlobalTableSourceArn'],
  UpdateTable: ['GlobalSecondaryIndexUpdates', 'ReplicaUpdates', 'GlobalTableWitnessUpdates'],
};

/** Returns the error of a call with invalid parameters; undefined when they are valid. */
export function rejectCall(operation: string, fields: Fields): EngineAnswer | undefined {
  const left = notEmulated(operation, fields);
  if (left !== undefined) return unknownOperation(`${left} of the DynamoDB operation ${operation}`);
  for (const name of EXPRESSIONS) {
    const text = fields[name];
    const size = typeof text === 'string' ? Buffer.byteLength(text) : 0;
    if (size <= MAX_EXPRESSION) continue;
    return validation(
      `Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${size}`,
    );
  }
  for (const values of [fields.Item, fields.ExpressionAttributeValues]) {
    if (Object.values(values ?? {}).some((value) => nesting(value) > MAX_NESTING)) {
      return validation('Nesting Levels have exceeded supported limits');
    }
  }
  if (operation === 'DeleteItem' && ['ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'].includes(fields.ReturnValues as string)) {
    return validation('ReturnValues can only be ALL_OLD or NONE');
  }
  if (operation === 'Scan' && fields.Segment === 0 && fields.TotalSegments == null) {
    return validation(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  const wrong = operation === 'Query' || operation === 'Scan' ? selectError(operation, fields) : undefined;
  return wrong === undefined ? undefined : validation(wrong);
}

/** Error of an operation, or a part of one, that is not emulated. */
export function unknownOperation(what: string): EngineAnswer {
  return answer(400, {
    __type: 'com.amazon.coral.service#UnknownOperationException',
    message: `The local cloud does not emulate ${what}`,
  });
}

function notEmulated(operation: string, fields: Fields): string | undefined {
  const { StreamEnabled: stream } = (fields.StreamSpecification ?? {}) as Fields;
  if (stream === true) return 'StreamSpecification';
  return NOT_EMULATED[operation]?.find((name) => fields[name] !== undefined);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html, Select */
function selectError(operation: string, fields: Fields): string | undefined {
  const { Select: select, IndexName: index } = fields;
  const projection = ['ProjectionExpression', 'AttributesToGet'].find((name) => fields[name] !== undefined);
  if (select === 'SPECIFIC_ATTRIBUTES' && projection === undefined) {
    return 'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES';
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && index === undefined) {
    return `ALL_PROJECTED_ATTRIBUTES can be used only when ${operation === 'Query' ? 'Querying' : 'Scanning'} using an IndexName`;
  }
  if (projection === undefined || typeof select !== 'string' || select === 'SPECIFIC_ATTRIBUTES') return undefined;
  const what = select === 'COUNT' ? 'only the Count' : select;
  return `Cannot specify the ${projection} when choosing to get ${what}`;
}

/** Nesting depth of lists and maps in an attribute value. */
function nesting(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const { L: list, M: map } = value as { L?: unknown; M?: unknown };
  const inner = Array.isArray(list) ? list : typeof map === 'object' && map !== null ? Object.values(map) : undefined;
  return inner === undefined ? 0 : 1 + Math.max(0, ...inner.map(nesting));
}
