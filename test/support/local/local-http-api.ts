// An HTTP API for tests of the local cloud, and a minimal client.
import { request } from 'node:http';
import { arnOfFunction, fn, type Resources } from './local-cloud';

/** Answers as the query says. */
const HANDLER = `
exports.handler = async (event) => {
  const { answer, wait, error } = event.queryStringParameters ?? {};
  if (error) throw new Error('no');
  if (wait) await new Promise((r) => setTimeout(r, Number(wait)));
  if (answer !== undefined) return answer === 'undefined' ? undefined : JSON.parse(answer);
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
};`;

/** The resources of an HTTP API `Api` whose routes invoke one function. */
export function httpApi(
  routes: readonly string[],
  { api = {}, stage = {}, stageName = '$default', integration = {} } = {},
): Resources {
  const ApiId = { Ref: 'Api' };
  return {
    Handler: fn('handler', HANDLER),
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', Name: 'api', ...api } },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId, StageName: stageName, AutoDeploy: true, ...stage },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: arnOfFunction('handler'),
        PayloadFormatVersion: '2.0',
        ...integration,
      },
    },
    ...Object.fromEntries(
      routes.map((RouteKey, i) => [
        `Route${i}`,
        {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: { ApiId, RouteKey, Target: { 'Fn::Sub': 'integrations/${Integration}' } },
        },
      ]),
    ),
  };
}

/** An output with the URL of the API: `url`. */
export const HTTP_API_OUTPUTS = { Outputs: { url: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } } } };

/** Like fetch, but without normalizing the path, and with any header. */
export async function raw(
  base: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(base);
    const [hostname, port] = host.split(':');
    const one = request({ hostname, port, path: `${new URL(base).pathname}${path}`, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    one.on('error', reject);
    one.end();
  });
}
