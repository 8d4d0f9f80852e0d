import { ApiModel, type Cors } from '../apigateway';
import type { ResourceType } from '../types';
import { stableId } from './naming';
import { flag, number, object, text, texts } from './properties';
import type { Services } from './services';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html */
export const awsApiGatewayV2Api: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::Api',
  create({ properties, region, stackName, logicalId, services }) {
    const protocol = text(properties, 'ProtocolType') === 'WEBSOCKET' ? 'WEBSOCKET' : 'HTTP';
    const id = stableId(10, region, stackName, logicalId);
    const cors = object(properties, 'CorsConfiguration');
    const selection = text(properties, 'RouteSelectionExpression') ?? '$request.method $request.path';
    services.apigateway.addApi(
      new ApiModel(id, protocol, selection, Object.keys(cors).length === 0 ? undefined : readCors(cors)),
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
    ...(maxAge === undefined ? {} : { maxAge }),
  };
}
