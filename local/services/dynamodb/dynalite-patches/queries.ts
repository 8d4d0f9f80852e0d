// Patches of dynalite's Query and Scan. Added: filters by value, reads of unprojected attributes of a local index, and some
// validation. Corrected: capacity, which dynalite computes from characters instead of bytes and omits without results.
import db, { type Call, type Done, type Index, type Page, type Table } from 'dynalite/db';
import { matches } from './conditions';
import { isCapacityWanted, readCapacity } from './sizes';
import { emptyKind } from './stored-items';

type QueryTable = typeof db.queryTable;

export function patchQueries(queryTable: QueryTable): QueryTable {
  return (store, table, data, options, isLocal, fetchFromItemDb, startKeyNames, done) => {
    const indexes = isLocal === true ? table.LocalSecondaryIndexes : table.GlobalSecondaryIndexes;
    const index = indexes?.find(({ IndexName }) => IndexName === data.IndexName);
    const missing = index === undefined ? [] : unprojected(data, index, table);
    const wrong = queryError(data, index, isLocal === true, missing);
    if (wrong !== undefined) {
      done(wrong);
      return;
    }
    const fetch = fetchFromItemDb || missing.length > 0;
    const { _filter: filter, _projection: projection, AttributesToGet: attributes, Select: select, ...rest } = data;
    // dynalite reports the capacity of an index and its table itself, and applies legacy filters itself.
    const isLegacy = data.QueryFilter !== undefined || data.ScanFilter !== undefined;
    const isCounted = isCapacityWanted(data) && index === undefined && !isLegacy;
    if (filter === undefined && !isCounted) {
      queryTable(store, table, data, options, isLocal, fetch, startKeyNames, done);
      return;
    }
    const finish: Done<Page> = (error, page) => {
      if (page?.Items === undefined) {
        done(error, page);
        return;
      }
      const { Items: all, ...counts } = page;
      const found = filter === undefined ? all : all.filter((item) => matches(item, filter.expression));
      const paths = projection?.paths ?? attributes;
      const items = paths === undefined ? found : found.map((item) => db.mapPaths(paths, item));
      done(null, {
        ...counts,
        Count: found.length,
        ...(select === 'COUNT' ? {} : { Items: items }),
        ...(isCounted ? { ConsumedCapacity: readCapacity(data, all) } : {}),
      });
    };
    queryTable(store, table, rest, options, isLocal, fetch, startKeyNames, finish);
  };
}

/** Attributes of a projection that the index does not contain. */
function unprojected({ _projection: projection }: Call, index: Index, table: Table): string[] {
  const { ProjectionType: type, NonKeyAttributes: others = [] } = index.Projection;
  if (projection === undefined || type === 'ALL') return [];
  const held = new Set([...table.KeySchema, ...index.KeySchema].map(({ AttributeName }) => AttributeName));
  for (const name of others) held.add(name);
  return projection.paths.map(([head]) => String(head)).filter((head) => !held.has(head));
}

function queryError(data: Call, index: Index | undefined, isLocal: boolean, missing: string[]): Error | undefined {
  for (const [name, { AttributeValueList: values = [] }] of Object.entries(data.KeyConditions ?? {})) {
    const kind = values.map(emptyKind).find((one) => one !== undefined);
    if (kind === undefined) continue;
    return db.validationError(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
    );
  }
  if (index === undefined || isLocal) return undefined;
  if (data.ConsistentRead === true) {
    return db.validationError('Consistent reads are not supported on global secondary indexes');
  }
  if (missing.length === 0) return undefined;
  return db.validationError(
    `One or more parameter values were invalid: Global secondary index ${index.IndexName} does not project [${missing.join(', ')}]`,
  );
}
