import { defaultProvider } from '../bundle-aliases/credentials';
import { runtime } from '../runtime';
import { optionalSetting, setting } from '../environment';
import { type CallbackClient, type CallbackClientOptions, FastCallbackClient } from './client';
import { SdkCallbackClient } from './sdk-client';

export { type CallbackClient, PostToConnectionCommand } from './client';

/**
 * The client that posts to connections. It goes to the region's own execute-api address, which the construct sets: a custom domain
 * answers `@connections` with 403, and may resolve to another region, where the connection is unknown.
 *
 * With CALLBACK_CLIENT=sdk on the function, it is the SDK's own.
 */
export function callbackClient(options: Pick<CallbackClientOptions, 'connections' | 'timeout'>): CallbackClient {
  const endpoint = setting('AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI');
  const client = optionalSetting('CALLBACK_CLIENT') ?? 'fast';
  if (client === 'sdk') return new SdkCallbackClient(options);
  if (client !== 'fast') throw new Error(`CALLBACK_CLIENT must be fast or sdk, got: ${client}`);
  const own = { endpoint, region: setting('AWS_REGION'), credentials: defaultProvider(), now: () => runtime.now() };
  return new FastCallbackClient({ ...options, ...own });
}
