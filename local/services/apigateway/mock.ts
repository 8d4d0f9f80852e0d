import type { ApiModel, Integration } from './model';
import type { ProxyResponse } from './proxy-response';
import { renderContext } from './templates';

/** Response of a MOCK integration. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html */
export function mockResponse(api: ApiModel, integration: Integration, context: object): ProxyResponse {
  const response = (api.integrationResponses.get(integration.id) ?? []).find(({ key }) => key === '$default');
  const template = response?.templates[response.templateSelection ?? '$default'];
  return {
    statusCode: 200,
    headers: {},
    body: template === undefined ? undefined : renderContext(template, context),
  };
}
