import type { DynamoDbService } from '../../services/dynamodb';
import type { Resource, ResourceContext, ResourceType } from '../../types';
import { flag, object, required, text } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html */
export const awsDynamoDbTable: ResourceType<Services> = {
  type: 'AWS::DynamoDB::Table',
  create: (context) => makeTable(context),
};

/** Properties that are passed to CreateTable, of the table and of its indexes. The others, such as capacity, are not emulated. */
const CREATE_PROPERTIES = ['AttributeDefinitions', 'KeySchema'] as const;
const INDEXES = ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes'] as const;
const INDEX_PROPERTIES = ['IndexName', 'KeySchema', 'Projection'] as const;

/** Creates a table, unless it exists from an earlier start. */
export async function makeTable(context: ResourceContext<Services>): Promise<Resource> {
  const { properties, region, accountId, services } = context;
  const name = text(properties, 'TableName') ?? context.physicalName();
  const indexes = INDEXES.flatMap((kind) => {
    const all = properties[kind];
    return Array.isArray(all) ? [[kind, all.map((one) => pick(one as object, INDEX_PROPERTIES))] as const] : [];
  });
  const definition = { ...pick(properties, CREATE_PROPERTIES), ...Object.fromEntries(indexes) };
  // Provisioned capacity is not emulated: every table is on demand.
  await call(
    services.dynamodb,
    'CreateTable',
    { ...definition, TableName: name, BillingMode: 'PAY_PER_REQUEST' },
    'ResourceInUseException',
  );
  const ttl = object(properties, 'TimeToLiveSpecification');
  if (flag(ttl, 'Enabled')) {
    const specification = { Enabled: true, AttributeName: required(ttl, 'AttributeName') };
    await call(services.dynamodb, 'UpdateTimeToLive', { TableName: name, TimeToLiveSpecification: specification });
  }
  if (properties.StreamSpecification !== undefined)
    context.unsupported('the stream is not emulated; consumers receive no records');
  const arn = `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
  return { ref: name, attributes: { Arn: arn, TableId: name, StreamArn: `${arn}/stream/2026-01-01T00:00:00.000` } };
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

async function call(
  dynamodb: DynamoDbService,
  operation: string,
  fields: Record<string, unknown>,
  tolerated?: string,
): Promise<void> {
  const { status, body } = await dynamodb.call(operation, fields);
  if (status === 200 || (tolerated !== undefined && body.includes(tolerated))) return;
  throw new Error(`${operation} of ${String(fields.TableName)} failed: ${body}`);
}
