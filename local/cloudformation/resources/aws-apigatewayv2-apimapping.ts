import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { required, text } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-apimapping.html */
export const awsApiGatewayV2ApiMapping: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::ApiMapping',
  create({ properties, region, stackName, logicalId, services }) {
    const id = stableId(6, region, stackName, logicalId);
    services.apigateway.hosts.map(required(properties, 'DomainName'), {
      apiId: required(properties, 'ApiId'),
      stage: required(properties, 'Stage'),
      key: text(properties, 'ApiMappingKey') ?? '',
    });
    return { ref: id, attributes: { ApiMappingId: id } };
  },
};
