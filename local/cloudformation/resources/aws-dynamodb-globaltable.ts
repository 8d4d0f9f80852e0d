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
    // Replication needs no stream in the local cloud, and no other reader exists.
    const { StreamSpecification: _, ...others } = properties;
    const definition = replicas.length > 0 ? { ...context, properties: others } : context;
    const table = await makeTable(definition);
    for (const replica of replicas) {
      const replicaServices = global.inRegion(replica);
      // Every replica region of a template has been started, so this does not happen.
      if (replicaServices === undefined) continue;
      await makeTable({ ...definition, region: replica, services: replicaServices });
      global.replication.join(table.ref, replica, replicaServices.dynamodb);
    }
    if (replicas.length > 0) global.replication.join(table.ref, region, services.dynamodb);
    return table;
  },
};

/** Replica regions of a global table that the template states as literal text. */
export function replicaRegions(properties: ResourceContext['properties'] = {}): readonly string[] {
  const replicas = Array.isArray(properties.Replicas) ? (properties.Replicas as { Region?: unknown }[]) : [];
  return replicas.flatMap(({ Region: region }) => (typeof region === 'string' ? [region] : []));
}
