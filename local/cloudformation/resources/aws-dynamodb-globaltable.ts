import type { ResourceContext, ResourceType } from '../../types';
import { makeTable } from './aws-dynamodb-table';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html */
export const awsDynamoDbGlobalTable: ResourceType<Services> = {
  type: 'AWS::DynamoDB::GlobalTable',
  async create(context) {
    const { region, services, properties } = context;
    const { global } = services;
    const replicas = replicaRegions(properties).filter((one) => one !== region);
    // What replicates here needs no stream, and nothing else reads it.
    const { StreamSpecification: _, ...others } = properties;
    const definition = replicas.length > 0 ? { ...context, properties: others } : context;
    const table = await makeTable(definition);
    for (const replica of replicas) {
      const there = global.inRegion(replica);
      // A region that stands in the template is one of this cloud.
      if (there === undefined) continue;
      await makeTable({ ...definition, region: replica, services: there });
      global.replication.join(table.ref, replica, there.dynamodb);
    }
    if (replicas.length > 0) global.replication.join(table.ref, region, services.dynamodb);
    return table;
  },
};

/** Where a global table has its replicas; what is not known before the template is resolved has none. */
export function replicaRegions(properties: ResourceContext['properties'] = {}): readonly string[] {
  const replicas = Array.isArray(properties.Replicas) ? (properties.Replicas as { Region?: unknown }[]) : [];
  return replicas.flatMap(({ Region: region }) => (typeof region === 'string' ? [region] : []));
}
