// What engines leave out of the answers to writes, and what they should have left out.
import type { EngineAnswer } from './engine';
import type { TableSchema } from './tables';
import { answer, type Fields, type Item, parse } from './wire';

/** @param fields of the call @param key of the item that was written */
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
  return answer(200, {
    ...body,
    // Nothing was there, or nothing is left: then there are no Attributes.
    ...(attributes === undefined || (updated && Object.keys(attributes).length === 0)
      ? {}
      : { Attributes: attributes }),
    ...(metrics
      ? {
          ItemCollectionMetrics: {
            ItemCollectionKey: { [schema.keys[0] ?? '']: partition },
            SizeEstimateRangeGB: [0, 1],
          },
        }
      : {}),
  });
}
