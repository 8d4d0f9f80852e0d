import { LocalError } from '../../support/errors';
import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { required, texts } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-authorizer.html */
export const awsApiGatewayV2Authorizer: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::Authorizer',
  create({ properties, region, stackName, logicalId, services }) {
    const type = required(properties, 'AuthorizerType');
    const functionArn = /arn:aws:lambda:[^/]+/.exec(required(properties, 'AuthorizerUri'))?.[0];
    if (type !== 'REQUEST' || functionArn === undefined) {
      throw new LocalError(
        'template_unsupported',
        `${stackName}: ${logicalId}: authorizers of type ${type} are not emulated.`,
      );
    }
    const id = stableId(6, region, stackName, logicalId);
    services.apigateway
      .api(required(properties, 'ApiId'))
      .authorizers.set(id, { id, functionArn, identitySources: texts(properties, 'IdentitySource') });
    return { ref: id, attributes: { AuthorizerId: id } };
  },
};
