import type { ResourceType } from '../../types';
import { number, object, required, text } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-stage.html */
export const awsApiGatewayV2Stage: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::Stage',
  create({ properties, services, unsupported }) {
    const name = required(properties, 'StageName');
    if (properties.StageVariables !== undefined)
      unsupported('stage variables are not emulated; functions receive none');
    const settings = object(properties, 'DefaultRouteSettings');
    const rateLimit = number(settings, 'ThrottlingRateLimit');
    const burstLimit = number(settings, 'ThrottlingBurstLimit');
    const routes = object(properties, 'RouteSettings');
    const isThrottled = Object.keys(routes).some((route) => {
      const own = object(routes, route);
      return number(own, 'ThrottlingRateLimit') !== rateLimit || number(own, 'ThrottlingBurstLimit') !== burstLimit;
    });
    if (isThrottled) unsupported('route throttling is not emulated; the stage limits apply');
    const accessLogFormat = text(object(properties, 'AccessLogSettings'), 'Format');
    services.apigateway.api(required(properties, 'ApiId')).stages.set(name, {
      name,
      rateLimit,
      burstLimit,
      accessLogFormat,
    });
    return { ref: name, attributes: {} };
  },
};
