import { unsupportedVelocity } from '../../services/apigateway/templates';
import { LocalError } from '../../support/errors';
import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { number, required, text, textMap } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integration.html */
export const awsApiGatewayV2Integration: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::Integration',
  create({ properties, region, stackName, logicalId, services, unsupported }) {
    const type = required(properties, 'IntegrationType');
    const where = `${stackName}: ${logicalId}`;
    if (type !== 'AWS_PROXY' && type !== 'MOCK') {
      throw new LocalError('template_unsupported', `${where}: integrations of type ${type} are not emulated.`);
    }
    const id = stableId(7, region, stackName, logicalId);
    const timeout = number(properties, 'TimeoutInMillis');
    const api = services.apigateway.api(required(properties, 'ApiId'));
    if (api.protocol === 'HTTP' && (type === 'MOCK' || text(properties, 'PayloadFormatVersion') !== '2.0')) {
      throw new LocalError(
        'template_unsupported',
        `${where}: HTTP APIs support only proxy integrations with PayloadFormatVersion 2.0 in the local cloud.`,
      );
    }
    refuseVelocity(where, textMap(properties, 'RequestTemplates'));
    if (properties.RequestParameters !== undefined || properties.ResponseParameters !== undefined)
      unsupported('parameter mapping is not emulated; requests and responses pass unchanged');
    api.integrations.set(id, {
      id,
      type,
      functionArn: type === 'AWS_PROXY' ? functionOf(required(properties, 'IntegrationUri'), where) : undefined,
      timeout,
    });
    return { ref: id, attributes: { IntegrationId: id } };
  },
};

/** ARN of the function. HTTP APIs state the ARN itself, WebSocket APIs a URI that contains it. */
function functionOf(uri: string, where: string): string {
  const arn = /arn:aws:lambda:[^/]+/.exec(uri)?.[0];
  if (arn === undefined) {
    throw new LocalError(
      'template_unsupported',
      `${where}: only integrations with Lambda functions are emulated, got: ${uri}.`,
    );
  }
  return arn;
}

/** @throws LocalError when a template uses Velocity other than `$context` variables */
export function refuseVelocity(where: string, templates: Readonly<Record<string, string>>): void {
  for (const template of Object.values(templates)) {
    const found = unsupportedVelocity(template);
    if (found !== undefined) {
      throw new LocalError(
        'template_unsupported',
        `${where}: the mapping template uses ${found}, which is not emulated.`,
      );
    }
  }
}
