// Patches of dynalite, for differences from DynamoDB that a layer in front of it can't correct. They replace internal functions,
// once per process. The exact version of dynalite is pinned. The conformance suite detects a patch that is no longer needed or
// no longer effective.
import db, { type Call, type Section, type StoredItem } from 'dynalite/db';
import conditionParser from 'dynalite/db/conditionParser';
import projectionParser from 'dynalite/db/projectionParser';
import updateParser from 'dynalite/db/updateParser';
import scan from 'dynalite/validations/scan';
import { matches } from './conditions';
import { patchParser, conditionError, updateError } from './expression-errors';
import { patchQueries } from './queries';
import { consumedCapacity, itemSize } from './sizes';
import { indexKeyError, keyError, updateResultError } from './stored-items';

let isPatched = false;

export function patchDynalite(): void {
  if (isPatched) return;
  isPatched = true;
  const { checkConditional, queryTable, updateIndexes, validateItem, validateKey } = db;
  db.itemSize = itemSize;
  db.addConsumedCapacity = consumedCapacity;
  db.queryTable = patchQueries(queryTable);
  db.validateItem = (item, table) => validateItem(item, table) ?? keyError(item, table) ?? indexKeyError(item, table);
  db.validateKey = (key, table, keySchema) =>
    validateKey(key, table, keySchema) ?? (keySchema === undefined ? keyError(key, table) : undefined);
  db.checkConditional = (data, existing) => {
    const { _condition: condition } = data;
    const failed =
      condition === undefined
        ? checkConditional(data, existing)
        : matches(existing ?? {}, condition.expression)
          ? null
          : conditionFailed();
    return failed ?? prepareUpdate(data, existing);
  };
  db.updateIndexes = (store, table, existing, item, done) => {
    const wrong = item === null ? undefined : updateResultError(item, table);
    if (wrong !== undefined) done(wrong);
    else updateIndexes(store, table, existing, item, done);
  };
  // dynalite ignores ConsistentRead of a scan, and does not count its capacity.
  scan.types.ConsistentRead = 'Boolean';
  patchParser(conditionParser, conditionError);
  patchParser(updateParser, updateError);
  patchParser(projectionParser, () => undefined);
}

/** Sorts the sections of an update; returns an answer when there is nothing to update. */
function prepareUpdate(data: Call, existing: StoredItem | undefined): unknown {
  const { _updates: updates } = data;
  if (updates === undefined) return null;
  if (existing === undefined && updates.sections.every(({ type, path }) => isRemoval(type) && path.length === 1)) {
    // An update that only removes creates no item. dynalite returns any result that is not a failure as the answer.
    return { statusCode: 200, body: { ConsumedCapacity: consumedCapacity(data, false) } };
  }
  updates.sections = [...updates.sections].sort(removalsLast);
  return null;
}

function isRemoval(type: Section['type']): boolean {
  return type === 'remove' || type === 'delete';
}

/** List indexes refer to the state before the update: removals run last, from the highest index down. */
function removalsLast(a: Section, b: Section): number {
  if (a.type !== 'remove' || b.type !== 'remove') return Number(a.type === 'remove') - Number(b.type === 'remove');
  const [x, y] = [a.path.at(-1), b.path.at(-1)];
  return typeof x === 'number' && typeof y === 'number' ? y - x : 0;
}

function conditionFailed(): unknown {
  const message = 'The conditional request failed';
  const type = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
  return Object.assign(new Error(message), { statusCode: 400, body: { __type: type, message } });
}
