import { LocalError } from '../../support/errors';
import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { flag, required, text } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-route.html */
export const awsApiGatewayV2Route: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::Route',
  create({ properties, region, stackName, logicalId, services }) {
    const api = services.apigateway.api(required(properties, 'ApiId'));
    const id = stableId(7, region, stackName, logicalId);
    const key = required(properties, 'RouteKey');
    const authorization = text(properties, 'AuthorizationType') ?? 'NONE';
    // An authorizer that is silently ignored would leave a protected route open: fail instead.
    if (authorization !== 'NONE' && !(authorization === 'CUSTOM' && api.protocol === 'WEBSOCKET')) {
      const what = `authorization ${authorization} of route ${key}`;
      throw new LocalError('template_unsupported', `${stackName}: ${logicalId}: ${what} is not emulated.`);
    }
    if (flag(properties, 'ApiKeyRequired')) {
      throw new LocalError('template_unsupported', `${stackName}: ${logicalId}: API keys are not emulated.`);
    }
    const integrationId = text(properties, 'Target')?.replace('integrations/', '');
    const authorizerId = authorization === 'NONE' ? undefined : required(properties, 'AuthorizerId');
    api.routes.set(id, {
      id,
      key,
      hasResponse: false,
      integrationId,
      authorizerId,
    });
    return { ref: id, attributes: { RouteId: id } };
  },
};
