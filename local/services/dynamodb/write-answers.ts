// Corrects the answers of engines to writes: adds missing fields and removes superfluous ones.
import type { EngineAnswer } from './engine';
import type { TableSchema } from './tables';
import { answer, type Fields, type Item, parse } from './wire';

/** @param fields parameters of the call @param key key of the written item */
export function completeAnswer(
  result: EngineAnswer,
  fields: Fields,
  schema: TableSchema | undefined,
  key: Item,
): EngineAnswer {
  const metrics = fields.ReturnItemCollectionMetrics === 'SIZE' && schema?.hasLocalIndex === true;
  const updated = typeof fields.ReturnValues === 'string' && fields.ReturnValues.startsWith('UPDATED_');
  if (result.status !== 200 || !(metrics || updated)) return result;
  const { Attributes: attributes, ...body } = parse(result.body) as { Attributes?: Item };
  const { [schema?.keys[0] ?? '']: partition } = key;
  const isEmpty = updated && attributes !== undefined && Object.keys(attributes).length === 0;
  return answer(200, {
    ...body,
    // Without an item, or without updated attributes, the answer has no Attributes.
    Attributes: isEmpty ? undefined : attributes,
    ItemCollectionMetrics: metrics
      ? { ItemCollectionKey: { [schema.keys[0] ?? '']: partition }, SizeEstimateRangeGB: [0, 1] }
      : undefined,
  });
}
