import { ApiModel, type Cors, isEmulatedSelection } from '../../services/apigateway';
import { LocalError } from '../../support/errors';
import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { flag, number, object, text, texts } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html */
export const awsApiGatewayV2Api: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::Api',
  create({ properties, region, stackName, logicalId, services, unsupported }) {
    const protocol = text(properties, 'ProtocolType') === 'WEBSOCKET' ? 'WEBSOCKET' : 'HTTP';
    for (const other of ['Body', 'BodyS3Location', 'Target']) {
      if (properties[other] === undefined) continue;
      throw new LocalError('template_unsupported', `${stackName}: ${logicalId}: APIs from ${other} are not emulated.`);
    }
    if (flag(properties, 'DisableExecuteApiEndpoint')) unsupported('the execute-api endpoint stays enabled');
    const id = stableId(10, region, stackName, logicalId);
    const cors = object(properties, 'CorsConfiguration');
    const selection = text(properties, 'RouteSelectionExpression') ?? '$request.method $request.path';
    if (protocol === 'WEBSOCKET' && !isEmulatedSelection(selection)) {
      const what = `the route selection ${selection}: only $request.body.<name> is emulated`;
      throw new LocalError('template_unsupported', `${stackName}: ${logicalId}: can't evaluate ${what}.`);
    }
    services.apigateway.addApi(
      new ApiModel({
        id,
        name: text(properties, 'Name') ?? logicalId,
        stack: stackName,
        protocol,
        routeSelection: selection,
        cors: Object.keys(cors).length === 0 ? undefined : readCors(cors),
      }),
    );
    const scheme = protocol === 'WEBSOCKET' ? 'wss' : 'https';
    return {
      ref: id,
      attributes: { ApiId: id, ApiEndpoint: `${scheme}://${id}.execute-api.${region}.amazonaws.com` },
    };
  },
};

function readCors(cors: Readonly<Record<string, unknown>>): Cors {
  const maxAge = number(cors, 'MaxAge');
  return {
    allowOrigins: texts(cors, 'AllowOrigins'),
    allowMethods: texts(cors, 'AllowMethods'),
    allowHeaders: texts(cors, 'AllowHeaders'),
    exposeHeaders: texts(cors, 'ExposeHeaders'),
    allowCredentials: flag(cors, 'AllowCredentials'),
    maxAge,
  };
}
