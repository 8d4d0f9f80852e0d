// dynalite publishes no types. Of its internal modules, only the functions that dynalite-patches/ replaces or calls are declared.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** Directory of the LevelDB store. @default - in memory */
    path?: string;
    createTableMs?: number;
    updateTableMs?: number;
    deleteTableMs?: number;
  }
  export default function dynalite(options?: DynaliteOptions): Server;
}

declare module 'dynalite/db' {
  export type Value = Readonly<Record<string, unknown>>;
  export type StoredItem = Record<string, Value>;
  export type Path = readonly (string | number)[];
  /** An operand is a path, a literal value, or a function of operands. */
  export type Operand = Path | Value | Expression;
  export interface Expression {
    readonly type: string;
    readonly name?: string;
    readonly args: readonly Operand[];
  }
  export interface Section {
    readonly type: 'set' | 'remove' | 'add' | 'delete';
    readonly path: Path;
  }
  export interface Index {
    readonly IndexName: string;
    readonly KeySchema: readonly { readonly AttributeName: string }[];
    readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
  }
  export interface Table {
    readonly KeySchema: readonly { readonly AttributeName: string }[];
    readonly LocalSecondaryIndexes?: readonly Index[];
    readonly GlobalSecondaryIndexes?: readonly Index[];
  }
  export interface Call {
    readonly TableName: string;
    readonly IndexName?: string;
    readonly ConsistentRead?: boolean;
    readonly Select?: string;
    readonly AttributesToGet?: readonly string[];
    readonly ReturnConsumedCapacity?: string;
    readonly QueryFilter?: unknown;
    readonly ScanFilter?: unknown;
    readonly KeyConditions?: Readonly<Record<string, { readonly AttributeValueList?: readonly Value[] }>>;
    readonly _condition?: { readonly expression: Expression };
    readonly _filter?: { readonly expression: Expression };
    readonly _projection?: { readonly paths: readonly Path[] };
    readonly _updates?: { sections: readonly Section[] };
  }
  export interface Page {
    Items?: StoredItem[];
    Count: number;
  }
  export type Done<T> = (error: unknown, result?: T) => void;
  type QueryTable = (
    store: unknown,
    table: Table,
    data: Call,
    options: unknown,
    isLocal: boolean | undefined,
    fetchFromItemDb: boolean,
    startKeyNames: readonly string[],
    done: Done<Page>,
  ) => void;
  const db: {
    checkConditional: (data: Call, existing: StoredItem | undefined) => unknown;
    queryTable: QueryTable;
    updateIndexes: (
      store: unknown,
      table: Table,
      existing: StoredItem | undefined,
      item: StoredItem | null,
      done: Done<void>,
    ) => void;
    validateItem: (item: StoredItem, table: Table) => unknown;
    validateKey: (key: StoredItem, table: Table, keySchema?: unknown) => unknown;
    itemSize: (item: StoredItem) => number;
    addConsumedCapacity: (
      data: Call,
      isRead: boolean,
      newItem?: StoredItem | null,
      oldItem?: StoredItem | null,
    ) => unknown;
    mapPath: (path: Path, item: StoredItem) => Value | null | undefined;
    mapPaths: (paths: readonly (Path | string)[], item: StoredItem) => StoredItem;
    validationError: (message: string) => Error;
  };
  export default db;
}

declare module 'dynalite/validations/scan' {
  const validation: { types: Record<string, unknown> };
  export default validation;
}

declare module 'dynalite/db/conditionParser' {
  const parser: { parse: (text: string, options: unknown) => unknown };
  export default parser;
}
declare module 'dynalite/db/updateParser' {
  const parser: { parse: (text: string, options: unknown) => unknown };
  export default parser;
}
declare module 'dynalite/db/projectionParser' {
  const parser: { parse: (text: string, options: unknown) => unknown };
  export default parser;
}
