import { LocalError } from '../../support/errors';
import type { ResourceType } from '../../types';
import { refuseVelocity } from './aws-apigatewayv2-integration';
import { stableId } from './naming';
import { required, text, textMap } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integrationresponse.html */
export const awsApiGatewayV2IntegrationResponse: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::IntegrationResponse',
  create({ properties, region, stackName, logicalId, services }) {
    const { integrationResponses } = services.apigateway.api(required(properties, 'ApiId'));
    const integrationId = required(properties, 'IntegrationId');
    const templates = textMap(properties, 'ResponseTemplates');
    refuseVelocity(`${stackName}: ${logicalId}`, templates);
    const templateSelection = text(properties, 'TemplateSelectionExpression');
    const key = required(properties, 'IntegrationResponseKey');
    if (key !== '$default') {
      const what = `the integration response ${key}: only $default is emulated`;
      throw new LocalError('template_unsupported', `${stackName}: ${logicalId}: can't choose ${what}.`);
    }
    const response = { key, templates, templateSelection };
    integrationResponses.set(integrationId, [...(integrationResponses.get(integrationId) ?? []), response]);
    return { ref: stableId(7, region, stackName, logicalId), attributes: {} };
  },
};
