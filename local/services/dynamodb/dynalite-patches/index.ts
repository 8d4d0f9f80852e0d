// dynalite does most of DynamoDB right. What it does wrong is inside, where no front can reach: these mends replace the
// functions that its operations call, once a process. The exact version is pinned; the conformance suite tells when one
// is not needed any more, or no longer takes hold.
import db, { type Call, type Section, type StoredItem } from 'dynalite/db';
import conditionParser from 'dynalite/db/conditionParser';
import projectionParser from 'dynalite/db/projectionParser';
import updateParser from 'dynalite/db/updateParser';
import scan from 'dynalite/validations/scan';
import { matches } from './conditions';
import { patchParser, wrongCondition, wrongUpdate } from './expression-errors';
import { patchQueries } from './queries';
import { consumedCapacity, itemSize } from './sizes';
import { wrongIndexKey, wrongKey, wrongResult } from './stored-items';

let isPatched = false;

export function patchDynalite(): void {
  if (isPatched) return;
  isPatched = true;
  const { checkConditional, queryTable, updateIndexes, validateItem, validateKey } = db;
  db.itemSize = itemSize;
  db.addConsumedCapacity = consumedCapacity;
  db.queryTable = patchQueries(queryTable);
  db.validateItem = (item, table) => validateItem(item, table) ?? wrongKey(item, table) ?? wrongIndexKey(item, table);
  db.validateKey = (key, table, keySchema) =>
    validateKey(key, table, keySchema) ?? (keySchema === undefined ? wrongKey(key, table) : undefined);
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
    const wrong = item === null ? undefined : wrongResult(item, table);
    if (wrong !== undefined) done(wrong);
    else updateIndexes(store, table, existing, item, done);
  };
  // Without this, a scan is never strongly consistent, nor charged for it.
  scan.types.ConsistentRead = 'Boolean';
  patchParser(conditionParser, wrongCondition);
  patchParser(updateParser, wrongUpdate);
  patchParser(projectionParser, () => undefined);
}

/** Puts the parts of an update in order; an answer when there is nothing to do. */
function prepareUpdate(data: Call, existing: StoredItem | undefined): unknown {
  const { _updates: updates } = data;
  if (updates === undefined) return null;
  if (existing === undefined && updates.sections.every(({ type, path }) => isRemoval(type) && path.length === 1)) {
    // What only removes makes no item. Any result that is not a failure is taken for the answer.
    return { statusCode: 200, body: { ConsumedCapacity: consumedCapacity(data, false) } };
  }
  updates.sections = [...updates.sections].sort(removalsLast);
  return null;
}

function isRemoval(type: Section['type']): boolean {
  return type === 'remove' || type === 'delete';
}

/** Indexes of an update are those before it: so removals come last, and of a list's elements the last one first. */
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
