import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { required } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-routeresponse.html */
export const awsApiGatewayV2RouteResponse: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::RouteResponse',
  create({ properties, region, stackName, logicalId, services }) {
    const route = services.apigateway.api(required(properties, 'ApiId')).routes.get(required(properties, 'RouteId'));
    if (route === undefined) throw new Error(`${logicalId}: its route does not exist`);
    route.hasResponse = true;
    return { ref: stableId(7, region, stackName, logicalId), attributes: {} };
  },
};
