// Table operations. Adds to the engine: changes are complete when a call is answered, and deletion protection.
import type { EngineAnswer } from './engine';
import { answer, errorName, failure, type Fields, type KeyNames, parse, tableNameOf, validation } from './wire';

/** Timeout for a change of a table. Milliseconds. */
const CHANGE_LIMIT = 10_000;

export interface TableSchema {
  readonly keys: KeyNames;
  /** Tables with a local secondary index have item collections. */
  readonly hasLocalIndex: boolean;
}

export class Tables {
  private readonly schemas = new Map<string, TableSchema>();
  private readonly protectedTables = new Set<string>();

  /** @param call calls the engine */
  public constructor(private readonly call: (operation: string, fields: Fields) => Promise<EngineAnswer>) {}

  /** CreateTable, UpdateTable, DescribeTable, DeleteTable. */
  public async handle(operation: string, fields: Fields): Promise<EngineAnswer> {
    const table = tableNameOf(fields);
    const { DeletionProtectionEnabled: protection, ...rest } = fields;
    switch (operation) {
      case 'CreateTable':
        return this.changed(table, await this.create(table, rest), protection);
      case 'UpdateTable':
        return this.changed(table, await this.update(rest, protection), protection);
      case 'DeleteTable':
        return this.delete(table, rest);
      default:
        return this.described(table, await this.call('DescribeTable', rest), 'Table');
    }
  }

  /** Schema of a table; undefined when the table does not exist. */
  public async schema(table: string): Promise<TableSchema | undefined> {
    const known = this.schemas.get(table);
    if (known !== undefined) return known;
    const { Table: description } = parse((await this.call('DescribeTable', { TableName: table })).body) as {
      Table?: { KeySchema: { AttributeName: string }[]; LocalSecondaryIndexes?: unknown[] };
    };
    if (description === undefined) return undefined;
    const schema = {
      keys: description.KeySchema.map(({ AttributeName }) => AttributeName),
      hasLocalIndex: (description.LocalSecondaryIndexes ?? []).length > 0,
    };
    this.schemas.set(table, schema);
    return schema;
  }

  private async create(table: string, fields: Fields): Promise<EngineAnswer> {
    const result = await this.call('CreateTable', fields);
    const taken = errorName(result) === 'ResourceInUseException';
    return taken ? failure('ResourceInUseException', `Table already exists: ${table}`) : result;
  }

  private async update(fields: Fields, protection: unknown): Promise<EngineAnswer> {
    const { TableName: _, ...changes } = fields;
    if (protection === undefined || Object.keys(changes).length > 0) return this.call('UpdateTable', fields);
    const result = await this.call('DescribeTable', fields);
    return result.status === 200 ? answer(200, { TableDescription: parse(result.body).Table }) : result;
  }

  private async delete(table: string, fields: Fields): Promise<EngineAnswer> {
    if (this.protectedTables.has(table)) {
      return validation(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    }
    const result = await this.call('DeleteTable', fields);
    if (result.status !== 200) return result;
    this.schemas.delete(table);
    await this.settle(table);
    return this.described(table, result, 'TableDescription');
  }

  private async changed(table: string, result: EngineAnswer, protection: unknown): Promise<EngineAnswer> {
    if (result.status !== 200) return result;
    if (protection === true) this.protectedTables.add(table);
    if (protection === false) this.protectedTables.delete(table);
    await this.settle(table);
    return this.described(table, result, 'TableDescription');
  }

  private described(table: string, result: EngineAnswer, field: string): EngineAnswer {
    if (result.status !== 200) return result;
    const body = parse(result.body);
    const description = { ...(body[field] as Fields), DeletionProtectionEnabled: this.protectedTables.has(table) };
    return answer(200, { ...body, [field]: description });
  }

  /** Waits until a change is complete: engines make it after they have answered. */
  private async settle(table: string): Promise<void> {
    const deadline = Date.now() + CHANGE_LIMIT;
    for (;;) {
      const { body } = await this.call('DescribeTable', { TableName: table });
      const { Table: description } = parse(body) as { Table?: { TableStatus?: string } };
      if (description === undefined || description.TableStatus === 'ACTIVE') return;
      if (Date.now() > deadline)
        throw new Error(`the table ${table} still has the status ${description.TableStatus ?? 'undefined'}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
